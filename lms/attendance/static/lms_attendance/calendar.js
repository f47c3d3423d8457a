// Drag a session to another day or time: the drop opens the form that moves it, filled in; nothing is written before
// somebody confirms it there. Without a mouse the link “Move” leads to the same form.
const calendar = document.querySelector("[data-calendar]");
const STEP_MINUTES = 10;
let dragged = null;
let grip = 0;

function startAt(slots, event) {
  const box = slots.getBoundingClientRect();
  const step = parseFloat(getComputedStyle(slots).gridAutoRows);
  const steps = Math.max(0, Math.round((event.clientY - grip - box.top) / step));
  const minutes = Number(calendar.dataset.firstHour) * 60 + steps * STEP_MINUTES;
  const two = (number) => String(number).padStart(2, "0");
  return `${two(Math.min(23, Math.floor(minutes / 60)))}:${two(minutes % 60)}`;
}

calendar?.addEventListener("dragstart", (event) => {
  dragged = event.target.closest?.("[data-move]");
  if (!dragged) return;
  grip = event.clientY - dragged.getBoundingClientRect().top;
  event.dataTransfer.effectAllowed = "move";
  event.dataTransfer.setData("text/plain", dragged.dataset.move);
});

calendar?.addEventListener("dragover", (event) => {
  const slots = event.target.closest("[data-day]");
  for (const marked of calendar.querySelectorAll(".lms-drop")) marked.classList.toggle("lms-drop", marked === slots);
  if (!dragged || !slots) return;
  event.preventDefault();
  event.dataTransfer.dropEffect = "move";
  slots.classList.add("lms-drop");
});

calendar?.addEventListener("drop", (event) => {
  const slots = event.target.closest("[data-day]");
  if (!dragged || !slots) return;
  event.preventDefault();
  const wish = new URLSearchParams({ day: slots.dataset.day, start: startAt(slots, event) });
  location.assign(`${dragged.dataset.move}?${wish}`);
});

calendar?.addEventListener("dragend", () => {
  dragged = null;
  for (const marked of calendar.querySelectorAll(".lms-drop")) marked.classList.remove("lms-drop");
});
