// Sends the tap until there is an answer, for at most a minute. The ticket in the form names the scan, so sending it
// again does no harm: the server keeps one row and answers the same. Without this script the form posts by itself.
import { showAfter } from "./after.js";

const PATIENCE = 60_000;
const TIMEOUT = 8_000;
const WAITS = [500, 1_000, 2_000, 3_000, 4_000, 5_000];
const MEMORY = "lms-tap";

const page = document.querySelector("[data-scan]");
const form = page.querySelector("[data-tap]");
const button = form.querySelector("button");
const outcome = page.querySelector("[data-outcome]");
const words = page.querySelector("[data-words]").dataset;

let running = false;
let settled = false;

// What was tapped survives a reload: the page comes back with the same scan and goes on by itself.
function remember(until) {
  try {
    sessionStorage.setItem(MEMORY, JSON.stringify({ tap: form.dataset.tap, until }));
  } catch {
    // Private windows without storage: only the going on after a reload is lost.
  }
}

function recall() {
  try {
    const kept = JSON.parse(sessionStorage.getItem(MEMORY) ?? "null");
    return kept?.tap === form.dataset.tap ? kept.until : 0;
  } catch {
    return 0;
  }
}

function forget() {
  try {
    sessionStorage.removeItem(MEMORY);
  } catch {
    // Nothing was kept.
  }
}

function show(tone, title, lines = [], action = null) {
  const notice = page.querySelector(`template[data-tone="${tone}"]`).content.cloneNode(true);
  const line = notice.querySelector("[data-line]");
  notice.querySelector(".notice-title").textContent = title;
  for (const text of lines) {
    const next = line.cloneNode();
    next.textContent = text;
    line.before(next);
  }
  line.remove();
  if (action) {
    const place = document.createElement("p");
    place.append(action);
    notice.querySelector(".notice-body").append(place);
  }
  outcome.replaceChildren(notice);
}

// The seconds run for the eye; a screen reader hears the sentence once, not every second.
async function wait(milliseconds) {
  const until = Date.now() + milliseconds;
  show("info", words.lost, [words.waiting]);
  const line = outcome.querySelector(".notice-body p:last-child");
  const [before, after] = words.waiting.split("{n}");
  const count = document.createElement("span");
  count.className = "tabular";
  count.setAttribute("aria-hidden", "true");
  line.replaceChildren(before, count, after);
  const back = new AbortController();
  addEventListener("online", () => back.abort(), { signal: back.signal });
  while (Date.now() < until && !back.signal.aborted) {
    const left = String(Math.ceil((until - Date.now()) / 1000));
    if (count.textContent !== left) count.textContent = left;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  back.abort();
}

async function ask(left) {
  const answer = await fetch(form.action, {
    method: "POST",
    body: new URLSearchParams(new FormData(form)),
    headers: { Accept: "application/json" },
    credentials: "same-origin",
    redirect: "error",
    signal: AbortSignal.timeout(Math.max(1_000, Math.min(TIMEOUT, left))),
  });
  if (answer.status >= 500 || answer.status === 429) throw new Error(String(answer.status));
  if (!answer.headers.get("Content-Type")?.startsWith("application/json")) return { state: "reload" };
  return answer.json();
}

function link(text, address) {
  const made = document.createElement("a");
  made.className = "btn btn-primary btn-block";
  made.href = address;
  made.textContent = text;
  return made;
}

function settle(found) {
  settled = true;
  forget();
  form.hidden = true;
  page.querySelector("[data-hint]").hidden = true;
  page.querySelector("[data-after]").hidden = false;
  const action = found.state === "signed_out" ? link(words.signIn, found.url) : null;
  show(found.tone, found.title, found.lines, action);
  document.title = found.title;
  if (found.state === "recorded" || found.state === "already") {
    history.replaceState(null, "", found.url);
    showAfter(found.url, outcome);
  }
  outcome.focus({ preventScroll: true });
  outcome.scrollIntoView({ block: "nearest" });
}

function giveUp() {
  forget();
  const again = document.createElement("button");
  again.type = "button";
  again.className = "btn btn-primary btn-block";
  again.textContent = words.again;
  again.addEventListener("click", () => send());
  form.hidden = true;
  show("attention", words.givenUp, [words.show], again);
  outcome.focus({ preventScroll: true });
}

async function send(until = Date.now() + PATIENCE) {
  if (running || settled) return;
  running = true;
  button.disabled = true;
  remember(until);
  for (let attempt = 0; Date.now() < until; attempt += 1) {
    show("info", words.sending);
    try {
      const found = await ask(until - Date.now());
      running = false;
      // Not our answer: the page's own key was changed by a sign-in elsewhere. A fresh page goes on with the same scan.
      if (found.state === "reload") return location.reload();
      return settle(found);
    } catch {
      const pause = WAITS[Math.min(attempt, WAITS.length - 1)] * (0.8 + 0.4 * Math.random());
      const left = until - Date.now();
      if (left > 0) await wait(Math.min(pause, left));
    }
  }
  running = false;
  giveUp();
}

form.addEventListener("submit", (event) => {
  event.preventDefault();
  send();
});

function goOn() {
  const until = recall();
  if (until > Date.now()) send(until);
  else if (!running && !settled) button.disabled = false;
}

addEventListener("pageshow", (event) => {
  if (event.persisted) goOn();
});
goOn();
