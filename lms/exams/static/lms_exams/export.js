// The answers that never reached the server, as a file for the invigilator: encrypted, bound to this sitting.
// Layout: "LMSEXAM1", sitting (8 bytes), epoch (4 bytes), nonce (12 bytes), AES-GCM of {entries} with all before the
// nonce as additional data. The server reads it with the key of the sitting it is uploaded to.
const MAGIC = "LMSEXAM1";

export async function saveAsFile(journal, { sitting, epoch, entries }) {
  const head = new Uint8Array(20);
  head.set(new TextEncoder().encode(MAGIC));
  const numbers = new DataView(head.buffer);
  numbers.setBigUint64(8, BigInt(sitting));
  numbers.setUint32(16, epoch);
  const iv = crypto.getRandomValues(new Uint8Array(12));
  const plain = new TextEncoder().encode(JSON.stringify({ entries }));
  const how = { name: "AES-GCM", iv, additionalData: head };
  const sealed = await crypto.subtle.encrypt(how, journal.key, plain);
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([head, iv, sealed], { type: "application/octet-stream" }));
  link.download = `exam-${sitting}-${epoch}.lmsexam`;
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(link.href), 60000);
}
