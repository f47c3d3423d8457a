"""Working days with China's holidays and make-up days (R14)."""

from datetime import date
from typing import Any

import pytest

from lms.programmes.rules import show_hours
from lms.programmes.selectors import holidays, last_working_day, workdays


@pytest.mark.parametrize(
    ("day", "count", "last"),
    [
        (date(2025, 3, 10), 5, date(2025, 3, 17)),
        (date(2025, 9, 30), 5, date(2025, 10, 14)),  # 1–8 October off, Saturday 11 made up
        (date(2025, 9, 26), 1, date(2025, 9, 28)),  # Sunday 28 September made up
        (date(2026, 12, 31), 1, date(2027, 1, 4)),
        (date(2027, 2, 4), 1, date(2027, 2, 9)),  # Spring Festival by the national rule
        (date(2029, 4, 30), 1, date(2029, 5, 3)),  # nothing published: fixed dates only
    ],
)
def test_the_last_day_to_appeal(day: date, count: int, last: date) -> None:
    assert last_working_day(day, count) == last


def test_the_site_corrects_the_calendar(settings: Any) -> None:
    settings.LMS_PROGRAMMES_HOLIDAYS = ["2027-02-09"]
    settings.LMS_PROGRAMMES_WORKDAYS = ["2027-02-07"]
    assert date(2027, 2, 9) in holidays([2027])
    assert date(2027, 2, 7) not in holidays([2027])
    assert date(2027, 2, 7) in workdays([2027])
    assert last_working_day(date(2027, 2, 4), 2) == date(2027, 2, 10)


@pytest.mark.parametrize(("minutes", "shown"), [(0, "0"), (1080, "24"), (1103, "24.51"), (15, "0.33"), (4500, "100")])
def test_hours_have_at_most_two_decimals(minutes: int, shown: str) -> None:
    assert show_hours(minutes, 45) == shown
