// <button data-copy="text" data-copied="Copied">: copies, says so, and returns to its own word.
document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy]");
  if (!button || !navigator.clipboard) return;
  await navigator.clipboard.writeText(button.dataset.copy);
  const label = button.querySelector("[data-copy-label]") || button;
  const before = label.textContent;
  label.textContent = button.dataset.copied || before;
  setTimeout(() => {
    label.textContent = before;
  }, 2000);
});
