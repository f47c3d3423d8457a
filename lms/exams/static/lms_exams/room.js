// The exam room. Every change goes into the browser's journal, then to the server; "saved" is shown only after the
// server's signed receipt. Entries keep their number until they are acknowledged, so a repeat is harmless.
import { questionsOf, unsentEntries, uploadBranch } from "./branch.js";
import { saveAsFile } from "./export.js";
import { openJournal } from "./journal.js";
import { keepRoom } from "./offline.js";
import { renewSignIn, signedIn } from "./sign_in.js";
import { awaitUnlock, browserHeaders, browserReady } from "./seb.js";

const SETTLE = 1000; // after the last change
const LONGEST_WAIT = 4000; // after the first change
const TIMEOUT = 8000;
const WAITS = [1000, 2000, 4000, 8000, 15000];
const CLOCK_EVERY = 8000; // at most, less a little chance, so that not all ask at once

const RECEIPT = /^[0-9a-f]{32}$/;

const form = document.querySelector("form[data-room]");
const text = form.dataset;
const ownKey = text.key; // "" on a page that came out of this device
delete text.key;
const page = document.documentElement.outerHTML; // as it came, without the key
const sitting = Number(text.sitting);
const epoch = Number(text.epoch);
const find = (name) => document.querySelector(`[data-${name}]`);
const statusLine = find("status");
const questions = [...form.querySelectorAll("[data-question]")];

let dirty = {}; // question -> choices, changed since the last entry
let dirtyMade = 0; // when, by the server's time
let outbox = []; // entries {seq, answers, answered, made} not acknowledged yet, oldest first
let nextSeq = Number(text.seq);
let flags = new Set();
let frozen = false; // nothing more can be entered here
let ending = false;
let leaving = false;
let lostSince = 0; // when the network went, by this page's clock; 0: it is there
let journal = null;
let refused = false; // saves are accepted from here no more
let tooLate = []; // entries made in time that arrived late
let sending = null;
let settleTimer = 0;
let firstChange = 0;
let failures = 0;
let retryTimer = 0;
let busyUntil = 0; // the server asked for a pause

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

let wanted = null;
let writing = null;

function keep() {
  if (!journal) return Promise.resolve();
  const chosen = Object.fromEntries(questions.map((question) => [question.dataset.question, choicesOf(question)]));
  const clock = { server: serverNow(), wall: Date.now(), deadline };
  wanted = { epoch, token: text.token, dirty, dirtyMade, outbox, nextSeq, flags: [...flags], chosen, clock };
  wanted = structuredClone({ ...wanted, answered: answeredCount() });
  writing ??= writeWanted().finally(() => (writing = null));
  return writing;
}

async function writeWanted() {
  while (wanted) {
    const record = wanted;
    wanted = null;
    try {
      await journal.write(record);
    } catch {
      journal = null;
      find("keeps-nothing").hidden = false;
      return;
    }
  }
}

async function recall() {
  journal = await openJournal(sitting, ownKey);
  find("keeps-nothing").hidden = journal !== null;
  if (!journal) return;
  const older = [];
  for (const record of await journal.read()) {
    if (record.epoch === epoch) restore(record);
    else older.push(record);
  }
  for (const record of older) await takeOver(record);
  await keep();
  if (Object.keys(dirty).length || outbox.length) {
    say(text.textLocal, true);
    settle(0);
  }
}

// This page was open before. A page that came out of the device knows neither its answers nor the time by itself.
function restore(record) {
  flags = new Set(record.flags);
  outbox = record.outbox;
  dirty = { ...record.dirty, ...dirty };
  dirtyMade ||= record.dirtyMade;
  nextSeq = Math.max(nextSeq, record.nextSeq ?? 1, ...outbox.map((entry) => entry.seq + 1));
  const sent = Object.assign({}, ...outbox.map((entry) => entry.answers));
  const shown = { ...(ownKey ? {} : record.chosen), ...sent, ...dirty };
  for (const [name, choices] of Object.entries(shown)) showChoices(name, choices);
  if (ownKey || !record.clock) return;
  serverTime = record.clock.server + Math.max(0, Date.now() - record.clock.wall);
  steadyTime = performance.now();
  deadline = record.clock.deadline;
}

