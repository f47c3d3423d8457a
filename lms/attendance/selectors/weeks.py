"""One week of a term's timetable as a calendar shows it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.utils.timezone import localtime

from lms.attendance.models import Room, Session
from lms.attendance.rules import ZONE, lanes, week_of
from lms.attendance.selectors.sessions import LIVE_SEATS
from lms.programmes.models import Term

STEP = 10  # minutes of one row of the calendar
EARLIEST, LATEST = 8, 18  # hours that are always shown
SHORT = 60  # minutes; up to here a block has room for its beginning and its title alone


@dataclass(frozen=True)
class Block:
    """A session in its day: `row` and `rows` count steps of ten minutes from the first hour shown, `lane` from 1."""

    session: Session
    row: int
    rows: int
    lane: int

    @property
    def short(self) -> bool:
        """Whether it is shown in its compact form until somebody points at it."""
        return self.rows * STEP <= SHORT


@dataclass(frozen=True)
class DayColumn:
    """One day: whether it lies in the term, its blocks in order of time, and how many stand side by side."""

    day: date
    in_term: bool
    blocks: Sequence[Block]
    lanes: int


@dataclass(frozen=True)
class Week:
    """Monday to Sunday; hours from `first_hour` up to `last_hour` are shown."""

    days: Sequence[DayColumn]
    first_hour: int
    last_hour: int

    @property
    def hours(self) -> range:
        """Hours that begin a row."""
        return range(self.first_hour, self.last_hour)

    @property
    def empty(self) -> bool:
        """Whether nothing happens."""
        return not any(column.blocks for column in self.days)


def week_of_term(term: Term, day: date) -> Week:
    """The week around `day` with every session of the term, cancelled and make-up ones too: three queries."""
    days = week_of(day)
    start = datetime.combine(days[0], datetime.min.time(), tzinfo=ZONE)
    rows = list(
        Session.objects.filter(term=term, starts_at__gte=start, starts_at__lt=start + timedelta(days=7))
        .select_related("course", "instructor__person")
        .prefetch_related("groups", LIVE_SEATS)
        .order_by("starts_at", "pk")
    )
    first = min([EARLIEST, *(localtime(row.starts_at, ZONE).hour for row in rows)])
    last = max([LATEST, *(_end_hour(row) for row in rows)])
    return Week([_column(term, one, rows, first) for one in days], first, last)


def first_day_shown(term: Term, today: date) -> date:
    """Where the calendar opens: today within the term, else the day of its first session, else its first day."""
    if term.starts_on <= today <= term.ends_on:
        return today
    first = Session.objects.filter(term=term).order_by("starts_at").values_list("starts_at", flat=True).first()
    return localtime(first, ZONE).date() if first else term.starts_on


def room_names() -> list[str]:
    """Rooms on record, and rooms that sessions name: one query."""
    named = Session.objects.exclude(room="").order_by().values_list("room")
    return sorted({name for (name,) in Room.objects.order_by().values_list("name").union(named)})


def _end_hour(session: Session) -> int:
    start, end = localtime(session.starts_at, ZONE), localtime(session.ends_at, ZONE)
    return 24 if end.date() > start.date() else end.hour + (1 if end.minute else 0)


def _column(term: Term, day: date, rows: Sequence[Session], first_hour: int) -> DayColumn:
    held = [row for row in rows if localtime(row.starts_at, ZONE).date() == day]
    chosen = lanes([(row.starts_at, row.ends_at) for row in held])
    top = datetime.combine(day, datetime.min.time(), tzinfo=ZONE) + timedelta(hours=first_hour)
    blocks = [_block(row, lane, top) for row, lane in zip(held, chosen, strict=True)]
    return DayColumn(day, term.starts_on <= day <= term.ends_on, blocks, max(chosen, default=0) + 1)


def _block(session: Session, lane: int, top: datetime) -> Block:
    step = timedelta(minutes=STEP)
    row, until = round((session.starts_at - top) / step), round((session.ends_at - top) / step)
    end = min(until, round((timedelta(days=1) - timedelta(hours=top.hour)) / step))
    return Block(session, row, max(end - row, 1), lane + 1)
