// Light or dark: follows the system until the reader chooses. Loaded with blocking="render" so nothing flashes.
const KEY = "lms-theme";
const root = document.documentElement;
root.classList.add("js");

function stored() {
  try {
    return localStorage.getItem(KEY);
  } catch {
    return null;
  }
}

function keep(theme) {
  try {
    localStorage.setItem(KEY, theme);
  } catch {
    // Private windows may refuse: the choice then lasts for this page.
  }
}

function present() {
  return root.dataset.theme || (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light");
}

const wish = stored();
if (wish === "light" || wish === "dark") root.dataset.theme = wish;

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-theme-switch]");
  if (!button) return;
  const theme = present() === "dark" ? "light" : "dark";
  root.dataset.theme = theme;
  keep(theme);
});
