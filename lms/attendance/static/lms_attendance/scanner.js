// The scanner: reads codes with or without network, keeps every scan on the phone until the server has answered it.
import { Camera, readPicture } from "./scanner/camera.js";
import { able, makeKeys, sign, toBase64url } from "./scanner/codes.js";
import { fill, part, showMatches, showNetwork, showQueue, showResult, showSessions, texts } from "./scanner/desk.js";
import { clock, judge, judgeByHand, suggest } from "./scanner/rules.js";
import { ask, post, sendAll } from "./scanner/sending.js";
import { read, readAll, remove, write } from "./scanner/store.js";

const page = document.querySelector("[data-scanner]");
const KEEP = 2 * 24 * 3600 * 1000;
const SAME = 4000;
const OUT_AGAIN = 60000;
const [QUICK, SLOW, IDLE] = [3000, 30000, 60000];
const MATCHES = 8;
const now = () => Date.now() + (roster?.offset ?? 0);
let roster = null;
let identity = null;
let scans = [];
let session = null;
let kind = "in";
let csrf = "";
let wait = QUICK;
let timer = 0;
let last = { text: "", at: 0 };

async function start() {
  if (!able()) return showNetwork("unable");
  navigator.serviceWorker?.register(page.dataset.worker).catch(() => {});
  navigator.storage?.persist?.().catch(() => {});
  await recall();
  choose();
  show();
  await connect(true);
  setInterval(() => connect(true), 10 * IDLE);
  addEventListener("online", () => connect(false));
  addEventListener("beforeunload", (event) => waiting().length && event.preventDefault());
}

async function recall() {
  const held = await read("meta", "roster");
  if (held && Date.now() - held.fetched < KEEP) roster = held;
  else await remove("meta", "roster");
  if (roster) identity = (await read("meta", `scanner:${roster.user.id}`)) ?? null;
  const choice = await read("meta", "choice");
  if (choice) [session, kind] = [{ id: choice.session }, choice.kind];
  for (const scan of await readAll("scans")) {
    if (scan.state === "sent" && Date.now() - scan.at > KEEP) await remove("scans", scan.nonce);
    else scans.push(scan);
  }
}

const waiting = () => scans.filter((one) => one.state === "waiting" && one.scanner === identity?.id);

async function connect(withList) {
  clearTimeout(timer);
  const asked = identity?.id;
  const answer = await ask(withList ? page.dataset.roster : page.dataset.state, asked);
  showNetwork(answer.is);
  if (answer.is === "online") await hear(answer, withList, asked);
  const idle = answer.is === "online" && !waiting().length;
  wait = answer.is === "online" ? QUICK : Math.min(wait * 1.5, SLOW);
  timer = setTimeout(() => connect(!roster), idle ? IDLE : wait);
}

async function hear({ held, offset }, withList, asked) {
  csrf = held.csrf;
  if (roster && roster.user.id !== held.user.id) {
    roster = null;
    identity = null;
    await remove("meta", "roster");
    if (!withList) return connect(true);
  }
  identity ??= (await read("meta", `scanner:${held.user.id}`)) ?? null;
  if (identity && !held.scanner) {
    if (asked !== identity.id) return connect(true);
    await remove("meta", identity.name);
    identity = null;
  }
  if (held.scanner?.revoked) return revoked();
  if (withList) {
    roster = { ...held, name: "roster", csrf: "", fetched: Date.now(), offset };
    await write("meta", roster);
    choose();
  } else if (roster) {
    roster.offset = offset;
    await write("meta", roster);
  }
  show();
  await send();
}

async function send() {
  if (!identity || !csrf || !waiting().length) return;
  const keep = async (scan) => {
    await write("scans", scan);
    scans = scans.map((one) => (one.nonce === scan.nonce ? scan : one));
    show();
  };
  const act = async (lock) => {
    if (lock && (await sendAll(page.dataset.upload, csrf, identity.id, waiting(), keep)) === "revoked") await revoked();
  };
  try {
    if (navigator.locks) await navigator.locks.request("lms-scanner", { ifAvailable: true }, act);
    else await act(true);
  } catch {
    showNetwork("offline");
  }
}

async function revoked() {
  roster = null;
  session = null;
  await remove("meta", "roster");
  show();
  part("list").textContent = "";
  showNetwork("revoked");
  camera.stop();
}

async function register() {
  const keys = await makeKeys();
  const label = part("phone-name").value.trim();
  try {
    const body = { name: label, public_key: keys.publicKey, sent_at: Date.now() };
    const { status, held } = await post(page.dataset.register, csrf, body);
    if (status !== 200) throw new Error(held.code);
    identity = { name: `scanner:${roster.user.id}`, id: held.id, label: held.name, ...keys };
    await write("meta", identity);
    show();
  } catch {
    showResult("danger", texts.register_failed);
  }
}