// What an earlier entry from this browser has left behind.
async function takeOver(record) {
  if (record.epoch > epoch) return;
  const unsent = unsentEntries(record);
  if (record.epoch === epoch - 1) {
    // Nobody else has written since: its unsent answers are the newest there are.
    flags = new Set([...record.flags, ...flags]);
    const latest = Object.assign({}, ...unsent.map((entry) => entry.answers));
    for (const [name, choices] of Object.entries(latest)) if (!(name in dirty)) showChoices(name, choices);
    dirty = { ...latest, ...dirty };
    dirtyMade ||= serverNow();
    await keep();
    await journal?.drop(record.epoch);
  } else if (unsent.length) {
    handOver(record.epoch, unsent);
  } else {
    await journal.drop(record.epoch);
  }
}

// Tells the invigilator, then the learner; tries until the server has it, and again at the next visit.
async function handOver(of, entries) {
  find("branch-list").textContent = questionsOf(entries).join(", ");
  find("branch").hidden = false;
  for (let round = 0; !(await uploadBranch(text.branch, text.token, { sitting, epoch: of, entries })); round += 1) {
    await pause(WAITS[Math.min(round, WAITS.length - 1)]);
  }
  find("branch-sent").hidden = false;
  find("branch-here").hidden = true;
  if (of === epoch) {
    outbox = outbox.filter((entry) => !entries.includes(entry));
    await keep();
    if (!outbox.length) say(text.textHanded, true);
  } else {
    await journal?.drop(of);
  }
}

const pause = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

// saving

function say(words, local = false) {
  statusLine.textContent = words;
  statusLine.classList.toggle("is-local", local);
}

function settle(wait = SETTLE) {
  clearTimeout(settleTimer);
  firstChange ||= performance.now();
  const left = Math.max(0, busyUntil - performance.now(), Math.min(wait, LONGEST_WAIT - (performance.now() - firstChange)));
  settleTimer = setTimeout(send, left);
}

function makeEntry() {
  if (!Object.keys(dirty).length) return;
  outbox.push({ seq: nextSeq++, answers: dirty, answered: answeredCount(), made: dirtyMade || serverNow() });
  dirty = {};
  dirtyMade = firstChange = 0;
  keep();
}

function send() {
  clearTimeout(settleTimer);
  clearTimeout(retryTimer);
  sending ??= sendAll().finally(() => (sending = null));
  return sending;
}

