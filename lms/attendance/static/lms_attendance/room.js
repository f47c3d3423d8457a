// The roll call: one press a name, by hand or by keyboard, without loading the page again. The comparison with the
// headcount comes back with every answer.
const roll = document.querySelector("[data-roll]");
const rows = [...(roll?.children ?? [])];

function shown() {
  return rows.filter((row) => !row.hidden);
}

function move(step) {
  const list = shown();
  const at = list.indexOf(document.activeElement.closest?.("[data-roll] > li"));
  const next = list[Math.min(Math.max(at + step, 0), list.length - 1)];
  next?.focus();
}

function mark(row, answer) {
  row.dataset.seen = answer.seen ? "yes" : "no";
  for (const button of row.querySelectorAll("button[name=seen]")) {
    button.setAttribute("aria-pressed", String(button.value === row.dataset.seen));
  }
  const state = document.querySelector("[data-state]");
  state.textContent = answer.words;
  state.classList.toggle("lms-room-differs", !answer.matches);
  document.querySelector("[data-record]").textContent = answer.on_record;
  const unseen = document.querySelector("[data-unseen]");
  if (!unseen) return;
  unseen.hidden = !answer.unseen;
  unseen.querySelector("[data-unseen-url]").href = answer.unseen_url;
  unseen.querySelector("[data-unseen-count]").textContent = answer.unseen;
}

async function send(row, value) {
  const form = row.querySelector("form");
  const body = new FormData(form);
  body.set("seen", value);
  try {
    const answer = await fetch(form.action, { method: "POST", body, headers: { Accept: "application/json" } });
    const found = await answer.json();
    if (answer.ok) mark(row, found);
    else document.querySelector("[data-state]").textContent = found.problem;
  } catch {
    // No answer, or none that can be read: the plain form shows what the server says.
    form.querySelector(`button[value=${value}]`).dataset.plain = "yes";
    form.requestSubmit(form.querySelector(`button[value=${value}]`));
  }
}

roll?.addEventListener("submit", (event) => {
  if (event.submitter?.dataset.plain) return;
  event.preventDefault();
  send(event.target.closest("li"), event.submitter.value);
});

document.addEventListener("keydown", (event) => {
  if (!roll || event.ctrlKey || event.metaKey || event.altKey || event.target.closest("input, textarea, select")) return;
  const row = document.activeElement.closest?.("[data-roll] > li");
  const key = event.key.toLowerCase();
  if (key === "j" || (key === "arrowdown" && row)) move(1);
  else if (key === "k" || (key === "arrowup" && row)) move(-1);
  else if (row && (key === "y" || key === "n")) {
    send(row, key === "y" ? "yes" : "no");
    move(1);
  } else return;
  event.preventDefault();
});

document.querySelector("[data-filter]")?.addEventListener("input", (event) => {
  const words = event.target.value.trim().toLowerCase();
  for (const row of rows) row.hidden = !row.dataset.name.toLowerCase().includes(words);
});