function choose() {
  if (!roster) {
    session = null;
    return;
  }
  session = roster.sessions.find((one) => one.id === session?.id && now() <= one.doors.out[1]) ?? null;
  if (!session) ({ session, kind } = suggest(roster.sessions, now()));
}

const remember = () => write("meta", { name: "choice", session: session?.id, kind });

function show() {
  const ready = Boolean(identity && session);
  part("registration").hidden = Boolean(identity) || !roster;
  part("work").hidden = !ready;
  part("list").textContent = !roster
    ? texts.no_roster
    : session
      ? fill(texts.list_from, { time: clock(roster.fetched + roster.offset), count: session.seats.length })
      : texts.no_session;
  showSessions(roster?.sessions ?? [], session, kind);
  showQueue(scans, identity?.id);
}

async function onText(text) {
  if (!session || (text === last.text && Date.now() - last.at < SAME)) return;
  last = { text, at: Date.now() };
  await settle(await judge({ roster, session, kind, text, now: now() }));
}

async function settle(found) {
  const name = found.learner?.name ?? "";
  if (found.reason === "no_code") return showResult("danger", texts.refused, texts.no_code);
  const before = scans.filter((one) => stands(one, found)).at(-1);
  if (before && found.verdict !== "refused") {
    return showResult("neutral", name, fill(texts.already, { time: clock(before.at) }));
  }
  try {
    await keep(found, name);
  } catch {
    last = { text: "", at: 0 };
    return showResult("danger", name, texts.not_kept);
  }
  if (found.verdict === "refused") showResult("danger", name || texts.refused, fill(texts[found.reason], found));
  else if (found.verdict === "unchecked") showResult("attention", name, texts.unchecked);
  else showResult("done", name, [texts[`done_${kind}`], clock(now()), found.learner?.group].filter(Boolean).join(" · "));
  show();
  connect(false);
}

// Whether an earlier scan makes this one a repeat: not one that was refused, not another person's queue, not a doubt that
// is now settled by hand, and not a departure of a while ago.
function stands(one, found) {
  if (one.session !== session.id || one.seat !== found.seat || one.kind !== kind) return false;
  if (one.scanner !== identity.id || one.shown || one.outcome === "refused") return false;
  if (one.outcome === "conflict" && !found.code) return false;
  return kind !== "out" || now() - one.at < OUT_AGAIN;
}

async function keep(found, name) {
  const nonce = Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0"));
  const at = Date.now();
  const shown = found.verdict === "refused" ? found.reason : "";
  const body = JSON.stringify({
    v: 1,
    scanner: identity.id,
    nonce: nonce.join(""),
    session: session.id,
    enrolment: found.seat,
    kind,
    at,
    offset: roster.offset,
    code: found.code?.text ?? "",
    shown,
  });
  const scan = {
    nonce: nonce.join(""),
    body,
    signature: toBase64url(await sign(identity.privateKey, body)),
    scanner: identity.id,
    session: session.id,
    seat: found.seat,
    kind,
    at: at + roster.offset,
    name: name || texts.not_expected,
    hand: !found.code,
    shown,
    state: "waiting",
  };
  await write("scans", scan);
  scans.push(scan);
}

function search() {
  const wanted = part("search").value.trim().toLowerCase();
  const here = (one) => session.seats.includes(one.id);
  const fits = (one) => one.name.toLowerCase().includes(wanted) || String(one.number).endsWith(wanted);
  const found = wanted && session ? roster.learners.filter((one) => here(one) && fits(one)) : [];
  part("nobody").hidden = !wanted || found.length > 0;
  showMatches(found.slice(0, MATCHES), (one) => {
    part("search").value = "";
    search();
    settle(judgeByHand({ roster, session, kind, seat: one.id, now: now() }));
  });
}

const camera = new Camera(part("video"), onText);

part("camera").addEventListener("click", async () => {
  try {
    await camera.start();
    part("view").hidden = false;
    part("camera").hidden = true;
    navigator.wakeLock?.request("screen").catch(() => {});
  } catch {
    showResult("attention", texts.no_camera);
  }
});
part("picture").addEventListener("change", async (event) => {
  const [file] = event.target.files;
  event.target.value = "";
  if (!file) return;
  const text = await readPicture(file).catch(() => null);
  if (text) await onText(text);
  else showResult("danger", texts.refused, texts.no_code_in_picture);
});
part("session").addEventListener("change", (event) => {
  session = roster.sessions.find((one) => one.id === Number(event.target.value));
  if (kind === "mid" && !session.mid) kind = "in";
  remember();
  show();
  search();
});
for (const button of page.querySelectorAll("[data-kind]")) {
  button.addEventListener("click", () => {
    kind = button.dataset.kind;
    remember();
    show();
    if (kind === "mid") connect(true);
  });
}
part("search").addEventListener("input", search);
part("register").addEventListener("submit", (event) => {
  event.preventDefault();
  register();
});

start();
