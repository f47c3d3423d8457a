// Tells the invigilator that the page was left, that something was copied, pasted or printed. Nothing of what was copied.
// Saving comes first: signals are gathered, and sent only after the answers are.
import { browserHeaders } from "./seb.js";

const SHORTEST = 1000; // a glance of the window manager is no leaving
const GATHER = 1500;
const box = document.querySelector("[data-signals]");
const room = document.querySelector("form[data-room]");
const words = box.querySelector("[data-signal-text]");
const KEY = `lms-exams-signals-${room.dataset.sitting}-${room.dataset.epoch}`;

let waiting = [];
let number = Number(sessionStorage.getItem(KEY) ?? 0);
let awaySince = 0;
let timer = 0;
let busy = false;
let over = false;

function note(kind, seconds) {
  number += 1;
  sessionStorage.setItem(KEY, number);
  waiting.push({ n: number, kind, seconds, at: performance.now() });
  clearTimeout(timer);
  timer = setTimeout(tell, GATHER);
}

function look() {
  const away = document.visibilityState !== "visible" || !document.hasFocus();
  if (away) {
    awaySince ||= performance.now();
    return;
  }
  const gone = awaySince ? performance.now() - awaySince : 0;
  awaySince = 0;
  if (gone >= SHORTEST) note("left", Math.round(gone / 1000));
}

async function tell() {
  if (busy || over || !waiting.length) return;
  busy = true;
  const flush = { done: [] };
  document.dispatchEvent(new CustomEvent("room:flush", { detail: flush }));
  await Promise.allSettled(flush.done);
  const batch = waiting.slice(0, 50);
  try {
    const now = performance.now();
    const signals = batch.map(({ at, ...signal }) => ({ ...signal, ago: Math.round(now - at) }));
    const answer = await fetch(box.dataset.signals, {
      method: "POST",
      headers: { "Content-Type": "application/json", "X-Sitting-Token": room.dataset.token, ...browserHeaders() },
      body: JSON.stringify({ signals }),
      credentials: "same-origin",
      cache: "no-store",
      redirect: "error",
      signal: AbortSignal.timeout(8000),
    });
    if (answer.ok) show(await answer.json());
    over ||= answer.status === 409 || answer.status === 403;
    if (answer.ok || over) waiting = waiting.filter((signal) => !batch.includes(signal));
  } catch {
    // Sent again with the next.
  }
  busy = false;
  if (waiting.length && !over) timer = setTimeout(tell, 10000);
}

function show(told) {
  if (!told.message) return;
  words.textContent = told.message;
  box.hidden = false;
  if (told.follows !== "hand_in") return;
  over = true;
  setTimeout(() => location.replace(room.dataset.receipt), 4000);
}

for (const [type, kind] of [["copy", "copy"], ["cut", "copy"], ["paste", "paste"]]) document.addEventListener(type, () => note(kind));
addEventListener("beforeprint", () => note("print"));
addEventListener("blur", () => setTimeout(look, 0));
addEventListener("focus", look);
document.addEventListener("visibilitychange", look);
box.querySelector("[data-signal-close]").addEventListener("click", () => (box.hidden = true));
