"""Signals of a sitting: what one message may hold, and what follows from the policy of the exam."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

KINDS = ("left", "copy", "paste", "print")
MOST_IN_MESSAGE, MOST_IN_SITTING, MOST_IN_MINUTE = 50, 500, 60
HIGHEST_NUMBER, LONGEST = 2**31 - 1, 24 * 3600
NOTHING, REMIND, LAST_REMINDER, HAND_IN = "nothing", "remind", "last_reminder", "hand_in"


@dataclass(frozen=True)
class Signal:
    """One signal as the browser tells it: `ago` is the milliseconds since it ended, by the page's steady clock."""

    number: int
    kind: str
    seconds: int | None
    ago: int

    def moment(self, received_at: datetime, *, started_at: datetime) -> datetime:
        """When it was, by the server's clock; never before the sitting began."""
        return max(received_at - timedelta(milliseconds=self.ago), started_at)


def clean_signals(raw: Any) -> list[Signal] | None:
    """At most 50 signals [{n, kind, seconds, ago}], or None when a part is not well formed.

    `seconds` (whole, at most a day) belongs to leaving alone, `ago` is in milliseconds, numbers differ.
    """
    if not isinstance(raw, list) or not 0 < len(raw) <= MOST_IN_MESSAGE:
        return None
    found = [_clean(each) for each in raw]
    signals = [signal for signal in found if signal is not None]
    return signals if len(signals) == len(raw) == len({signal.number for signal in signals}) else None


def room_left(*, in_sitting: int, in_minute: int) -> int:
    """How many more signals are kept now. What is beyond says nothing new and is dropped."""
    return max(min(MOST_IN_SITTING - in_sitting, MOST_IN_MINUTE - in_minute), 0)


def consequence(policy: str, *, before: int, left: int, limit: int) -> str:
    """What follows when the page had been left `before` times and now `left` times.

    Reminders come with each leaving. With the policy "submit" the last one says what comes next; only the leaving
    after it, the one that reaches the limit or a later one, hands in: nobody is handed in unannounced, also not when
    several leavings arrive at once. Nothing follows from copying, pasting or printing.
    """
    if left <= before or policy not in ("warn", "submit"):
        return NOTHING
    if policy == "warn" or left < limit - 1:
        return REMIND
    return HAND_IN if before >= limit - 1 else LAST_REMINDER


def _clean(raw: Any) -> Signal | None:
    if not isinstance(raw, dict) or raw.get("kind") not in KINDS:
        return None
    number: Any = raw.get("n")
    ago: Any = raw.get("ago")
    seconds: Any = raw.get("seconds")
    if not _whole(number, HIGHEST_NUMBER) or not number or not _whole(ago, LONGEST * 1000):
        return None
    if raw["kind"] == "left":
        return Signal(number, "left", seconds, ago) if _whole(seconds, LONGEST) else None
    return Signal(number, raw["kind"], None, ago)


def _whole(value: Any, highest: int) -> bool:
    return type(value) is int and 0 <= value <= highest
