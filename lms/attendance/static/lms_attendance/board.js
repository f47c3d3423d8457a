// Fetches the state of the board when the next code begins. The server says in how many milliseconds that is, so the
// presenter's clock is never read. When the network fails the old code is veiled, because it no longer works, and the
// board tries again for as long as it takes.
const board = document.querySelector("[data-board]");
const network = document.querySelector("[data-network]");
const RETRY = 2000;
const PATIENCE = 4000;
const REST = 60000;
let timer = 0;
let running = false;

function tell(word) {
  network.classList.toggle("board-foot-bad", word === "offline" || word === "signed-out");
  board.classList.toggle("board-stale", word === "offline" || word === "signed-out");
  for (const part of network.querySelectorAll("[data-say]")) part.hidden = part.dataset.say !== word;
}

function show(state) {
  board.innerHTML = state.html;
  board.dataset.face = state.kind;
  for (const button of document.querySelectorAll("button[data-face]")) {
    button.setAttribute("aria-pressed", String(button.dataset.face === state.kind));
  }
  const end = document.querySelector("[data-near-end]");
  if (end) end.hidden = !state.near_end;
  const prompt = document.querySelector("[data-may-prompt]");
  if (prompt) prompt.hidden = !state.may_prompt;
}

async function ask() {
  const answer = await fetch(board.dataset.stateUrl, {
    headers: { Accept: "application/json" },
    signal: AbortSignal.timeout(PATIENCE),
    redirect: "manual",
  });
  // Without a session the server points to the sign-in page; without the right it refuses.
  if (answer.type === "opaqueredirect" || answer.status === 403) {
    tell("signed-out");
    return RETRY * 5;
  }
  if (!answer.ok) throw new Error(String(answer.status));
  const state = await answer.json();
  if (!state.html) return REST;
  show(state);
  tell(state.open ? "online" : "closed");
  return state.open ? state.next_in_ms + 50 : REST;
}

async function refresh() {
  if (running) return;
  running = true;
  clearTimeout(timer);
  let wait = RETRY;
  try {
    wait = await ask();
  } catch {
    tell("offline");
  }
  running = false;
  timer = setTimeout(refresh, wait);
}

function fullScreen() {
  if (document.fullscreenElement) document.exitFullscreen();
  else document.documentElement.requestFullscreen?.().catch(() => {});
}

// The browser lets the lock go whenever the page is hidden; without it the projector goes dark after some minutes.
function stayAwake() {
  if (document.visibilityState === "visible") navigator.wakeLock?.request("screen").catch(() => {});
}

document.querySelector("[data-full-screen]")?.addEventListener("click", fullScreen);
document.addEventListener("keydown", (event) => {
  const typing = event.target.closest?.("input, textarea, select");
  if (!typing && !event.ctrlKey && !event.metaKey && !event.altKey && event.key.toLowerCase() === "f") fullScreen();
});
document.addEventListener("visibilitychange", () => {
  stayAwake();
  if (document.visibilityState === "visible") refresh();
});
addEventListener("online", refresh);
addEventListener("offline", () => tell("offline"));
// What was said to the person at the keyboard does not stand on the projector for hours.
setTimeout(() => document.querySelectorAll("[data-message]").forEach((message) => message.remove()), 20000);
stayAwake();
refresh();
