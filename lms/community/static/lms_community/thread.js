// Reading leaves a mark once the last post of the page has been seen; "Quote" puts the post into the reply box.
const mark = document.querySelector("[data-read-mark]");
const last = document.querySelector("[data-last-post]");

async function sendMark() {
  const answer = await fetch(mark.action, {
    method: "POST",
    body: new FormData(mark),
    headers: { "X-Requested-With": "fetch" },
    keepalive: true,
  });
  if (answer.ok) mark.classList.add("is-sent");
}

if (mark && last && "IntersectionObserver" in window) {
  const watch = new IntersectionObserver((entries) => {
    if (!entries.some((entry) => entry.isIntersecting)) return;
    watch.disconnect();
    sendMark().catch(() => {});
  });
  watch.observe(last.querySelector(".post-actions") ?? last);
}

document.addEventListener("click", (event) => {
  const link = event.target.closest("[data-quote]");
  const box = document.querySelector("#reply textarea");
  const text = link?.closest(".post")?.querySelector("[data-post-text]")?.innerText.trim();
  if (!link || !box || !text) return;
  event.preventDefault();
  const quoted = text.split("\n").map((line) => `> ${line}`).join("\n");
  box.value = `${box.value ? `${box.value.trimEnd()}\n\n` : ""}> **${link.dataset.quote}**\n>\n${quoted}\n\n`;
  box.focus();
  box.scrollIntoView({ block: "center" });
});
