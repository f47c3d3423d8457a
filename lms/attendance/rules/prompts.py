"""When the check during class comes, and what a board or an open page shows: pure functions on aware moments."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

MINUTE = timedelta(minutes=1)
Face = Literal["early", "in", "mid", "out", "over"]
Look = Literal["asked", "look", "answered", "missed", "rest", "over"]


@dataclass(frozen=True)
class Watched:
    """One session with a check during class, as one learner stands in it; moments are None where nothing happened."""

    session_id: int
    starts_at: datetime
    ends_at: datetime
    opens_at: datetime | None = None
    until: datetime | None = None
    came: datetime | None = None
    answered: datetime | None = None
    left: datetime | None = None

    def look(self, at: datetime) -> Look:
        """What her open page has to do about this session at `at`."""
        if at < self.starts_at:
            return "rest"
        if at >= self.ends_at or self.left is not None:
            return "over"
        if self.answered is not None:
            return "answered"
        if self.opens_at is None or self.until is None or at < self.opens_at:
            return "look"
        if at <= self.until:
            return "asked" if self.came is not None else "look"
        return "missed" if self.came is not None and self.came <= self.opens_at else "over"


def prompt_window(
    starts_at: datetime, ends_at: datetime, minutes: int, *, not_before: datetime
) -> tuple[datetime, datetime] | None:
    """First and last moment at which the check may begin: in the middle half of the session's wall time, not before
    `not_before`, and early enough to leave all `minutes` before the end. None when no such moment is left.
    """
    quarter = (ends_at - starts_at) / 4
    first = max(starts_at + quarter, not_before)
    last = min(starts_at + 3 * quarter, ends_at - minutes * MINUTE)
    return (first, last) if minutes > 0 and first <= last else None


def prompt_until(opens_at: datetime, minutes: int, *, ends_at: datetime) -> datetime:
    """When the check closes: at the full minute after `minutes`, so that the board can say it; never after the end."""
    closes = opens_at + minutes * MINUTE
    spare = timedelta(seconds=closes.second, microseconds=closes.microsecond)
    return min(closes if not spare else closes - spare + MINUTE, ends_at)


def minutes_left(until: datetime, at: datetime) -> int:
    """Minutes until then, begun ones counted; 0 when it is over."""
    return max(0, -((at - until) // MINUTE))


def look_out(
    sessions: Sequence[Watched], at: datetime, *, shown: int = 0
) -> tuple[Look, Watched | None, timedelta | None]:
    """What an open page does at `at`, about which session, and how long it may rest before it asks again.

    "asked": the check runs and waits for her; "look": it may begin at any moment (both: ask again in seconds);
    "answered" and "missed": there is no other in this session; "rest": none has begun; "over": there is none ahead.
    The rest is the time to the next session that begins, None when there is none. `shown` is the session whose check
    stands on the page: what became of it is told before anything else, with no rest while another one runs.
    """
    looks = [(session.look(at), session) for session in sessions]
    ahead = min((session.starts_at - at for look, session in looks if look == "rest"), default=None)
    for look, session in looks:
        if session.session_id == shown and look in ("answered", "missed"):
            return look, session, timedelta(0) if _runs(looks) else ahead
    for wanted in ("asked", "look", "answered", "missed"):
        for look, session in looks:
            if look == wanted:
                return look, session, ahead
    return ("over" if ahead is None else "rest"), None, ahead


def _runs(looks: Sequence[tuple[Look, Watched]]) -> bool:
    return any(look in ("asked", "look") for look, _session in looks)


def face_of(
    chosen: str,
    doors: tuple[datetime, datetime, datetime],
    *,
    prompt: tuple[datetime, datetime] | None,
    check_out_required: bool,
    at: datetime,
) -> Face:
    """What the board shows at `at`. `doors` are: check-in opens, session ends, check-out closes.

    The check during class goes before everything. At the end of the session the board turns to check-out by itself,
    or has nothing more to show where none is required.
    """
    opens, ends, closes = doors
    if prompt is not None and prompt[0] <= at <= prompt[1]:
        return "mid"
    if chosen == "in":
        if at < opens:
            return "early"
        if at < ends:
            return "in"
        if not check_out_required:
            return "over"
    return "out" if at <= closes else "over"
