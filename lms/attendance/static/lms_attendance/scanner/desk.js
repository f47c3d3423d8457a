// Shows what the scanner knows; holds no state of its own.
import { clock } from "./rules.js";

const SHOWN = 30;
const page = document.querySelector("[data-scanner]");
export const texts = JSON.parse(document.getElementById("texts").textContent);
export const part = (name) => page.querySelector(`[data-${name}]`);

export const fill = (text, values) => text.replace(/%\((\w+)\)s/g, (whole, name) => values[name] ?? whole);

export function showNetwork(is) {
  page.dataset.network = is;
  part("network").textContent = texts[is];
  part("sign-in").hidden = is !== "signed_out";
}

export function showSessions(sessions, chosen, kind) {
  const list = part("session");
  list.replaceChildren(
    ...sessions.map((one) => {
      const line = [one.when, one.title, one.room, one.groups].filter(Boolean).join(" · ");
      return new Option(line, one.id, false, one.id === chosen?.id);
    }),
  );
  list.disabled = !sessions.length;
  for (const button of page.querySelectorAll("[data-kind]")) {
    const on = button.dataset.kind === kind;
    button.setAttribute("aria-pressed", String(on));
    button.classList.toggle("btn-primary", on);
    if (button.dataset.kind === "mid") button.hidden = !chosen?.mid;
  }
}

export function showResult(tone, title, line = "") {
  const box = part("result");
  box.hidden = false;
  box.dataset.tone = tone;
  for (const icon of box.querySelectorAll("[data-icon]")) icon.hidden = icon.dataset.icon !== tone;
  part("result-title").textContent = title;
  part("result-line").textContent = line;
  box.classList.remove("scan-result-new");
  void box.offsetWidth;
  box.classList.add("scan-result-new");
  navigator.vibrate?.(tone === "done" ? 80 : [60, 60, 60]);
}

export function showQueue(scans, mine) {
  const own = scans.filter((one) => one.scanner === mine);
  const waiting = own.filter((one) => one.state === "waiting").length;
  const decide = own.filter((one) => one.outcome === "conflict").length;
  const others = scans.filter((one) => one.scanner !== mine && one.state === "waiting").length;
  part("waiting").textContent = fill(texts.count_waiting, { count: waiting });
  part("waiting").dataset.count = waiting;
  part("delivered").textContent = fill(texts.count_sent, { count: own.filter((one) => one.state === "sent").length });
  part("conflicts").textContent = fill(texts.count_conflict, { count: decide });
  part("conflicts").hidden = !decide;
  part("others").textContent = fill(texts.others, { count: others });
  part("others").hidden = !others;
  const latest = [...own].sort((one, other) => other.at - one.at).slice(0, SHOWN);
  part("queue").replaceChildren(...latest.map(row));
  part("queue").hidden = latest.length === 0;
  part("queue-empty").hidden = latest.length > 0;
}

function row(scan) {
  const item = element("li", "list-item");
  const main = element("div", "list-item-main");
  main.append(
    element("span", "text-strong", scan.name),
    element("span", "list-item-note", [clock(scan.at), texts[scan.kind], scan.hand ? texts.by_hand : ""]
      .concat(scan.shown ? texts[scan.shown]?.replace(/%\(\w+\)s/, "") : "")
      .filter(Boolean)
      .join(" · ")),
  );
  const meta = element("div", "list-item-meta");
  meta.append(element("span", `badge badge-${tone(scan)}`, word(scan)));
  item.append(main, meta);
  return item;
}

function word(scan) {
  if (scan.state === "waiting") return texts.waiting;
  if (scan.outcome === "refused") return scan.shown ? texts.refused : texts.refused_by_server;
  return texts[scan.outcome] ?? texts.sent;
}

function tone(scan) {
  if (scan.state === "waiting") return "attention";
  return { recorded: "done", repeated: "neutral", conflict: "attention", refused: "danger" }[scan.outcome] ?? "neutral";
}

export function showMatches(learners, take) {
  part("matches").hidden = learners.length === 0;
  part("matches").replaceChildren(
    ...learners.map((one) => {
      const item = element("li", "list-item");
      const main = element("div", "list-item-main");
      main.append(
        element("span", "text-strong", one.name),
        element("span", "list-item-note", [one.group, one.number].filter(Boolean).join(" · ")),
      );
      const button = element("button", "btn", texts.take);
      button.type = "button";
      button.setAttribute("aria-label", `${texts.take} ${one.name}`);
      button.addEventListener("click", () => take(one));
      item.append(main, button);
      return item;
    }),
  );
}

function element(name, css, text = "") {
  const made = document.createElement(name);
  made.className = css;
  made.textContent = text;
  return made;
}
