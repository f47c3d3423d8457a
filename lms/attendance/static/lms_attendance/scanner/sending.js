// Talking to the server: whether it is there, the list, and the scans, in order and in batches. A lost answer is no
// harm, the server knows each scan by its nonce.
const PATIENCE = 8000;
const BATCH = 25;

export async function ask(address, scanner) {
  const sent = Date.now();
  try {
    const answer = await fetch(`${address}?scanner=${scanner ?? ""}`, {
      redirect: "manual",
      signal: AbortSignal.timeout(PATIENCE),
    });
    if (answer.type === "opaqueredirect" || answer.status === 401 || answer.status === 403) return { is: "signed_out" };
    if (!answer.ok) return { is: "offline" };
    const held = await answer.json();
    return { is: "online", held, offset: held.now - Math.round((sent + Date.now()) / 2) };
  } catch {
    return { is: "offline" };
  }
}

export async function post(address, csrf, body) {
  const answer = await fetch(address, {
    method: "POST",
    headers: { "Content-Type": "application/json", "X-CSRFToken": csrf },
    body: JSON.stringify(body),
    redirect: "error",
    signal: AbortSignal.timeout(PATIENCE * 2),
  });
  return { status: answer.status, held: await answer.json() };
}

// Sends everything that waits; `keep` stores each scan with its answer. True when nothing is left.
export async function sendAll(address, csrf, scanner, waiting, keep) {
  const queue = [...waiting].sort((one, other) => one.at - other.at);
  while (queue.length) {
    const batch = queue.splice(0, BATCH);
    const { status, held } = await post(address, csrf, {
      scanner,
      sent_at: Date.now(),
      scans: batch.map(({ body, signature }) => ({ body, signature })),
    });
    if (held.code === "scanner_revoked" || held.code === "scanner_unknown") return "revoked";
    if (!held.answers) throw new Error(String(status));
    for (const [number, answer] of held.answers.entries()) {
      await keep({ ...batch[number], state: "sent", outcome: answer.outcome, code: answer.code, kept: answer.kept });
    }
  }
  return "sent";
}
