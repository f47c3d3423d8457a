// Keys and signatures of phones: ECDSA on P-256, private keys that never leave the phone, and the text of the code.
const ALGORITHM = { name: "ECDSA", namedCurve: "P-256" };
const SIGNING = { name: "ECDSA", hash: "SHA-256" };
const PURPOSE = "attendance/personal-code";
const LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
const SHAPE = /^LM1\.(\d{1,18})\.(\d{1,18})\.(\d{1,12})\.([A-Z2-7]{103})$/;

export const able = () => Boolean(self.isSecureContext && self.crypto?.subtle && self.indexedDB);

export async function makeKeys() {
  const pair = await crypto.subtle.generateKey(ALGORITHM, false, ["sign", "verify"]);
  const point = await crypto.subtle.exportKey("raw", pair.publicKey);
  return { privateKey: pair.privateKey, publicKey: toBase64url(new Uint8Array(point)) };
}

export async function sign(privateKey, text) {
  return new Uint8Array(await crypto.subtle.sign(SIGNING, privateKey, new TextEncoder().encode(text)));
}

export async function isSigned(publicKey, text, signature) {
  const key = await crypto.subtle.importKey("raw", fromBase64url(publicKey), ALGORITHM, false, ["verify"]);
  return crypto.subtle.verify(SIGNING, key, signature, new TextEncoder().encode(text));
}

export const messageOf = (seat, key, step) => [PURPOSE, seat, key, step].join("\n");

export async function writeCode(privateKey, seat, key, step) {
  const signature = await sign(privateKey, messageOf(seat, key, step));
  return `LM1.${seat}.${key}.${step}.${toBase32(signature)}`;
}

export function readCode(text) {
  const found = SHAPE.exec(text.trim());
  if (!found) return null;
  const [seat, key, step] = found.slice(1, 4).map(Number);
  return { text: found[0], seat, key, step, signature: fromBase32(found[4]) };
}

export const isGenuine = (publicKey, code) =>
  isSigned(publicKey, messageOf(code.seat, code.key, code.step), code.signature);

export function toBase64url(bytes) {
  return btoa(String.fromCharCode(...bytes)).replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
}

function fromBase64url(text) {
  return Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (letter) => letter.charCodeAt(0));
}

function toBase32(bytes) {
  let text = "";
  let held = 0;
  let bits = 0;
  for (const byte of bytes) {
    held = (held << 8) | byte;
    for (bits += 8; bits >= 5; bits -= 5) text += LETTERS[(held >>> (bits - 5)) & 31];
    held &= (1 << bits) - 1;
  }
  return bits ? text + LETTERS[(held << (5 - bits)) & 31] : text;
}

function fromBase32(text) {
  const bytes = [];
  let held = 0;
  let bits = 0;
  for (const letter of text) {
    held = (held << 5) | LETTERS.indexOf(letter);
    bits += 5;
    if (bits < 8) continue;
    bits -= 8;
    bytes.push((held >>> bits) & 255);
    held &= (1 << bits) - 1;
  }
  return Uint8Array.from(bytes);
}
