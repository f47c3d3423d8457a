// Saves the draft while one writes. Without JavaScript the two buttons do the same by hand.
const QUIET = 3000;
const APART = 20000;
const form = document.querySelector("[data-draft]");

if (form) {
  const { text, revision } = form.elements;
  const state = form.querySelector("[data-draft-state]");
  let known = text.value;
  let unsent = null;
  let sending = null;
  let lastAt = 0;
  let timer = 0;

  function later() {
    clearTimeout(timer);
    timer = setTimeout(save, Math.max(QUIET, lastAt + APART - Date.now()));
  }

  async function post(body) {
    const answer = await fetch(form.getAttribute("action") || location.href, {
      method: "POST",
      body,
      headers: { Accept: "application/json" },
      keepalive: true,
    });
    if (!answer.headers.get("Content-Type")?.startsWith("application/json")) throw new Error("no answer");
    return answer.json();
  }

  // What got no answer is sent again as it was: the server knows it by its number and counts it once.
  async function send() {
    unsent ??= { words: text.value, body: new FormData(form) };
    lastAt = Date.now();
    try {
      const found = await post(unsent.body);
      known = unsent.words;
      unsent = null;
      if (found.revision) revision.value = found.revision;
      state.textContent = found.saved ?? found.problem;
      if (text.value !== known) later();
    } catch {
      state.textContent = form.dataset.failed;
      later();
    }
  }

  function save() {
    clearTimeout(timer);
    if (sending || text.value === known || !text.value.trim()) return sending;
    sending = send().finally(() => (sending = null));
    return sending;
  }

  text.addEventListener("input", later);
  document.addEventListener("visibilitychange", () => document.visibilityState === "hidden" && save());
  addEventListener("online", save);
  form.addEventListener("submit", async (event) => {
    clearTimeout(timer);
    if (!sending) return;
    event.preventDefault();
    await sending;
    clearTimeout(timer);
    form.requestSubmit(event.submitter);
  });
}
