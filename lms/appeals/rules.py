"""What can be appealed and until when (R14): plain values and pure functions."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from lms.programmes.rules import ZONE, day_end, working_days_after

MINIMUM_REASON = 10


@dataclass(frozen=True)
class AppealableDecision:
    """One decision about one enrolment. `reference` names the row for ever ("result:12/2"): a revised decision
    gets a new reference, and a new period to appeal. `decided_by` is the user's key when a human decided.
    """

    reference: str
    title: str
    decided_at: datetime
    detail: str = ""
    decided_by: int | None = None


@dataclass(frozen=True)
class AppealableKind:
    """A kind of decision an app declares appealable: Wagtail hook `lms_appealable_kinds() -> AppealableKind`.

    `key` is stable ("grading.result"), `label` is translated, `decisions_of(enrolment)` lists the decisions about
    that enrolment, newest first, in a fixed number of queries.
    """

    key: str
    label: Any
    decisions_of: Callable[[Any], Sequence[AppealableDecision]]


def last_day_to_file(
    decided_at: datetime, working_days: int, holidays: Iterable[date] = (), workdays: Iterable[date] = ()
) -> date:
    """The last day on which an appeal is taken: the day of the decision in Asia/Shanghai does not count (R14)."""
    return working_days_after(decided_at.astimezone(ZONE).date(), working_days, holidays, workdays)


def in_time(at: datetime, due_on: date) -> bool:
    """Whether `at` is before the end of `due_on` in Asia/Shanghai."""
    return at < day_end(due_on)


def reason_suffices(reason: str) -> bool:
    """A decision says why in at least ten characters, blanks at the ends not counted."""
    return len(reason.strip()) >= MINIMUM_REASON
