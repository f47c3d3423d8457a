// The waiting room: checks browser, storage, clock and network before the start, and counts down to the opening.
const box = document.querySelector("[data-check]");
const text = box.dataset;
const CLOCK_TOLERANCE = 60000;
const SLOW = 2000;
const ROOM_NEEDED = 20 * 1024 * 1024;
const renderedAt = performance.getEntriesByType("navigation")[0]?.responseStart ?? performance.now();
const serverOffset = Date.parse(text.now) - (performance.timeOrigin + renderedAt);
const serverNow = () => performance.timeOrigin + performance.now() + serverOffset;

function tell(name, state, words) {
  const row = box.querySelector(`[data-check-row="${name}"]`);
  row.dataset.state = state;
  row.querySelector("[data-check-state]").textContent = state === "fine" ? text.fine : state === "mend" ? text.mend : text.note;
  row.querySelector("[data-check-words]").textContent = words;
}

function checkBrowser() {
  const able = "indexedDB" in self && "structuredClone" in self && "AbortSignal" in self && "timeout" in AbortSignal;
  tell("browser", able ? "fine" : "mend", able ? text.browserFine : text.browserOld);
}

function tryStorage() {
  return new Promise((resolve, reject) => {
    const request = indexedDB.open("lms-exams-check", 1);
    request.onupgradeneeded = () => request.result.createObjectStore("check");
    request.onerror = request.onblocked = () => reject(new Error("storage"));
    request.onsuccess = () => {
      const database = request.result;
      const writing = database.transaction("check", "readwrite");
      writing.objectStore("check").put("kept", "word");
      const reading = writing.objectStore("check").get("word");
      writing.onerror = writing.onabort = () => reject(new Error("storage"));
      writing.oncomplete = () => {
        database.close();
        indexedDB.deleteDatabase("lms-exams-check");
        reading.result === "kept" ? resolve() : reject(new Error("storage"));
      };
    };
  });
}

async function checkStorage() {
  try {
    await tryStorage();
    const { quota = Infinity, usage = 0 } = (await navigator.storage?.estimate?.()) ?? {};
    if (quota - usage < ROOM_NEEDED) tell("storage", "mend", text.storageFull);
    else tell("storage", "fine", text.storageFine);
  } catch {
    tell("storage", "mend", text.storageNone);
  }
}

function checkClock() {
  const wrong = Date.now() - serverNow();
  const minutes = Math.max(1, Math.round(Math.abs(wrong) / 60000));
  if (Math.abs(wrong) <= CLOCK_TOLERANCE) tell("clock", "fine", text.clockFine);
  else tell("clock", "note", (wrong > 0 ? text.clockFast : text.clockSlow).replace("MINUTES", minutes));
}

async function checkNetwork() {
  const began = performance.now();
  try {
    const answer = await fetch(location.href, { method: "HEAD", cache: "no-store", redirect: "error", signal: AbortSignal.timeout(8000) });
    if (!answer.ok) throw new Error(String(answer.status));
    const took = performance.now() - began;
    tell("network", took > SLOW ? "mend" : "fine", took > SLOW ? text.networkSlow : text.networkFine);
  } catch {
    tell("network", "mend", text.networkNone);
  }
}

async function check() {
  const again = box.querySelector("[data-check-again]");
  again.disabled = true;
  checkBrowser();
  checkClock();
  await Promise.all([checkStorage(), checkNetwork()]);
  const mend = box.querySelectorAll("[data-state=mend]").length;
  box.querySelector("[data-check-sum]").textContent = mend ? text.sumMend : text.sumFine;
  again.disabled = false;
  document.documentElement.dataset.checkReady = "1";
}

// Counts down by the server's clock; everybody's page asks anew within some seconds of the opening, not at once.
function countDown() {
  const place = document.querySelector("[data-opens-in]");
  if (!place) return;
  const opens = Date.parse(place.dataset.opensIn);
  const late = Math.random() * 4000;
  const timer = setInterval(() => {
    const left = opens - serverNow();
    const seconds = Math.max(0, Math.ceil(left / 1000));
    const parts = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
    place.textContent = parts.map((part) => String(part).padStart(2, "0")).join(":");
    if (left > -late) return;
    clearInterval(timer);
    location.reload();
  }, 500);
}

box.hidden = false;
box.querySelector("[data-check-again]").addEventListener("click", check);
countDown();
check();
