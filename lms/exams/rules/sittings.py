"""Time and journal of a sitting: deadlines, states, what a save may contain, the hash chain."""

import hashlib
import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

PREPARED, RUNNING, SUBMITTED, EXPIRED = "prepared", "running", "submitted", "expired"
QUESTION = re.compile(r"q[1-9][0-9]{0,2}\Z")
MOST_ANSWERS, MOST_CHOICES, HIGHEST_CHOICE = 200, 10, 9
MOST_EXTRA = 240  # minutes of one grant
EPOCH_START = datetime(1970, 1, 1, tzinfo=UTC)


def deadline_of(
    started_at: datetime, *, duration_minutes: int, closes_at: datetime, extra_minutes: int = 0, beyond_minutes: int = 0
) -> datetime:
    """The end of a sitting: the duration with `extra_minutes`, clipped to the end of the window, then `beyond_minutes`.

    More minutes of either kind never make it earlier.
    """
    inside = min(started_at + timedelta(minutes=duration_minutes + extra_minutes), closes_at)
    return inside + timedelta(minutes=beyond_minutes)


def state_of(
    now: datetime, *, started_at: datetime | None, deadline: datetime | None, submitted_at: datetime | None
) -> str:
    """The state at `now`; exactly at the deadline it still runs."""
    if submitted_at is not None:
        return SUBMITTED
    if started_at is None or deadline is None:
        return PREPARED
    return RUNNING if now <= deadline else EXPIRED


def closes_for_good(deadline: datetime, *, grace_seconds: int) -> datetime:
    """The last moment a save is stored at all; after it the journal of the sitting does not change any more."""
    return deadline + timedelta(seconds=grace_seconds)


def clean_answers(raw: Any) -> dict[str, list[int]] | None:
    """The answers of one save, question id -> sorted choices, or None when they are not well formed.

    An empty list takes an answer back. At most 200 questions and 10 choices each.
    """
    if not isinstance(raw, dict) or not 0 < len(raw) <= MOST_ANSWERS:
        return None
    clean = {}
    for name, choices in raw.items():
        if not isinstance(name, str) or not QUESTION.match(name) or not isinstance(choices, list):
            return None
        if len(choices) > MOST_CHOICES or not all(type(c) is int and 0 <= c <= HIGHEST_CHOICE for c in choices):
            return None
        clean[name] = sorted(set(choices))
    return clean


def canonical(value: Mapping[str, Any]) -> str:
    """One text for one value: sorted keys, no idle space, UTF-8."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def digest(text: str) -> str:
    """64 hex digits of SHA-256."""
    return hashlib.sha256(text.encode()).hexdigest()


def micros(at: datetime) -> int:
    """Whole microseconds since 1970, exact."""
    return (at - EPOCH_START) // timedelta(microseconds=1)


def chain_hash(
    previous: str, *, sitting: int, epoch: int, seq: int, at: datetime, late: bool, answered: int, answers: str
) -> str:
    """The hash of one journal row; the first row's `previous` is the digest of its paper.

    The save statement computes the same in SQL: keep both alike.
    """
    parts = (previous, sitting, epoch, seq, micros(at), int(late), answered, answers)
    return digest("|".join(str(part) for part in parts))
