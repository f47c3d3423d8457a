// The exam room. Every change goes into the browser's journal, then to the server; "saved" is shown only after the
// server's signed receipt. Entries keep their number until they are acknowledged, so a repeat is harmless.
import { readJournal, writeJournal } from "./journal.js";
import { awaitUnlock, browserHeaders, browserReady } from "./seb.js";

const SETTLE = 1000; // after the last change
const LONGEST_WAIT = 4000; // after the first change
const TIMEOUT = 8000;
const WAITS = [1000, 2000, 4000, 8000, 15000];
const CLOCK_EVERY = 8000; // at most, less a little chance, so that not all ask at once

const form = document.querySelector("form[data-room]");
const text = form.dataset;
const sitting = Number(text.sitting);
const epoch = Number(text.epoch);
const find = (name) => document.querySelector(`[data-${name}]`);
const statusLine = find("status");
const questions = [...form.querySelectorAll("[data-question]")];

let dirty = {}; // question -> choices, changed since the last entry
let outbox = []; // entries {seq, answers, answered} not acknowledged yet, oldest first
let nextSeq = Number(text.seq);
let flags = new Set();
let frozen = false;
let leaving = false;
let sending = null;
let settleTimer = 0;
let firstChange = 0;
let failures = 0;
let retryTimer = 0;

// answers

const choicesOf = (question) => [...question.querySelectorAll("input:checked")].map((input) => Number(input.value));
const answeredCount = () => questions.filter((question) => choicesOf(question).length).length;

function showChoices(name, choices) {
  const question = document.getElementById(name);
  if (!question) return;
  for (const input of question.querySelectorAll("input[name]")) input.checked = choices.includes(Number(input.value));
  showCell(question);
}

function showCell(question) {
  const name = question.dataset.question;
  const cell = form.querySelector(`[data-cell="${name}"]`);
  const state = cell.querySelector("[data-cell-state]");
  const answered = choicesOf(question).length > 0;
  cell.classList.toggle("is-answered", answered);
  cell.classList.toggle("is-flagged", flags.has(name));
  state.textContent = [answered && state.dataset.yes, flags.has(name) && state.dataset.flag].filter(Boolean).join(" ");
  find("answered").textContent = answeredCount();
}

// the browser's journal

let writing = Promise.resolve();
function keep() {
  const record = { sitting, epoch, dirty, outbox, flags: [...flags] };
  writing = writing.then(() => writeJournal(structuredClone(record)));
  return writing;
}

async function recall() {
  const record = await readJournal(sitting);
  if (!record) return;
  flags = new Set(record.flags);
  if (record.epoch === epoch) {
    outbox = record.outbox;
    const sent = Object.assign({}, ...outbox.map((entry) => entry.answers));
    dirty = { ...record.dirty, ...dirty };
    nextSeq = Math.max(nextSeq, ...outbox.map((entry) => entry.seq + 1));
    for (const [name, choices] of Object.entries({ ...sent, ...dirty })) showChoices(name, choices);
  } else {
    const unsent = Object.assign({}, ...record.outbox.map((entry) => entry.answers), record.dirty);
    const names = Object.keys(unsent);
    if (record.epoch === epoch - 1) {
      // Nobody else has written since this device: its unsent answers are the newest there are.
      dirty = { ...unsent, ...dirty };
      for (const name of names) showChoices(name, unsent[name]);
    } else if (names.length) {
      find("branch-list").textContent = names.map((name) => name.slice(1)).join(", ");
      find("branch").hidden = false;
    }
  }
  if (Object.keys(dirty).length || outbox.length) {
    say(text.textLocal, true);
    settle(0);
  }
}

// saving

function say(words, local = false) {
  statusLine.textContent = words;
  statusLine.classList.toggle("is-local", local);
}

function settle(wait = SETTLE) {
  clearTimeout(settleTimer);
  firstChange ||= performance.now();
  const left = Math.max(0, Math.min(wait, LONGEST_WAIT - (performance.now() - firstChange)));
  settleTimer = setTimeout(send, left);
}

