"""Credited minutes, the limit, and laying out a timetable."""

from datetime import date, datetime, time, timedelta
from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lms.attendance.rules import (
    ZONE,
    HalfDay,
    Slot,
    credited_minutes,
    early_minutes,
    exceeds_limit,
    late_minutes,
    lay_out,
    may_still_miss,
    outlook,
    spread,
    status_of,
    teaching_days,
)

START = datetime(2025, 3, 10, 8, 30, tzinfo=ZONE)
SLOT = Slot(START, START + timedelta(minutes=200), 180)
THIRD = Fraction(1, 3)


def clock(text: str) -> datetime:
    return datetime.combine(START.date(), time.fromisoformat(text), tzinfo=ZONE)


@pytest.mark.parametrize(
    ("arrived", "left", "minutes", "status"),
    [
        ("08:10", "11:50", 180, "present"),
        ("08:30", "12:00", 180, "present"),
        ("08:30:59", "11:50", 180, "present"),
        ("08:31", "11:50", 180, "late"),  # 180 × 1/200 is less than a minute
        ("08:40", "11:50", 171, "late"),
        ("08:30", "11:40", 171, "left_early"),
        ("09:20", "11:00", 90, "late_and_early"),
        ("08:30", None, 0, "no_check_out"),
        (None, "11:50", 0, "no_check_in"),
        (None, None, 0, "absent"),
        ("11:50", "11:50", 0, "late"),
    ],
)
def test_credited_minutes(arrived: str | None, left: str | None, minutes: int, status: str) -> None:
    came, went = (clock(text) if text else None for text in (arrived, left))
    assert credited_minutes(SLOT, came, went) == minutes
    assert status_of(SLOT, came, went) == status


def test_without_required_check_out_presence_counts_to_the_end() -> None:
    slot = Slot(SLOT.starts_at, SLOT.ends_at, 180, check_out_required=False)
    assert credited_minutes(slot, clock("08:30"), None) == 180
    assert credited_minutes(slot, clock("08:40"), clock("09:00")) == 171
    assert status_of(slot, clock("08:30"), None) == "present"


def test_grace_forgives_up_to_its_minutes_and_nothing_beyond() -> None:
    assert late_minutes(SLOT, clock("08:35"), 5) == 0
    assert late_minutes(SLOT, clock("08:36"), 5) == 6
    assert credited_minutes(SLOT, clock("08:35"), clock("11:50"), grace=5) == 180


def test_leave_shows_only_when_nobody_came() -> None:
    assert status_of(SLOT, None, None, leave=True) == "leave"
    assert status_of(SLOT, clock("08:30"), clock("11:50"), leave=True) == "present"


moments = st.none() | st.integers(-60, 300).map(lambda minutes: START + timedelta(minutes=minutes))


@given(moments, moments, st.integers(0, 30), st.booleans())
def test_credit_stays_within_the_session(arrived: datetime, left: datetime, grace: int, required: bool) -> None:
    slot = Slot(SLOT.starts_at, SLOT.ends_at, 180, required)
    assert 0 <= credited_minutes(slot, arrived, left, grace=grace) <= 180


@given(st.integers(-60, 200), st.integers(0, 60), st.integers(0, 260))
def test_coming_later_never_earns_more(arrived: int, later: int, left: int) -> None:
    went = START + timedelta(minutes=left)
    first = credited_minutes(SLOT, START + timedelta(minutes=arrived), went)
    assert credited_minutes(SLOT, START + timedelta(minutes=arrived + later), went) <= first


@given(st.integers(0, 260), st.integers(0, 60))
def test_leaving_later_never_earns_less(left: int, later: int) -> None:
    first = credited_minutes(SLOT, START, START + timedelta(minutes=left))
    assert credited_minutes(SLOT, START, START + timedelta(minutes=left + later)) >= first
    assert early_minutes(SLOT, START + timedelta(minutes=left)) == max(0, 200 - left)


@pytest.mark.parametrize(
    ("missed", "over"), [(24 * 45, False), (24 * 45 + 1, True), (0, False), (Fraction(49, 2) * 45, True)]
)
def test_limit_is_strict(missed: int, over: bool) -> None:
    assert exceeds_limit(missed, 72 * 45, THIRD) is over


@given(st.integers(0, 5000), st.integers(0, 5000), st.fractions(0, 1))
def test_may_still_miss_is_exactly_what_is_left(missed: int, scheduled: int, limit: Fraction) -> None:
    left = may_still_miss(missed, scheduled, limit)
    if not exceeds_limit(missed, scheduled, limit):
        assert not exceeds_limit(missed + left, scheduled, limit)
        assert exceeds_limit(missed + left + 1, scheduled, limit)
    else:
        assert left == 0


@pytest.mark.parametrize(
    ("missed", "so_far", "next_minutes", "expected"),
    [
        (0, 0, 180, "clear"),
        (180, 1080, 180, "clear"),
        (180, 360, 180, "warned"),
        (1080, 2000, 180, "last"),
        (1000, 3060, 180, "last"),
        (1081, 2000, 180, "over"),
        (1080, 3240, 0, "clear"),
    ],
)
def test_outlook(missed: int, so_far: int, next_minutes: int, expected: str) -> None:
    assert outlook(missed, so_far, 72 * 45, THIRD, next_minutes=next_minutes) == expected


PATTERN = HalfDay(4, 45, 20)
STARTS = [time(8, 30), time(14, 0)]


def test_half_days_are_filled_in_order_with_the_break_between() -> None:
    days = [date(2025, 3, 3), date(2025, 3, 4)]
    rows = lay_out([(1, 270), (2, 180)], days, STARTS, PATTERN)
    told = [(row.course_id, f"{row.starts_at:%d %H:%M}", f"{row.ends_at:%H:%M}", row.minutes) for row in rows]
    assert told == [
        (1, "03 08:30", "11:50", 180),
        (1, "03 14:00", "15:30", 90),
        (2, "03 15:50", "17:20", 90),
        (2, "04 08:30", "10:00", 90),
    ]


def test_too_few_days_are_said_aloud() -> None:
    with pytest.raises(ValueError, match="3 half-days needed, 2 there"):
        lay_out([(1, 540)], [date(2025, 3, 3)], STARTS, PATTERN)


def test_teaching_days_leave_holidays_out_and_take_make_up_days_in() -> None:
    days = teaching_days(date(2025, 9, 26), date(2025, 10, 12), range(5), [date(2025, 10, 8)], [date(2025, 10, 11)])
    assert date(2025, 10, 8) not in days
    assert date(2025, 10, 11) in days
    assert date(2025, 9, 27) not in days


@given(st.lists(st.integers(1, 12).map(lambda hours: hours * 45), min_size=1, max_size=12))
def test_every_minute_is_laid_out_and_nothing_overlaps(minutes: list[int]) -> None:
    days = [date(2025, 1, 1) + timedelta(days=n) for n in range(60)]
    rows = lay_out(list(enumerate(minutes)), days, STARTS, PATTERN)
    for course, wanted in enumerate(minutes):
        assert sum(row.minutes for row in rows if row.course_id == course) == wanted
    assert all(first.ends_at <= second.starts_at for first, second in pairwise(rows))
    assert all(timedelta(minutes=row.minutes) <= row.ends_at - row.starts_at for row in rows)


@given(st.integers(1, 40), st.integers(1, 40))
def test_spread_takes_different_days_in_order(there: int, wanted: int) -> None:
    days = [date(2025, 1, 1) + timedelta(days=n) for n in range(there)]
    chosen = spread(days, wanted)
    assert len(chosen) == min(there, wanted)
    assert chosen == sorted(set(chosen))
