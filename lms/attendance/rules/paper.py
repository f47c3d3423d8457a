"""What stands on a paper roll: its code, times as people write them, and where paper and record disagree."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, time
from typing import Literal

from lms.attendance.rules.hours import Slot, early_minutes, late_minutes

LETTERS = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"  # without 0 O 1 I L, which look alike on paper
CODE_LENGTH = 8
CLOCK = re.compile(r"(\d{1,2})[:：.点]?(\d{2})?")

Verdict = Literal["blank", "new", "agrees", "differs", "unlisted"]


@dataclass(frozen=True)
class Pair:
    """When one learner came and left; None where nothing stands."""

    arrived: datetime | None = None
    left: datetime | None = None


def draw_code(choose: Callable[[str], str]) -> str:
    """Eight letters and figures; `choose` picks one at random."""
    return "".join(choose(LETTERS) for _place in range(CODE_LENGTH))


def plain_code(typed: str) -> str:
    """A code as it was typed or scanned: capitals, without blanks and hyphens; of an address its last part."""
    last = typed.strip().rstrip("/").rpartition("/")[2]
    return re.sub(r"[\s-]", "", last).upper()


def shown_code(code: str) -> str:
    """In two halves, as it stands on the paper: ABCD-2345."""
    return f"{code[:4]}-{code[4:]}"


def read_clock(typed: str) -> time | None:
    """8:05, 08:05, 0805, 805 or 8点05; None of nothing. ValueError of anything else."""
    text = typed.strip().removesuffix("分")
    if not text:
        return None
    if text.isdigit() and len(text) >= 3:
        text = f"{text[:-2]}:{text[-2:]}"
    found = CLOCK.fullmatch(text)
    if found is None:
        raise ValueError(typed)
    return time(int(found.group(1)), int(found.group(2) or 0))


def compare_arrival(slot: Slot, paper: datetime | None, record: datetime | None, *, grace: int) -> Verdict:
    """Whether the paper says otherwise than the record, by what it would cost (R12).

    "new": only the paper has it. "unlisted": only the record has it. "differs": the late minutes differ.
    """
    return _compare(paper, record, lambda moment: late_minutes(slot, moment, grace))


def compare_departure(slot: Slot, paper: datetime | None, record: datetime | None) -> Verdict:
    """The same for leaving, by early minutes."""
    return _compare(paper, record, lambda moment: early_minutes(slot, moment))


def _compare(paper: datetime | None, record: datetime | None, cost: Callable[[datetime], int]) -> Verdict:
    if paper is None:
        return "blank" if record is None else "unlisted"
    if record is None:
        return "new"
    return "agrees" if cost(paper) == cost(record) else "differs"
