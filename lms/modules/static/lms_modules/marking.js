// The marking desk by keyboard: the mark takes the focus, Ctrl+Enter saves and goes on.
const form = document.querySelector("[data-marking]");
if (form) {
  const mark = form.querySelector("[name=value]");
  (form.querySelector("[aria-invalid=true]") ?? mark)?.focus();
  if (mark && !mark.value) mark.select();
  form.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      form.requestSubmit();
    }
  });
}