async function sendAll() {
  while (!frozen || ending) {
    if (!outbox.length) makeEntry();
    if (!outbox.length) return true;
    say(text.textSaving, true);
    const outcome = await post(outbox[0]);
    if (outcome === "stop") return false;
    if (outcome !== "stored") {
      say(text.textLocal, true);
      const wait = outcome > 0 ? outcome : WAITS[Math.min(failures, WAITS.length - 1)] * (0.75 + Math.random() / 2);
      if (outcome > 0) busyUntil = performance.now() + outcome;
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

function networkIs(there) {
  if (there) lostSince = 0;
  else lostSince ||= performance.now();
}

function request({ seq, answers, answered }, extra = {}) {
  return fetch(text.save, {
    method: "POST",
    headers: { "Content-Type": "application/json", "X-Sitting-Token": text.token, ...browserHeaders() },
    body: JSON.stringify({ epoch, seq, answers, answered }),
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
    networkIs(false);
    return 0;
  }
  if (answer.status === 423) {
    if (body.receipt) {
      outbox.shift();
      say(`${text.textSaved} ${body.clock}`);
    }
    await keep();
    freeze(body.message);
    find("frozen").querySelector("form").hidden = true;
    if (ending) refused = true;
    else awaitUnlock(text.clock, text.token);
    return "stop";
  }
  if (answer.ok) {
    // Only our server's receipt counts: a captive portal also answers with 200.
    if (body?.sitting !== sitting || body.epoch !== epoch || body.seq !== entry.seq || !RECEIPT.test(body.receipt)) {
      networkIs(false);
      return 0;
    }
    networkIs(true);
    if (body.late && entry.made <= deadline) tooLate.push(entry);
    setClock(body.at, body.deadline);
    say(body.late ? text.textLate : `${text.textSaved} ${body.clock}`, body.late);
    return "stored";
  }
  if (["taken_over", "conflict", "submitted", "closed"].includes(body?.code)) refused = true;
  if (refused) networkIs(true);
  if (body?.code === "taken_over" || body?.code === "conflict") giveUp(text.textTaken);
  else if (body?.code === "submitted" || body?.code === "closed") finish();
  else if (body?.code === "token_wrong") freeze(text.textToken);
  else return 0;
  return "stop";
}

function lock(locked = true) {
  frozen = locked;
  for (const input of form.querySelectorAll("input, button")) input.disabled = locked;
}

function freeze(words) {
  if (frozen) return;
  makeEntry();
  lock();
  if (outbox.length) say(text.textLocal, true);
  find("frozen-text").textContent = words;
  find("frozen").hidden = false;
}

// Another device has the pen: what is unsent here becomes a branch.
function giveUp(words) {
  if (frozen) return;
  freeze(words);
  if (outbox.length) handOver(epoch, [...outbox]);
}

// The end: by the clock of this page, or because the server said so. Nothing here is let go before the server has it.
async function finish() {
  if (ending) return;
  ending = true;
  makeEntry();
  lock();
  announce(text.textOver);
  for (let round = 0; !(await handedOn()); round += 1) {
    if (!ending) return;
    find("over").hidden = false;
    await pause(Math.min(2000 + 1000 * round, 10000));
  }
  leaving = true;
  await journal?.drop(epoch).catch(() => {});
  location.replace(text.receipt);
}

// Whether the server has everything and agrees that it is over; `ending` is taken back when there is time left.
async function handedOn() {
  if (outbox.length && !refused) await send();
  if (outbox.length && !refused) return false;
  const entries = [...tooLate, ...outbox];
  if (!(await uploadBranch(text.branch, text.token, { sitting, epoch, entries }))) return false;
  const state = await askClock();
  if (state === "running" && millisecondsLeft() > 0) {
    ending = false;
    find("over").hidden = true;
    lock(false);
  }
  return ending && state !== undefined;
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

const serverNow = () => Math.round(serverTime + performance.now() - steadyTime);
const millisecondsLeft = () => deadline - serverNow();

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
      announce(minutes === 1 ? text.textClosingOne : text.textClosing.replace("MINUTES", minutes));
    }
  }
  const lost = lostSince && performance.now() - lostSince >= Number(text.fileAfter) * 1000;
  find("file").hidden = !(lost && journal && (outbox.length || Object.keys(dirty).length));
  if (left <= 2500 && left > 0 && Object.keys(dirty).length) send();
  if (left <= 0) finish();
}

// The state of the sitting by the server, or undefined when it cannot be reached.
async function askClock() {
  if (!ending && (frozen || document.visibilityState !== "visible")) return;
  try {
    const answer = await fetch(text.clock, {
      headers: { "X-Sitting-Token": text.token, ...browserHeaders() },
      cache: "no-store",
      redirect: "error",
      signal: AbortSignal.timeout(TIMEOUT),
    });
    const body = await answer.json();
    if (!answer.ok || !body.now) return;
    networkIs(true);
    setClock(body.now, body.deadline);
    if (body.state === "submitted" || body.state === "expired") finish();
    else if (body.epoch !== epoch) giveUp(text.textTaken);
    return body.state;
  } catch {
    networkIs(false); // The page's own clock goes on.
  }
}

// what people do

form.addEventListener("change", (event) => {
  const question = event.target.closest("[data-question]");
  if (!question || frozen) return;
  dirty[question.dataset.question] = choicesOf(question);
  dirtyMade = serverNow();
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
  else if (handIn) await goAndHandIn();
});

// A sign-in that has run out is renewed beside this page, which stays as it is.
async function goAndHandIn() {
  const answer = await signedIn(text.submit);
  if (answer === "lost") return announceUnsent();
  if (answer === "signed out") return renewSignIn(text.submit, goAndHandIn);
  leaving = true;
  location.assign(text.submit);
}

find("frozen").querySelector("form").addEventListener("submit", async (event) => {
  event.preventDefault();
  const again = event.target;
  const answer = await signedIn(text.submit);
  if (answer === "signed out") renewSignIn(text.submit, () => again.submit());
  else again.submit();
});

find("save-file").addEventListener("click", async () => {
  makeEntry();
  await saveAsFile(journal, { sitting, epoch, entries: outbox });
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
addEventListener("offline", () => networkIs(false));
addEventListener("online", () => send());
addEventListener("beforeunload", (event) => {
  if (!leaving && !journal && outbox.length && !navigator.onLine) event.preventDefault();
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
keepRoom(journal, page, text.worker);
for (const flag of form.querySelectorAll("[data-flag-question]")) showFlag(flag);
tick();
setInterval(tick, 1000);
(function askAgain() {
  setTimeout(() => askClock().finally(askAgain), CLOCK_EVERY * (0.75 + Math.random() / 4));
})();
document.documentElement.dataset.roomReady = "1";
