// Adds "show" beside a password. The button exists only where it works.
for (const input of document.querySelectorAll("input[data-reveal]")) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "btn";
  button.textContent = input.dataset.revealShow;
  button.setAttribute("aria-pressed", "false");
  button.setAttribute("aria-controls", input.id);
  const box = document.createElement("div");
  box.className = "field-with-button";
  input.before(box);
  box.append(input, button);
  const show = (visible) => {
    input.type = visible ? "text" : "password";
    button.textContent = visible ? input.dataset.revealHide : input.dataset.revealShow;
    button.setAttribute("aria-pressed", String(visible));
  };
  button.addEventListener("click", () => {
    show(input.type === "password");
    input.focus();
  });
  input.form?.addEventListener("submit", () => show(false));
}
