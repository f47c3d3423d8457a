// Fetches the invigilator's list anew every five seconds while the page is visible.
const box = document.querySelector("[data-live]");
const stale = document.querySelector("[data-stale]");
const EVERY = 5000;

async function renew() {
  if (document.visibilityState !== "visible") return;
  try {
    const answer = await fetch(box.dataset.live, { cache: "no-store", redirect: "error", signal: AbortSignal.timeout(8000) });
    if (!answer.ok) throw new Error(String(answer.status));
    const scroller = box.querySelector(".exam-scroll");
    const left = scroller ? scroller.scrollLeft : 0;
    box.innerHTML = await answer.text();
    const fresh = box.querySelector(".exam-scroll");
    if (fresh) fresh.scrollLeft = left;
    stale.hidden = true;
  } catch {
    stale.hidden = false;
  }
}

setInterval(renew, EVERY);
document.addEventListener("visibilitychange", renew);
