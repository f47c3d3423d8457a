"""Credited minutes and the limit of absence: pure functions on plain values.

Class minutes are whole minutes of teaching (a class hour has 45 of them, R2); wall minutes are minutes of the clock
between the start and the end of a session, breaks included. Limits are exact fractions.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from fractions import Fraction
from math import floor
from typing import Literal

MINUTE = timedelta(minutes=1)

Outlook = Literal["clear", "warned", "last", "over"]


@dataclass(frozen=True)
class Slot:
    """What a session asks: when it runs, how many class minutes it counts, whether leaving must be proven."""

    starts_at: datetime
    ends_at: datetime
    minutes: int
    check_out_required: bool = True

    @property
    def wall_minutes(self) -> int:
        """Minutes of the clock from start to end."""
        return (self.ends_at - self.starts_at) // MINUTE


def late_minutes(slot: Slot, arrived: datetime, grace: int = 0) -> int:
    """Full wall minutes after the start; nothing up to `grace` minutes, everything beyond (R12)."""
    late = max(0, (arrived - slot.starts_at) // MINUTE)
    return 0 if late <= grace else min(late, slot.wall_minutes)


def early_minutes(slot: Slot, left: datetime) -> int:
    """Full wall minutes before the end (R12)."""
    return min(max(0, (slot.ends_at - left) // MINUTE), slot.wall_minutes)


def credited_minutes(slot: Slot, arrived: datetime | None, left: datetime | None, *, grace: int = 0) -> int:
    """Class minutes earned in one session, 0..slot.minutes (R12, decision record on credited minutes).

    Presence counts from the check-in to the last proof of presence: the check-out where it is required, the end of
    the session where it is not. Without a check-in, or without a required check-out, nothing is proven and nothing
    is credited; a person may correct it. Missed wall minutes cost class minutes in proportion, rounded down in
    favour of the learner.
    """
    if arrived is None or (slot.check_out_required and left is None):
        return 0
    early = early_minutes(slot, left) if slot.check_out_required and left is not None else 0
    missed = min(slot.wall_minutes, late_minutes(slot, arrived, grace) + early)
    return slot.minutes - slot.minutes * missed // slot.wall_minutes


def status_of(
    slot: Slot, arrived: datetime | None, left: datetime | None, *, grace: int = 0, leave: bool = False
) -> str:
    """The word for one learner's row of a held session (a value of `enums.Status`)."""
    if arrived is None:
        return "no_check_in" if left is not None else ("leave" if leave else "absent")
    if slot.check_out_required and left is None:
        return "no_check_out"
    late = late_minutes(slot, arrived, grace) > 0
    early = slot.check_out_required and left is not None and early_minutes(slot, left) > 0
    return {(0, 0): "present", (1, 0): "late", (0, 1): "left_early", (1, 1): "late_and_early"}[int(late), int(early)]


def restored_minutes(held: int, attended: int, made_up: int) -> int:
    """Class minutes of a missed session that `made_up` minutes elsewhere give back: at most what was missed (R12)."""
    return min(max(0, held - attended), made_up)


def exceeds_limit(missed: int | Fraction, scheduled: int | Fraction, limit: Fraction) -> bool:
    """Strictly more than `limit` of the scheduled: 24 of 72 keeps the right, a minute more loses it (R12)."""
    return Fraction(missed) > limit * scheduled


def may_still_miss(missed: int, scheduled: int, limit: Fraction) -> int:
    """Whole class minutes that may be missed before the right is lost; never negative (R12)."""
    return max(0, floor(limit * scheduled) - missed)


def outlook(missed: int, so_far: int, scheduled: int, limit: Fraction, *, next_minutes: int = 0) -> Outlook:
    """How near the limit is.

    "over": the limit is exceeded. "last": missing the next session (`next_minutes`) would exceed it. "warned": at
    the present rate of absence the term would end beyond it. "clear": none of these.
    """
    if exceeds_limit(missed, scheduled, limit):
        return "over"
    if next_minutes and missed and exceeds_limit(missed + next_minutes, scheduled, limit):
        return "last"
    if so_far and exceeds_limit(Fraction(missed * scheduled, so_far), scheduled, limit):
        return "warned"
    return "clear"


def expected_at_end(part: int, so_far: int, scheduled: int) -> Fraction:
    """What `part` of `so_far` class minutes becomes by the end of the term at the present rate; exact, 0 of nothing."""
    return Fraction(part * scheduled, so_far) if so_far else Fraction(0)


def best_case(earned: int, so_far: int, scheduled: int) -> int:
    """The most class minutes that can be earned when nothing more is missed."""
    return earned + scheduled - so_far
