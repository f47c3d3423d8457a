"""Laying out a timetable: pure functions on plain values. Class minutes are minutes of teaching (R2)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

ZONE = ZoneInfo("Asia/Shanghai")
MINUTE = timedelta(minutes=1)


@dataclass(frozen=True)
class HalfDay:
    """Pattern of a teaching half-day: `hours` class hours of `hour_minutes`, a break in the middle."""

    hours: int
    hour_minutes: int
    break_minutes: int

    @property
    def minutes(self) -> int:
        """Class minutes that fit in."""
        return self.hours * self.hour_minutes

    def clock(self, class_minutes: int, *, ending: bool) -> int:
        """Wall minutes into the half-day at which `class_minutes` have been taught; the break lies before a start."""
        half = (self.hours // 2) * self.hour_minutes
        after = class_minutes > half if ending else class_minutes >= half
        return class_minutes + (self.break_minutes if after and self.hours > 1 else 0)

    @property
    def length(self) -> timedelta:
        """Wall time from the start of a full half-day to its end."""
        return self.clock(self.minutes, ending=True) * MINUTE


@dataclass(frozen=True)
class PlannedSession:
    """One session of a timetable that is being laid out."""

    course_id: int
    starts_at: datetime
    ends_at: datetime
    minutes: int


def teaching_days(
    first: date, last: date, weekdays: Iterable[int], holidays: Iterable[date] = (), workdays: Iterable[date] = ()
) -> list[date]:
    """Days from `first` to `last` with teaching: the given weekdays without `holidays`, and the make-up `workdays`."""
    taught, off, on = frozenset(weekdays), frozenset(holidays), frozenset(workdays)
    days = (first + timedelta(days=n) for n in range((last - first).days + 1))
    return [day for day in days if day in on or (day.weekday() in taught and day not in off)]


def half_days_fit(starts: Sequence[time], pattern: HalfDay) -> bool:
    """Whether full half-days from these starts, in order, neither overlap nor reach into the next day."""
    openings = [datetime.combine(date.min, start) for start in starts]
    ends = [opening + pattern.length for opening in openings]
    midnight = datetime.combine(date.min, time.max)
    return all(end <= after for end, after in zip(ends, [*openings[1:], midnight], strict=True))


def week_of(day: date) -> list[date]:
    """Monday to Sunday of the week the day lies in."""
    monday = day - timedelta(days=day.weekday())
    return [monday + timedelta(days=n) for n in range(7)]


def lanes(spans: Sequence[tuple[datetime, datetime]]) -> list[int]:
    """For spans in order of their start: the first lane, from 0, in which each overlaps none before it."""
    ends: list[datetime] = []
    chosen: list[int] = []
    for start, end in spans:
        lane = next((n for n, taken in enumerate(ends) if taken <= start), len(ends))
        ends[lane : lane + 1] = [end]
        chosen.append(lane)
    return chosen


def spread(days: Sequence[date], count: int) -> list[date]:
    """`count` of the days, evenly over all of them (all when there are fewer)."""
    return [days[i * len(days) // count] for i in range(count)] if 0 < count < len(days) else list(days)


def lay_out(
    courses: Sequence[tuple[int, int]], days: Sequence[date], starts: Sequence[time], pattern: HalfDay
) -> list[PlannedSession]:
    """Sessions for (course id, class minutes) in this order, packed into half-days spread over `days`.

    A course fills what is left of a half-day before it goes on in the next. Raises ValueError when the days do not
    hold all minutes; nothing is dropped silently.
    """
    needed = -(-sum(minutes for _course, minutes in courses) // pattern.minutes)
    chosen = spread(days, -(-needed // len(starts)))
    openings = [datetime.combine(day, start, tzinfo=ZONE) for day in chosen for start in starts]
    if len(openings) < needed:
        raise ValueError(f"{needed} half-days needed, {len(openings)} there")
    sessions: list[PlannedSession] = []
    half_day, used = 0, 0
    for course_id, minutes in courses:
        while minutes > 0:
            part = min(minutes, pattern.minutes - used)
            opening = openings[half_day]
            starts_at = opening + pattern.clock(used, ending=False) * MINUTE
            ends_at = opening + pattern.clock(used + part, ending=True) * MINUTE
            sessions.append(PlannedSession(course_id, starts_at, ends_at, part))
            minutes, used = minutes - part, used + part
            if used == pattern.minutes:
                half_day, used = half_day + 1, 0
    return sessions
