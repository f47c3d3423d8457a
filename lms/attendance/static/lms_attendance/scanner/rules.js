// What the scanner decides by itself: the same rules as the server's, from the list on this phone. `now` is true time.
import { isGenuine, readCode } from "./codes.js";

const ZONE = { timeZone: "Asia/Shanghai", hour: "2-digit", minute: "2-digit", hour12: false };

export const clock = (moment) => new Intl.DateTimeFormat("zh-CN", ZONE).format(moment);

export async function judge({ roster, session, kind, text, now }) {
  const code = readCode(text);
  if (!code) return { verdict: "refused", reason: "no_code" };
  const learner = roster.learners.find((one) => one.id === code.seat);
  const found = { code, learner, seat: code.seat };
  const outside = refusedAt(session, kind, code.seat, now);
  if (outside) return { ...found, verdict: "refused", ...outside };
  const step = Math.floor(now / (roster.seconds * 1000));
  if (Math.abs(step - code.step) > 1) return { ...found, verdict: "refused", reason: "code_stale" };
  const key = roster.keys.find(([id, seat]) => id === code.key && seat === code.seat);
  if (!key) return { ...found, verdict: "unchecked" };
  if (!(await isGenuine(key[2], code))) return { ...found, verdict: "refused", reason: "code_forged" };
  return { ...found, verdict: sure(session, kind, now) };
}

export function judgeByHand({ roster, session, kind, seat, now }) {
  const found = { code: null, seat, learner: roster.learners.find((one) => one.id === seat) };
  const outside = refusedAt(session, kind, seat, now);
  return outside ? { ...found, verdict: "refused", ...outside } : { ...found, verdict: sure(session, kind, now) };
}

function refusedAt(session, kind, seat, now) {
  if (!session.seats.includes(seat)) return { reason: "not_expected" };
  if (kind === "mid") return null;
  const [opens, closes] = session.doors[kind];
  if (now < opens) return { reason: "too_early", time: clock(opens) };
  if (now > closes) return { reason: "too_late", time: clock(closes) };
  return null;
}

// The check during class may have been called after this list was made: only the server knows its time for sure.
function sure(session, kind, now) {
  if (kind !== "mid") return "ok";
  const [opens, closes] = session.doors.mid ?? [Infinity, 0];
  return opens <= now && now <= closes ? "ok" : "unchecked";
}

// The session whose doors are open, else the next one; and whether people rather come or go.
export function suggest(sessions, now) {
  const open = sessions.find((one) => one.doors.in[0] <= now && now <= one.doors.out[1]);
  const session = open ?? sessions.find((one) => one.starts > now) ?? sessions.at(-1) ?? null;
  return { session, kind: session && now > (session.starts + session.ends) / 2 ? "out" : "in" };
}
