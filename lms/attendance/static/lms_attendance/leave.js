// Requests for leave by keyboard. The keys work only while a request itself has the focus, not in its fields.
const cases = [...document.querySelectorAll("[data-case]")];

for (const [at, one] of cases.entries()) {
  one.tabIndex = 0;
  one.addEventListener("keydown", (event) => {
    if (event.target !== one || event.ctrlKey || event.metaKey || event.altKey) return;
    const act = {
      j: () => cases[at + 1]?.focus(),
      k: () => cases[at - 1]?.focus(),
      a: () => one.querySelector("button[value=approve]")?.click(),
      r: () => one.querySelector("input[name=answer]")?.focus(),
    }[event.key.toLowerCase()];
    if (act) {
      event.preventDefault();
      act();
    }
  });
}

// After an answer the next request has the focus: no way back to the list by hand.
const NEXT = "lms-leave-next";
document.addEventListener("submit", (event) => {
  if (event.target.method === "post" && event.target.closest("[data-case]")) sessionStorage.setItem(NEXT, "1");
});
const answered = sessionStorage.getItem(NEXT);
sessionStorage.removeItem(NEXT);
const wrong = document.querySelector("[data-wrong] input[name=answer]");
if (wrong) wrong.focus();
else if (answered) cases[0]?.focus();
