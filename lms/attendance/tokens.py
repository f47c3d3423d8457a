"""Codes of a board and tickets of a scan. Pure: key and time are arguments, nothing is stored or read."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from lms.core.tokens import matches, read_genuine_code, rotating_code, sign, typed_code, typed_code_age

PURPOSES = {"in": "attendance/in", "mid": "attendance/mid", "out": "attendance/out"}
TICKET, TRIES = "attendance/ticket", "attendance/tries"
DEVICE, BROWSER, WATCH = "attendance/device", "attendance/browser", "attendance/watch"
DAY_SECONDS = 24 * 3600
CLOCK_STEP = timedelta(seconds=1)


@dataclass(frozen=True)
class Scan:
    """A genuine code, seen by the server at `at`. `kind` is "in", "mid" or "out"; `nonce` names the board.

    `age_ms` is how long ago the code's step had begun.
    """

    session_id: int
    kind: str
    nonce: str
    at: datetime
    age_ms: int = 0


@dataclass(frozen=True)
class Ticket:
    """A scan that waits for the sign-in or the tap, for one person in one browser.

    `holder` is the user's id and `browser` the mark of her signed-in session; before sign-in they are 0 and the mark of
    the phone. `device` is the phone's mark, `stale_tries` how many outdated codes it tried before. The rest is what
    the answer says without asking the database: start and end of the session in seconds since the epoch, and grace in
    minutes.
    """

    scan: Scan
    holder: int = 0
    browser: str = ""
    device: str = ""
    stale_tries: int = 0
    starts: int = 0
    ends: int = 0
    grace: int = 0

    def is_fresh(self, at: datetime, *, minutes: int) -> bool:
        """Whether the scan is not older than `minutes`."""
        return -CLOCK_STEP <= at - self.scan.at <= timedelta(minutes=minutes)


def board_code(key: str, session_id: int, kind: str, nonce: str, *, at: datetime, seconds: int) -> str:
    """The URL-safe code of the step of `at`, bound to session, board and kind of check."""
    return rotating_code(key, PURPOSES[kind], session_id, nonce, at=at, seconds=seconds)


def read_board_code(key: str, code: str, *, at: datetime, seconds: int, earlier_steps: int) -> Scan | None:
    """The scan when the code is genuine and fresh; None otherwise. No database read."""
    for kind, purpose in PURPOSES.items():
        found = read_genuine_code(key, purpose, code, at=at, seconds=seconds, most_steps=earlier_steps)
        if found is not None:
            session_id, nonce, age = found
            return Scan(session_id, kind, nonce, at, age)
    return None


def read_outdated_code(key: str, code: str, *, at: datetime, seconds: int) -> Scan | None:
    """What a genuine code of the last day stood for, however old; None for anything else. It is worth no ticket."""
    return read_board_code(key, code, at=at, seconds=seconds, earlier_steps=DAY_SECONDS // seconds)


def board_typed_code(key: str, session_id: int, kind: str, nonce: str, *, at: datetime, seconds: int) -> str:
    """The six digits shown beside the QR code of the same step."""
    return typed_code(key, PURPOSES[kind], session_id, nonce, at=at, seconds=seconds)


def read_board_typed_code(
    key: str, session_id: int, kind: str, nonce: str, code: str, *, at: datetime, seconds: int, earlier_steps: int
) -> Scan | None:
    """The scan when these are the board's six digits now, else None. Callers throttle."""
    if len(code) != 6:
        return None
    age = typed_code_age(
        key, PURPOSES[kind], session_id, nonce, code, at=at, seconds=seconds, earlier_steps=earlier_steps
    )
    return None if age is None else Scan(session_id, kind, nonce, at, age)


def mark_device(key: str, cookie: str) -> str:
    """32 hex digits that tell a phone apart without naming it; "" without a cookie."""
    return sign(key, DEVICE, cookie) if cookie else ""


def mark_browser(key: str, cookie: str) -> str:
    """The same of a signed-in session: another sign-in, or another browser, has another mark."""
    return sign(key, BROWSER, cookie) if cookie else ""


def seal_ticket(key: str, ticket: Ticket) -> str:
    """The ticket as signed text, safe in a form and in a cookie."""
    scan = ticket.scan
    moment = int(scan.at.timestamp() * 1000)
    body = (
        f"{scan.session_id}~{scan.kind}~{scan.nonce}~{moment}~{scan.age_ms}~{ticket.holder}~{ticket.browser}"
        f"~{ticket.device}~{ticket.stale_tries}~{ticket.starts}~{ticket.ends}~{ticket.grace}"
    )
    return f"{body}~{sign(key, TICKET, body)}"


def open_ticket(key: str, text: str) -> Ticket | None:
    """The ticket when it is genuine. Whose it is and how old is for the caller to look at."""
    body, _, mac = text.rpartition("~")
    if not mac.isascii() or not mac or not matches(key, mac, TICKET, body):
        return None
    session_id, kind, nonce, moment, age, holder, browser, device, *numbers = body.split("~")
    scan = Scan(int(session_id), kind, nonce, datetime.fromtimestamp(int(moment) / 1000, tz=UTC), int(age))
    return Ticket(scan, int(holder), browser, device, *map(int, numbers))


def claimed_session(text: str) -> tuple[int, str] | None:
    """(session, kind) that a text in the form of a ticket names, genuine or not; None when it has another form."""
    parts = text.split("~")
    if len(parts) < 4 or len(text) > 500 or parts[1] not in PURPOSES:
        return None
    return (int(parts[0]), parts[1]) if parts[0].isascii() and parts[0].isdigit() and len(parts[0]) < 19 else None


def seal_tries(key: str, session_id: int, tries: int) -> str:
    """How many outdated codes of a session were tried in this browser, as signed text."""
    body = f"{session_id}~{tries}"
    return f"{body}~{sign(key, TRIES, body)}"


def read_tries(key: str, text: str, session_id: int) -> int:
    """The number in a genuine text about this session; 0 otherwise."""
    body, _, mac = text.rpartition("~")
    if not mac.isascii() or not mac or not matches(key, mac, TRIES, body):
        return 0
    session, tries = body.split("~")
    return int(tries) if int(session) == session_id else 0


def seal_watch(key: str, seat: int, browser: str) -> str:
    """What an open page shows to ask about this seat, good in the signed-in browser with this mark alone."""
    return f"{seat}~{sign(key, WATCH, seat, browser)}"


def open_watch(key: str, text: str, browser: str) -> int | None:
    """The seat when the text is genuine and was made for this browser. Whether it is still signed in is not in it."""
    seat, _, mac = text.partition("~")
    known = browser and mac.isascii() and seat.isascii() and seat.isdecimal() and len(seat) < 19
    return int(seat) if known and matches(key, mac, WATCH, int(seat), browser) else None
