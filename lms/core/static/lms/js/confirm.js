// Asks before a form with data-confirm is sent: names the thing, the consequence and the verb.
// Without JavaScript, or without <dialog>, the form is simply sent; the server has its own check.
const dialog = document.querySelector("dialog[data-confirm-dialog]");
let waiting = null;

if (dialog && typeof dialog.showModal === "function") {
  const title = dialog.querySelector("[data-confirm-title]");
  const text = dialog.querySelector("[data-confirm-text]");
  const yes = dialog.querySelector("[data-confirm-yes]");

  document.addEventListener("submit", (event) => {
    const form = event.target;
    const asked = event.submitter?.dataset.confirm ? event.submitter : form;
    if (!asked.dataset.confirm || form.dataset.confirmed) return;
    event.preventDefault();
    waiting = { form, submitter: event.submitter };
    title.textContent = asked.dataset.confirm;
    text.textContent = asked.dataset.confirmText || "";
    text.hidden = !asked.dataset.confirmText;
    yes.textContent = asked.dataset.confirmYes || event.submitter?.textContent.trim() || yes.dataset.word;
    yes.classList.toggle("btn-danger", asked.dataset.confirmTone !== "plain");
    dialog.showModal();
  });

  yes.addEventListener("click", () => {
    dialog.close();
    if (!waiting) return;
    const { form, submitter } = waiting;
    waiting = null;
    form.dataset.confirmed = "1";
    form.requestSubmit(submitter);
    delete form.dataset.confirmed;
  });

  dialog.querySelector("[data-confirm-no]").addEventListener("click", () => dialog.close());
  dialog.addEventListener("close", () => {
    if (!dialog.returnValue) waiting?.submitter?.focus();
  });
}
