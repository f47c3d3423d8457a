"""Class hours, windows and weights: pure functions on plain values."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from zoneinfo import ZoneInfo

ZONE = ZoneInfo("Asia/Shanghai")


@dataclass(frozen=True)
class ProgrammeRules:
    """Every number a programme decides by, as plain values: minutes, fen, percent points, fractions."""

    class_hour_minutes: int
    required_offline_minutes: int
    certificate_minutes: int
    certificate_online_minutes: int
    weight_regular: int
    weight_theory: int
    weight_practical: int
    weight_attendance: int
    weight_classroom: int
    weight_assignments: int
    pass_mark: Decimal
    minimum_regular: Decimal
    minimum_theory: Decimal
    minimum_practical: Decimal
    absence_limit: Fraction
    leave_counts_as_absence: bool
    late_grace_minutes: int
    check_in_opens_before: int
    check_in_closes_after: int
    appeal_working_days: int
    refresh_years: int
    fee_fen: int
    refund_days: int


def class_hours(minutes: int, class_hour_minutes: int) -> Fraction:
    """Exact class hours (学时) in `minutes`."""
    return Fraction(minutes, class_hour_minutes)


def show_hours(minutes: int, class_hour_minutes: int) -> str:
    """Class hours for people: at most two decimals, half up, no trailing zeros ("24", "24.5", "0.33")."""
    exact = class_hours(minutes, class_hour_minutes)
    rounded = (Decimal(exact.numerator) / Decimal(exact.denominator)).quantize(Decimal("0.01"), ROUND_HALF_UP)
    return format(rounded.normalize(), "f")


def day_start(day: date) -> datetime:
    """00:00 of the day in Asia/Shanghai."""
    return datetime.combine(day, time.min, tzinfo=ZONE)


def day_end(day: date) -> datetime:
    """The first moment after the day in Asia/Shanghai; a window that lasts through `day` is open before it (R1)."""
    return day_start(day + timedelta(days=1))


def in_window(at: datetime, first: date, last: date) -> bool:
    """Whether `at` lies in the inclusive window of days `first`..`last` in Asia/Shanghai (R1)."""
    return day_start(first) <= at < day_end(last)


def working_days_after(day: date, count: int, holidays: Iterable[date] = (), workdays: Iterable[date] = ()) -> date:
    """The `count`-th working day after `day` (R14): weekends and `holidays` do not count, make-up `workdays` do."""
    off, on = frozenset(holidays), frozenset(workdays)
    current = day
    while count > 0:
        current += timedelta(days=1)
        if current in on or (current.weekday() < 5 and current not in off):
            count -= 1
    return current


@dataclass(frozen=True)
class PartMark:
    """What one source says of one enrolment: a mark of 0–100, or None for "not sat / not given" (never 0 by silence).

    A quotient is a `Fraction`: a `Decimal` of it would be rounded before the result rounds once, at the end (R11).
    `lines` explain it in sentences a learner reads; `reference` names the row it came from ("exams.sitting:12").
    """

    value: Decimal | Fraction | None
    lines: tuple[str, ...] = ()
    reference: str = ""


@dataclass(frozen=True)
class Difference:
    """What a journal verifier found: where, what the journal says, what is stored."""

    where: str
    expected: str
    found: str