function makeEntry() {
  if (!Object.keys(dirty).length) return;
  outbox.push({ seq: nextSeq++, answers: dirty, answered: answeredCount() });
  dirty = {};
  firstChange = 0;
  keep();
}

function send() {
  clearTimeout(settleTimer);
  clearTimeout(retryTimer);
  sending ??= sendAll().finally(() => (sending = null));
  return sending;
}

async function sendAll() {
  while (!frozen) {
    if (!outbox.length) makeEntry();
    if (!outbox.length) return true;
    say(text.textSaving, true);
    const outcome = await post(outbox[0]);
    if (outcome === "stop") return false;
    if (outcome !== "stored") {
      say(text.textLocal, true);
      const wait = outcome > 0 ? outcome : WAITS[Math.min(failures, WAITS.length - 1)] * (0.75 + Math.random() / 2);
      failures += 1;
      retryTimer = setTimeout(send, wait);
      return false;
    }
    failures = 0;
    outbox.shift();
    await keep();
  }
  return false;
}

function request(entry, extra = {}) {
  return fetch(text.save, {
    method: "POST",
    headers: { "Content-Type": "application/json", "X-Sitting-Token": text.token, ...browserHeaders() },
    body: JSON.stringify({ epoch, ...entry }),
    credentials: "same-origin",
    cache: "no-store",
    redirect: "error",
    ...extra,
  });
}

// "stored", "stop", or how many milliseconds to wait (0: as usual).
async function post(entry) {
  let answer;
  let body;
  try {
    answer = await request(entry, { signal: AbortSignal.timeout(TIMEOUT) });
    if (answer.status === 503 || answer.status === 429) return Number(answer.headers.get("Retry-After") || 0) * 1000;
    body = await answer.json();
  } catch {
    return 0;
  }
  if (answer.status === 423) {
    if (body.receipt) outbox.shift();
    await keep();
    freeze(body.message);
    find("frozen").querySelector("form").hidden = true;
    awaitUnlock(text.clock, text.token);
    return "stop";
  }
  if (answer.ok) {
    // Only our server's receipt counts: a captive portal also answers with 200.
    if (body.sitting !== sitting || body.seq !== entry.seq || !body.receipt) return 0;
    setClock(body.at, body.deadline);
    say(body.late ? text.textLate : `${text.textSaved} ${body.clock}`, body.late);
    return "stored";
  }
  if (body.code === "taken_over" || body.code === "conflict") freeze(text.textTaken);
  else if (body.code === "submitted" || body.code === "closed") finish();
  else if (body.code === "token_wrong") freeze(text.textToken);
  else return 0;
  return "stop";
}

function freeze(words) {
  if (frozen) return;
  frozen = true;
  for (const input of form.querySelectorAll("input, button")) input.disabled = true;
  if (Object.keys(dirty).length || outbox.length) say(text.textLocal, true);
  find("frozen-text").textContent = words;
  find("frozen").hidden = false;
}

function finish() {
  if (leaving) return;
  leaving = true;
  frozen = true;
  for (const input of form.querySelectorAll("input, button")) input.disabled = true;
  announce(text.textOver);
  setTimeout(() => location.replace(text.receipt), 1500);
}

// time: the server's clock, carried on by the steady clock of this page

let serverTime = Date.parse(text.now);
let steadyTime = performance.getEntriesByType("navigation")[0]?.responseStart ?? 0;
let deadline = Date.parse(text.deadline);
const told = new Set();

function setClock(moment, until) {
  serverTime = Date.parse(moment);
  steadyTime = performance.now();
  const gained = Math.round((Date.parse(until) - deadline) / 60000);
  deadline = Date.parse(until) || deadline;
  if (gained < 1) return;
  told.clear();
  const words = text.textExtended.replace("MINUTES", gained);
  find("extended-text").textContent = words;
  find("extended").hidden = false;
  announce(words);
}

const millisecondsLeft = () => deadline - (serverTime + performance.now() - steadyTime);

function announce(words) {
  find("announce").textContent = words;
}

