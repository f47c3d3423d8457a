// The sheet: choose all that are shown, say how many are ticked, ask for minutes only where they are needed.
const form = document.querySelector("[data-sheet]");
const seats = form ? [...form.querySelectorAll("input[name=seat]")] : [];

if (seats.length) {
  const all = form.querySelector("[data-all]");
  const box = all?.querySelector("input");
  const count = form.querySelector("[data-count]");
  const what = form.querySelector("select[name=what]");
  const minutes = form.querySelector("[data-minutes]");
  const words = count?.textContent;

  const tell = () => {
    const ticked = seats.filter((seat) => seat.checked).length;
    if (count) count.textContent = `${words} ${ticked} / ${seats.length}`;
    if (box) {
      box.checked = ticked === seats.length;
      box.indeterminate = ticked > 0 && ticked < seats.length;
    }
  };
  const ask = () => {
    if (minutes && what) minutes.hidden = what.value !== "minutes";
  };

  if (all) {
    all.hidden = false;
    box.addEventListener("change", () => {
      for (const seat of seats) seat.checked = box.checked;
      tell();
    });
  }
  form.addEventListener("change", (event) => {
    if (event.target.name === "seat") tell();
    if (event.target === what) ask();
  });
  tell();
  ask();
}
