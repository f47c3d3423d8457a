"""When the check during class comes, and what a board shows: pure functions on aware moments and whole minutes."""

from datetime import datetime, timedelta
from typing import Literal

MINUTE = timedelta(minutes=1)
Face = Literal["early", "in", "mid", "out", "over"]


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