function tick() {
  const left = millisecondsLeft();
  const seconds = Math.max(0, Math.ceil(left / 1000));
  const parts = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  find("left").textContent = parts.map((part) => String(part).padStart(2, "0")).join(":");
  for (const minutes of text.closing.split(",").map(Number)) {
    if (seconds <= minutes * 60 && seconds > minutes * 60 - 30 && !told.has(minutes)) {
      told.add(minutes);
      announce(text.textClosing.replace("MINUTES", minutes));
    }
  }
  if (left <= 2500 && left > 0 && Object.keys(dirty).length) send();
  if (left <= 0 && !leaving) {
    send();
    finish();
  }
}

async function askClock() {
  if (frozen || document.visibilityState !== "visible") return;
  try {
    const answer = await fetch(text.clock, {
      headers: { "X-Sitting-Token": text.token, ...browserHeaders() },
      cache: "no-store",
      redirect: "error",
      signal: AbortSignal.timeout(TIMEOUT),
    });
    const body = await answer.json();
    if (!answer.ok || !body.now) return;
    setClock(body.now, body.deadline);
    if (body.state === "submitted" || body.state === "expired") finish();
    else if (body.epoch !== epoch) freeze(text.textTaken);
  } catch {
    // The page's own clock goes on.
  }
}

// what people do

form.addEventListener("change", (event) => {
  const question = event.target.closest("[data-question]");
  if (!question || frozen) return;
  dirty[question.dataset.question] = choicesOf(question);
  showCell(question);
  keep();
  say(text.textSaving, true);
  settle();
});

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  const handIn = event.submitter?.name === "submit";
  await send();
  if (Object.keys(dirty).length || outbox.length) await send();
  if (frozen) return;
  if (Object.keys(dirty).length || outbox.length) announceUnsent();
  else if (handIn) {
    leaving = true;
    location.assign(text.submit);
  }
});

function announceUnsent() {
  say(text.textLocal, true);
  announce(text.textUnsent);
  statusLine.title = text.textUnsent;
}

form.addEventListener("click", (event) => {
  const flag = event.target.closest("[data-flag-question]");
  if (!flag) return;
  const name = flag.dataset.flagQuestion;
  flags.has(name) ? flags.delete(name) : flags.add(name);
  showFlag(flag);
  keep();
});

function showFlag(flag) {
  const set = flags.has(flag.dataset.flagQuestion);
  flag.setAttribute("aria-pressed", String(set));
  flag.textContent = set ? text.textFlagged : text.textFlag;
  showCell(flag.closest("[data-question]"));
}

find("larger").addEventListener("click", (event) => {
  const large = document.querySelector(".room").classList.toggle("is-large");
  event.currentTarget.setAttribute("aria-pressed", String(large));
});

function sendBeforeLeaving() {
  if (frozen) return;
  makeEntry();
  for (const entry of outbox) request(entry, { keepalive: true }).catch(() => {});
}

document.addEventListener("room:flush", (event) => event.detail.done.push(send())); // answers before anything else
addEventListener("pagehide", sendBeforeLeaving);
addEventListener("online", () => send());
addEventListener("beforeunload", (event) => {
  if (!leaving && !frozen && outbox.length && !navigator.onLine) event.preventDefault();
});
addEventListener("pageshow", (event) => {
  if (event.persisted) location.reload();
});
document.addEventListener("visibilitychange", () => {
  if (document.visibilityState === "visible") askClock();
  else if (Object.keys(dirty).length) send();
});

// start

find("save-button").hidden = true;
for (const question of questions) {
  const flag = document.createElement("button");
  flag.type = "button";
  flag.className = "btn btn-quiet question-flag";
  flag.dataset.flagQuestion = question.dataset.question;
  flag.textContent = text.textFlag;
  flag.setAttribute("aria-pressed", "false");
  question.append(flag);
}
await browserReady;
await recall();
for (const flag of form.querySelectorAll("[data-flag-question]")) showFlag(flag);
tick();
setInterval(tick, 1000);
(function askAgain() {
  setTimeout(() => askClock().finally(askAgain), CLOCK_EVERY * (0.75 + Math.random() / 4));
})();
document.documentElement.dataset.roomReady = "1";
