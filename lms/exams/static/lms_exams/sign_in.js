// A sign-in that has run out is renewed in another tab; the exam room stays open with everything in it.
const TIMEOUT = 8000;
const dialog = document.querySelector("dialog[data-sign-in]");
let onward = null;

// "yes", "signed out", or "lost" when the server cannot be reached.
export async function signedIn(address) {
  try {
    const answer = await fetch(address, { cache: "no-store", signal: AbortSignal.timeout(TIMEOUT) });
    const place = new URL(answer.url);
    if (place.origin !== location.origin || answer.status >= 500) return "lost";
    const sitting = new URL(".", new URL(address.replace(/\/$/, ""), location.href)).pathname;
    return answer.ok && place.pathname.startsWith(sitting) ? "yes" : "signed out";
  } catch {
    return "lost";
  }
}

// Shows what to do; `next` runs as soon as the other tab says that the sign-in stands again.
export function renewSignIn(address, next) {
  onward = { address, next };
  if (!dialog.open) dialog.showModal();
}

async function goOn() {
  if (!onward || !dialog.open) return;
  const { address, next } = onward;
  if ((await signedIn(address)) !== "yes" || !dialog.open) return;
  onward = null;
  dialog.close();
  next();
}

// The token of a new sign-in is another one: the forms of this page must carry it.
new BroadcastChannel("lms-exams-sign-in").addEventListener("message", (event) => {
  for (const input of document.querySelectorAll("input[name=csrfmiddlewaretoken]")) input.value = event.data.csrf;
  goOn();
});
addEventListener("focus", goOn);
