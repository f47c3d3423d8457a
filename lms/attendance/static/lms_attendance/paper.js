// Typing a paper roll by keyboard: all present and then out with the missing, Enter to the next line, photo beside it.
// Without it the form works as it is.
const form = document.querySelector("[data-roll]");

if (form) {
  const rows = [...form.querySelectorAll("[data-row]")].map((row) => ({
    tick: row.querySelector("input[type=checkbox]"),
    times: [...row.querySelectorAll("input[type=text]")],
  }));
  const count = form.querySelector("[data-count]");
  const photo = form.querySelector("[data-photo]");
  const file = form.querySelector("input[type=file]");

  const tell = () => {
    const there = rows.filter((row) => row.tick.checked || row.times.some((time) => time.value.trim())).length;
    count.textContent = `${there} / ${rows.length}`;
  };
  const tickAll = (checked) => {
    for (const row of rows) {
      const typed = row.times.some((time) => time.value.trim());
      row.tick.checked = checked && !typed;
      if (!checked) row.times.forEach((time) => (time.value = ""));
    }
    tell();
  };
  const below = (field, step) => {
    const at = rows.findIndex((row) => row.tick === field || row.times.includes(field));
    const next = rows[at + step];
    if (!next) return;
    const target = field === rows[at].tick ? next.tick : next.times[rows[at].times.indexOf(field)];
    target.focus();
    target.select?.();
  };

  for (const [name, checked] of [["all", true], ["none", false]]) {
    const button = form.querySelector(`[data-${name}]`);
    button.hidden = false;
    button.addEventListener("click", () => tickAll(checked));
  }

  form.addEventListener("keydown", (event) => {
    const field = event.target;
    if (!field.matches("[data-row] input")) return;
    if (event.key === "Enter" || event.key === "ArrowDown") {
      event.preventDefault();
      below(field, 1);
    } else if (event.key === "ArrowUp") {
      event.preventDefault();
      below(field, -1);
    }
  });

  form.addEventListener("input", tell);
  file?.addEventListener("change", () => {
    const chosen = file.files[0];
    photo.replaceChildren();
    if (chosen?.type.startsWith("image/")) {
      const picture = document.createElement("img");
      picture.src = URL.createObjectURL(chosen);
      picture.alt = file.labels[0]?.textContent ?? "";
      photo.append(picture);
    }
  });
  tell();
  form.querySelector("[aria-invalid]")?.focus();
}
