// Folds the public menu on a phone. Without JavaScript the menu simply stays open.
for (const button of document.querySelectorAll("[data-menu-toggle]")) {
  const fold = document.getElementById(button.getAttribute("aria-controls"));
  if (!fold) continue;
  const show = (open) => {
    fold.toggleAttribute("data-open", open);
    button.setAttribute("aria-expanded", String(open));
  };
  button.addEventListener("click", () => show(!fold.hasAttribute("data-open")));
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && fold.hasAttribute("data-open")) {
      show(false);
      button.focus();
    }
  });
}
