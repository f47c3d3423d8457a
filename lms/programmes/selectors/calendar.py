"""Working days in China: published holidays, a table for years without them, and the site's own corrections."""

from collections.abc import Iterable
from datetime import date

import chinese_calendar

from lms.programmes.conf import programmes_settings
from lms.programmes.rules import working_days_after
from lms.programmes.rules.holidays import fixed_holidays

PUBLISHED = frozenset(day.year for day in chinese_calendar.holidays)


def holidays(years: Iterable[int]) -> frozenset[date]:
    """Days off on which work would otherwise fall, for `working_days_after`; the site's make-up days are taken out."""
    wanted = set(years)
    published = {day for day in chinese_calendar.holidays if day.year in wanted}
    fixed = {day for year in wanted - PUBLISHED for day in fixed_holidays(year)}
    own = _days(programmes_settings.HOLIDAYS, wanted)
    return frozenset(published | fixed | own) - _days(programmes_settings.WORKDAYS, wanted)


def workdays(years: Iterable[int]) -> frozenset[date]:
    """Weekend days on which people work to make up for a holiday."""
    wanted = set(years)
    published = frozenset(day for day in chinese_calendar.workdays if day.year in wanted)
    return (published - _days(programmes_settings.HOLIDAYS, wanted)) | _days(programmes_settings.WORKDAYS, wanted)


def unannounced_years(years: Iterable[int]) -> list[int]:
    """Years whose yearly notice neither the calendar library nor the site's settings know: moved weekends and make-up
    days are missing from `holidays` and `workdays`, and a person must look."""
    corrected = {*programmes_settings.HOLIDAYS, *programmes_settings.WORKDAYS}
    known = PUBLISHED | {date.fromisoformat(str(text)).year for text in corrected}
    return sorted(set(years) - known)


def last_working_day(day: date, count: int) -> date:
    """The `count`-th working day after `day` (R14), with holidays and make-up days."""
    years = range(day.year, day.year + 2 + count // 200)
    return working_days_after(day, count, holidays(years), workdays(years))


def _days(written: Iterable[str], years: set[int]) -> frozenset[date]:
    return frozenset(day for text in written if (day := date.fromisoformat(str(text))).year in years)
