// Answers that may not be saved any more (another device took over, or the exam is over) go to the server as a branch:
// kept there, merged with nothing, decided about by a person.
const AT_ONCE = 100;
const TIMEOUT = 10000;
const UNKNOWN = 253402300799000; // the server clips it to the moment of the upload
const RECEIPT = /^[0-9a-f]{32}$/;

// true: the server holds all of them; false: not now, try again.
export async function uploadBranch(address, token, { sitting, epoch, entries }) {
  for (let start = 0; start < entries.length; start += AT_ONCE) {
    const part = entries.slice(start, start + AT_ONCE);
    const sent = part.map(({ seq, answers, answered, made }) => ({ seq, answers, answered, made: made || UNKNOWN }));
    try {
      const answer = await fetch(address, {
        method: "POST",
        headers: { "Content-Type": "application/json", "X-Sitting-Token": token },
        body: JSON.stringify({ epoch, entries: sent }),
        credentials: "same-origin",
        cache: "no-store",
        redirect: "error",
        signal: AbortSignal.timeout(TIMEOUT),
      });
      const body = await answer.json();
      const whole = part.every(({ seq }) => body.seqs?.includes(seq));
      if (!answer.ok || body.sitting !== sitting || body.epoch !== epoch || !whole) return false;
      if (!RECEIPT.test(body.receipt)) return false;
    } catch {
      return false;
    }
  }
  return true;
}

// The entries of a record of the journal that nobody has acknowledged, oldest first.
export function unsentEntries(record) {
  const entries = [...record.outbox];
  if (Object.keys(record.dirty).length) {
    const seq = Math.max(record.nextSeq ?? 1, ...record.outbox.map((entry) => entry.seq + 1));
    entries.push({ seq, answers: record.dirty, answered: record.answered ?? 0, made: record.dirtyMade });
  }
  return entries;
}

export const questionsOf = (entries) => [
  ...new Set(entries.flatMap((entry) => Object.keys(entry.answers)).map((name) => Number(name.slice(1)))),
].sort((one, other) => one - other);
