// Asks every few seconds whether the check during class has begun and puts its card into the open page. It asks only
// while the page is seen and the network there; a whole class does not ask in the same second; the server says when the
// next session begins, so that no clock of a phone is read and nothing is asked between sessions.
const EVERY = 10_000;
const PATIENCE = 6_000;
const LONGEST_PAUSE = 60_000;
const LONGEST_REST = 600_000;
const SOON = 1_500;

const between = (least, most) => least + Math.random() * (most - least);

class Watch {
  constructor(root) {
    this.root = root;
    this.said = root.querySelector("[data-mid-said]");
    this.failures = 0;
    this.due = 0;
    this.busy = false;
    this.jump = null;
    if (this.card()) this.announce();
    if (!root.dataset.midWatch) return;
    document.addEventListener("visibilitychange", () => this.wake());
    addEventListener("pageshow", (event) => event.persisted && this.wake());
    addEventListener("online", () => this.wake());
    this.plan(between(0, EVERY));
  }

  card() {
    return this.root.querySelector("[data-mid-key]");
  }

  plan(wait) {
    clearTimeout(this.timer);
    this.due = Date.now() + wait;
    this.timer = setTimeout(() => this.ask(), wait);
  }

  // Seen again, or back in the network: soon, but not everybody at once. A rest that is still to come goes on.
  wake() {
    if (document.hidden || !navigator.onLine) return;
    if (this.failures || Date.now() > this.due || this.card()) this.plan(between(0, SOON));
  }

  async ask() {
    if (this.busy || document.hidden || !navigator.onLine) return;
    this.busy = true;
    let wait;
    try {
      wait = await this.learn();
      this.failures = 0;
    } catch {
      this.failures += 1;
      wait = Math.min(LONGEST_PAUSE, EVERY * 2 ** (this.failures - 1));
    }
    this.busy = false;
    this.plan(wait * between(0.8, 1.1));
  }

  async learn() {
    const answer = await fetch(this.root.dataset.ask, {
      method: "POST",
      body: new URLSearchParams({ watch: this.root.dataset.midWatch, shown: this.card()?.dataset.midKey ?? "" }),
      credentials: "same-origin",
      redirect: "error",
      signal: AbortSignal.timeout(PATIENCE),
    });
    if (!answer.ok) throw new Error(String(answer.status));
    if (answer.status === 204) {
      this.remove("");
      return EVERY;
    }
    const told = await answer.json();
    if (told.state === "asked") {
      await this.show(told);
      return EVERY;
    }
    this.remove(String(told.key) === this.card()?.dataset.midKey ? told.html : "");
    return Math.min(LONGEST_REST, told.rest === null ? LONGEST_REST : told.rest + between(0, EVERY));
  }

  async show(told) {
    if (this.card()?.dataset.midKey !== String(told.key)) await this.insert();
    const badge = this.card()?.querySelector("[data-mid-left] .badge");
    if (badge && badge.lastChild.textContent !== told.left) badge.lastChild.textContent = told.left;
  }

  async insert() {
    const answer = await fetch(this.root.dataset.check, {
      credentials: "same-origin",
      redirect: "error",
      signal: AbortSignal.timeout(PATIENCE),
    });
    if (answer.status !== 200) throw new Error(String(answer.status));
    const parsed = new DOMParser().parseFromString(await answer.text(), "text/html");
    this.remove("");
    this.root.append(parsed.querySelector("[data-mid-key]"));
    this.announce();
  }

  // The words are said once to a screen reader; the focus stays where it is.
  announce() {
    const card = this.card();
    this.said.textContent = `${card.querySelector("h2").textContent}: ${card.querySelector("[data-mid-do]").textContent}`;
    this.otherForm()?.setAttribute("hidden", "");
    this.jump = this.root.querySelector("template").content.firstElementChild.cloneNode(true);
    this.jump.hidden = true;
    this.jump.addEventListener("click", () => {
      card.scrollIntoView({ block: "center" });
      card.querySelector("input[name=code], a.btn")?.focus({ preventScroll: true });
    });
    this.root.append(this.jump);
    this.seen = new IntersectionObserver(([entry]) => (this.jump.hidden = entry.isIntersecting));
    this.seen.observe(card);
  }

  // One field for six digits at a time; what she is typing just now is left to her.
  otherForm() {
    const form = document.querySelector("#code form");
    return form && !form.contains(document.activeElement) ? form : null;
  }

  remove(html) {
    if (!this.card()) return;
    this.seen.disconnect();
    this.jump.remove();
    document.querySelector("#code form")?.removeAttribute("hidden");
    const parsed = new DOMParser().parseFromString(html, "text/html");
    this.said.textContent = parsed.body.textContent.trim();
    this.card().replaceWith(...parsed.body.children);
  }
}

export function watchForChecks(root) {
  const place = root.querySelector("[data-mid-watch]");
  if (place && !place.watch) place.watch = new Watch(place);
}

watchForChecks(document);
