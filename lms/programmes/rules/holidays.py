"""Statutory holidays of years for which the State Council's yearly notice is not in the calendar library yet.

They follow the national rule of 2024 (thirteen days a year) without the moved weekends, which are announced each
autumn; correct them with LMS_PROGRAMMES_HOLIDAYS and LMS_PROGRAMMES_WORKDAYS as soon as the notice is out.
"""

from datetime import date

STATUTORY: dict[int, frozenset[date]] = {
    2027: frozenset(
        {
            date(2027, 1, 1),
            *(date(2027, 2, day) for day in (5, 6, 7, 8)),  # Spring Festival: the eve and three days
            date(2027, 4, 5),  # Qingming
            date(2027, 5, 1),
            date(2027, 5, 2),
            date(2027, 6, 9),  # Dragon Boat
            date(2027, 9, 15),  # Mid-Autumn
            *(date(2027, 10, day) for day in (1, 2, 3)),
        }
    ),
}


def fixed_holidays(year: int) -> frozenset[date]:
    """Holidays of a year that nobody has published: the table above, else those with a fixed date."""
    always = {date(year, 1, 1), date(year, 5, 1), date(year, 5, 2), *(date(year, 10, day) for day in (1, 2, 3))}
    return STATUTORY.get(year, frozenset(always))
