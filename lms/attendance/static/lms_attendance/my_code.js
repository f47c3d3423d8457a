// The learner's code: a key that stays on this phone signs seat and time; a new code every few seconds. The clock of the
// phone is set right by what was measured while online.
import { able, makeKeys, writeCode } from "./scanner/codes.js";
import { read, write } from "./scanner/store.js";
import { qrcode } from "./vendor/qrcode.js";

const page = document.querySelector("[data-my-code]");
const texts = JSON.parse(document.getElementById("texts").textContent);
const part = (name) => page.querySelector(`[data-${name}]`);
const PATIENCE = 6000;
const RETRY = 20000;
const QUIET = 4;
let record = null;
let drawn = "";
let under = null;

async function start() {
  if (!able()) return tell("unable", "unable_do");
  navigator.serviceWorker?.register(page.dataset.worker).catch(() => {});
  navigator.storage?.persist?.().catch(() => {});
  record = await recall();
  if (record?.key) show();
  await connect();
  setInterval(tick, 250);
  setInterval(connect, RETRY);
  addEventListener("online", connect);
  navigator.wakeLock?.request("screen").catch(() => {});
}

async function recall() {
  const last = await read("meta", "seat");
  return last ? ((await read("codes", last.seat)) ?? null) : null;
}

// One at a time: two at once would make two keys, and the second would wait for an approval.
function connect() {
  under ??= ask().finally(() => (under = null));
  return under;
}

async function ask() {
  const sent = Date.now();
  let answer;
  try {
    answer = await fetch(page.dataset.state, { redirect: "manual", signal: AbortSignal.timeout(PATIENCE) });
    if (answer.type === "opaqueredirect" || answer.status === 403) return network("signed_out");
    if (!answer.ok) return network("offline");
    await learn(await answer.json(), sent);
    network("online");
  } catch {
    network("offline");
  }
  if (!record && page.dataset.said !== "no_seat") tell("never", "never_do");
}

async function learn(state, sent) {
  const measured = Date.now();
  if (!state.seat) return tell("no_seat", "no_seat_do");
  const held = (await read("codes", state.seat.id)) ?? (await begin(state.seat.id));
  Object.assign(held, state.seat, { seconds: state.seconds, offset: state.now - Math.round((sent + measured) / 2) });
  let key = state.keys.find((one) => one.public_key === held.publicKey);
  if (!key) {
    const installed = await install(held.publicKey, state.csrf);
    key = installed.keys.find((one) => one.public_key === held.publicKey);
  }
  Object.assign(held, { key: key.id, state: key.state });
  await write("codes", held);
  await write("meta", { name: "seat", seat: held.seat });
  record = held;
  show();
}

// The key is kept before the server hears of it: when the answer is lost, the same key is sent again.
async function begin(seat) {
  const fresh = { seat, ...(await makeKeys()), key: 0, state: "waiting" };
  await write("codes", fresh);
  return fresh;
}

async function install(publicKey, csrf) {
  const answer = await fetch(page.dataset.install, {
    method: "POST",
    headers: { "Content-Type": "application/json", "X-CSRFToken": csrf },
    body: JSON.stringify({ public_key: publicKey }),
    redirect: "error",
    signal: AbortSignal.timeout(PATIENCE),
  });
  if (!answer.ok) throw new Error(String(answer.status));
  return answer.json();
}

function show() {
  part("name").textContent = record.name;
  part("group").textContent = [record.group, part("group").dataset.number.replace("0", record.number)]
    .filter(Boolean)
    .join(" · ");
  part("who").hidden = false;
  const counts = record.state === "approved";
  part("code").hidden = !counts;
  part("again").hidden = record.state !== "retired";
  if (counts) tell("ready");
  else tell(record.state, `${record.state}_do`);
  tick();
}

async function tick() {
  if (record?.state !== "approved") return;
  const now = Date.now() + record.offset;
  const length = record.seconds * 1000;
  const step = Math.floor(now / length);
  part("next").textContent = texts.next.replace("%(seconds)s", Math.ceil((length - (now % length)) / 1000));
  part("progress").value = length - (now % length);
  part("progress").max = length;
  const wanted = `${record.seat}.${record.key}.${step}`;
  if (wanted === drawn) return;
  drawn = wanted;
  draw(await writeCode(record.privateKey, record.seat, record.key, step));
}

function draw(text) {
  const code = qrcode(0, "M");
  code.addData(text, "Alphanumeric");
  code.make();
  const count = code.getModuleCount();
  let path = "";
  for (let y = 0; y < count; y += 1) {
    for (let x = 0; x < count; x += 1) if (code.isDark(y, x)) path += `M${x + QUIET} ${y + QUIET}h1v1h-1z`;
  }
  const picture = part("qr");
  picture.setAttribute("viewBox", `0 0 ${count + 2 * QUIET} ${count + 2 * QUIET}`);
  picture.querySelector("path").setAttribute("d", path);
}

function network(state) {
  page.dataset.network = state;
  part("network").textContent = texts[state];
}

function tell(said, todo = "") {
  part("said").textContent = texts[said];
  part("todo").textContent = texts[todo] ?? "";
  part("todo").hidden = !texts[todo];
  page.dataset.said = said;
}

part("again").addEventListener("click", async () => {
  const fresh = { ...record, ...(await makeKeys()), key: 0, state: "waiting" };
  await write("codes", fresh);
  record = fresh;
  await connect();
});

start();
