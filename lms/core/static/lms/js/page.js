// Small things every page has: errors take the focus, a form is sent once, printing, going back.
import "./menu.js";
import "./confirm.js";
import "./copy.js";
import "./autosubmit.js";
import "./reveal.js";

document.querySelector("[data-error-summary]")?.focus();

document.addEventListener("submit", (event) => {
  if (event.defaultPrevented || event.target.method !== "post") return;
  const button = event.submitter;
  if (!button || event.target.hasAttribute("data-many")) return;
  if (button.getAttribute("aria-busy") === "true") {
    event.preventDefault();
    return;
  }
  button.setAttribute("aria-busy", "true");
  button.dataset.sent = "";
});

addEventListener("pageshow", () => {
  for (const button of document.querySelectorAll("[data-sent]")) {
    button.removeAttribute("aria-busy");
    delete button.dataset.sent;
  }
});

document.addEventListener("click", (event) => {
  if (event.target.closest("[data-print]")) window.print();
  if (event.target.closest("[data-go-back]")) history.back();
  const opener = event.target.closest("[data-open-dialog]");
  if (opener) document.getElementById(opener.dataset.openDialog)?.showModal();
  event.target.closest("[data-close-dialog]")?.closest("dialog")?.close();
});
