"""The sheet of a term, fast: most cells say present and are shared, and only what is out of the ordinary is read.

1,000 learners × 36 sessions have 72,000 check-ins and 36,000 credits. The database sums the credits up to one line for
each learner and looks for those who came late, left early or checked only once; nothing else of the journals travels.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Aggregate, Case, CharField, F, Max, Min, Q, TextField, Value, When
from django.db.models.functions import Cast, Concat

from lms.attendance.enums import CheckKind, SessionState, Status
from lms.attendance.models import CheckEntry, Session
from lms.attendance.selectors.cells import Cell, make_cell
from lms.attendance.selectors.facts import SOURCE, Facts, Key, read_decided, read_facts
from lms.attendance.selectors.standing import Standing, standing_from
from lms.programmes.models import Enrolment, HourEntry, Term

FINE, OFF, NONE = range(3)
MINUTE = timedelta(minutes=1)
APART = 2**31  # makes one number of a session's id and a seat's


class Joined(Aggregate):
    """Texts of a group, joined by spaces."""

    function, template, output_field = "GROUP_CONCAT", "%(function)s(%(expressions)s, ' ')", TextField()

    def as_postgresql(self, compiler: Any, connection: Any, **context: Any) -> Any:
        """By the name it has there."""
        return self.as_sql(compiler, connection, function="STRING_AGG", **context)


@dataclass(frozen=True)
class Timetable:
    """What one class has: places of its sessions, the credits of somebody who missed nothing, her cells and sums."""

    places: Sequence[int]
    full: frozenset[str]
    cells: Sequence[Cell | None]
    scheduled: int
    so_far: int
    upcoming: int
    first_end: datetime | None


class Table:
    """Rows of a term, one learner after the other; five queries when it is made, whatever the number of rows.

    `seats` are the ids of the enrolments whose rows are asked for; None means all of the term.
    """

    def __init__(self, term: Term, sessions: Sequence[Session], seats: Collection[int] | None = None) -> None:
        self.term, self.sessions, self.programme = term, sessions, term.programme
        self.place = {session.pk: place for place, session in enumerate(sessions)}
        self.closed = [session.state == SessionState.CLOSED for session in sessions]
        self.groups = _classes_of(sessions)
        self.credits = _credit_lines(term, seats)
        self.facts, ids = read_decided(sessions, seats)
        self.special = _by_learner(self.facts, self.place)
        self.irregular = self._read_entries(ids, seats)
        self.timetables: dict[int | None, Timetable] = {}
        self.shared: dict[tuple[int, Status, int | None], Cell] = {}
        self.all_facts: Facts | None = None

    def row(self, seat: Enrolment) -> tuple[Sequence[Cell | None], Standing]:
        """Cells in order of the sessions, None where one does not count, and what they add up to."""
        timetable = self.timetables.get(seat.group_id) or self._timetable_of(seat.group_id)
        off = self._off_full(seat.pk, timetable)
        if timetable.first_end is not None and seat.enrolled_at >= timetable.first_end:
            return self._late_row(seat, timetable, off)
        cells, earned, missed, leave = list(timetable.cells), timetable.so_far, 0, 0
        counts = self.programme.leave_counts_as_absence
        for place, credited in off.items():
            cell = cells[place] = self._cell(seat, place, credited)
            if cell.minutes is None:
                continue
            earned += cell.minutes - cell.session.minutes
            missed += 0 if cell.excused and not counts else cell.missed
            leave += cell.missed if cell.excused else 0
        return cells, Standing(
            timetable.scheduled,
            timetable.so_far,
            earned,
            missed,
            leave,
            self.programme.required_offline_minutes,
            timetable.upcoming,
            self.programme.absence_limit,
        )

    def _late_row(
        self, seat: Enrolment, timetable: Timetable, off: dict[int, int]
    ) -> tuple[Sequence[Cell | None], Standing]:
        """Of somebody whose seat came while the term ran: what ended before counts only where minutes were entered."""
        cells: list[Cell | None] = [None] * len(self.sessions)
        for place in timetable.places:
            session = self.sessions[place]
            entered = self.facts.marks.get((session.pk, seat.pk), (None, ""))[0] is not None
            if session.ends_at > seat.enrolled_at or entered:
                cells[place] = self._cell(seat, place, off.get(place, session.minutes))
        rows = ((cell.session.minutes, cell.minutes, cell.excused) for cell in cells if cell is not None)
        return cells, standing_from(rows, self.programme)

    def _off_full(self, seat: int, timetable: Timetable) -> dict[int, int]:
        """Places out of the ordinary -> minutes credited there: not all of them, or something to look at."""
        tokens = self.credits.get(seat, "").split()
        held = set(tokens)
        missing, extra = timetable.full - held, held - timetable.full
        off: dict[int, int] = {}
        for token in missing:
            off[self.place[int(token.partition(":")[0])]] = 0
        if extra or len(held) != len(tokens):
            off.update(self._odd_credits(tokens, extra, unique=len(held) == len(tokens)))
        for place in self.irregular.get(seat, ()):
            off.setdefault(place, self.sessions[place].minutes)
        for place in self.special.get(seat, ()):
            off.setdefault(place, self.sessions[place].minutes if self.closed[place] else 0)
        return {place: minutes for place, minutes in off.items() if timetable.cells[place] is not None}

    def _odd_credits(self, tokens: list[str], extra: set[str], *, unique: bool) -> dict[int, int]:
        """Sums of the references that were credited otherwise than in full, or more than once."""
        wanted = {token.partition(":")[0] for token in (extra if unique else tokens)}
        sums = dict.fromkeys(wanted, 0)
        for token in tokens:
            reference, _colon, minutes = token.partition(":")
            if reference in sums:
                sums[reference] += int(minutes)
        return {self.place[int(key)]: total for key, total in sums.items() if int(key) in self.place}

    def _cell(self, seat: Enrolment, place: int, credited: int) -> Cell:
        session = self.sessions[place]
        if place in self.special.get(seat.pk, ()):
            return make_cell(session, seat, self.facts, {seat.pk: credited}, self.programme, hers=True)
        if not self.closed[place]:
            return self._shared(place, Status.OPEN if session.state == SessionState.OPEN else Status.AHEAD, None)
        status = self.irregular.get(seat.pk, {}).get(place)
        if status is None and 0 < credited != session.minutes:
            self.all_facts = self.all_facts or read_facts(self.sessions)  # the ledger says what no journal explains
            return make_cell(session, seat, self.all_facts, {seat.pk: credited}, self.programme, hers=True)
        return self._shared(place, status or (Status.PRESENT if credited else Status.ABSENT), credited)

    def _shared(self, place: int, status: Status, credited: int | None) -> Cell:
        key = place, status, credited
        if key not in self.shared:
            proven = credited or 0
            self.shared[key] = Cell(self.sessions[place], status, credited, proven, None, None, False, "", True)
        return self.shared[key]

    def _timetable_of(self, group: int | None) -> Timetable:
        places = [place for place, groups in enumerate(self.groups) if not groups or group in groups]
        held = [self.sessions[place] for place in places if self.closed[place]]
        ahead = [self.sessions[place] for place in places if not self.closed[place]]
        cells: list[Cell | None] = [None] * len(self.sessions)
        for place in places:
            session = self.sessions[place]
            open_now = Status.OPEN if session.state == SessionState.OPEN else Status.AHEAD
            cells[place] = (
                self._shared(place, Status.PRESENT, session.minutes)
                if self.closed[place]
                else self._shared(place, open_now, None)
            )
        so_far = sum(session.minutes for session in held)
        made = self.timetables[group] = Timetable(
            places,
            frozenset(f"{session.pk}:{session.minutes}" for session in held),
            cells,
            so_far + sum(session.minutes for session in ahead),
            so_far,
            ahead[0].minutes if ahead else 0,
            min((self.sessions[place].ends_at for place in places), default=None),
        )
        return made

    def _read_entries(self, ids: set[int], seats: Collection[int] | None) -> dict[int, dict[int, Status]]:
        """Seat -> place -> late, early, or checked only once, at sessions whose sheet is closed.

        The times of those with a leave, a make-up or a withdrawn correction go to `facts`.
        """
        facts, closed = self.facts, {session.pk for session in self.sessions if self.closed[self.place[session.pk]]}
        computed = [key for key, (minutes, _reason) in facts.marks.items() if minutes is None]
        special = {*facts.leaves, *facts.make_ups, *facts.seats, *computed}
        found: dict[int, dict[int, Status]] = defaultdict(dict)
        grace = self.programme.late_grace_minutes
        for session_id, seat, came, went, came_is, went_is in _pairs(ids, seats, closed, special, grace):
            if (session_id, seat) in special:
                facts.arrivals.update({(session_id, seat): came} if came else {})
                facts.departures.update({(session_id, seat): went} if went else {})
            else:
                found[seat][self.place[session_id]] = _word(came_is, went_is)
        return found


def _classes_of(sessions: Sequence[Session]) -> list[set[int]]:
    """Ids of the classes of each session; none means everybody."""
    found: dict[int, set[int]] = {session.pk: set() for session in sessions}
    through: Any = Session.groups.through
    for session_id, group in through.objects.filter(session__in=found).values_list("session_id", "classgroup_id"):
        found[session_id].add(group)
    return list(found.values())


def _credit_lines(term: Term, seats: Collection[int] | None) -> dict[int, str]:
    """Seat -> "session:minutes" of every entry of the class-hour ledger, in one query."""
    entry = Concat("reference", Value(":"), Cast("minutes", CharField()), output_field=CharField())
    rows = HourEntry.objects.filter(source=SOURCE).order_by()
    rows = rows.filter(enrolment__term=term) if seats is None else rows.filter(enrolment__in=seats)
    return dict(rows.values_list("enrolment_id").annotate(line=Joined(entry)))


def _pairs(
    ids: set[int], seats: Collection[int] | None, closed: set[int], special: set[Key], grace: int
) -> Iterable[tuple[int, int, datetime | None, datetime | None, int, int]]:
    """(session, seat, came, left, how each is) of what is odd at a closed session, and of the special ones."""
    late, early = F("session__starts_at") + (grace + 1) * MINUTE, F("session__ends_at") - MINUTE
    came_is = Case(When(came__isnull=True, then=NONE), When(came__gte=late, then=OFF), default=FINE)
    went_is = Case(
        When(session__check_out_required=False, then=FINE),
        When(went__isnull=True, then=NONE),
        When(went__lte=early, then=OFF),
        default=FINE,
    )
    entries = CheckEntry.objects.filter(session__in=ids, kind__in=[CheckKind.IN, CheckKind.OUT]).order_by()
    if seats is not None:
        entries = entries.filter(enrolment__in=seats)
    pairs = entries.values("session_id", "enrolment_id").annotate(
        came=Min("at", filter=Q(kind=CheckKind.IN)), went=Max("at", filter=Q(kind=CheckKind.OUT))
    )
    odd = Q(session__in=closed) & ~Q(came_is=FINE, went_is=FINE)
    asked = Q(pair__in=[session * APART + seat for session, seat in special])
    return (
        pairs.annotate(came_is=came_is, went_is=went_is, pair=F("session_id") * APART + F("enrolment_id"))
        .filter(odd | asked)
        .values_list("session_id", "enrolment_id", "came", "went", "came_is", "went_is")
    )


def _word(came: int, went: int) -> Status:
    if came == NONE:
        return Status.NO_CHECK_IN
    if went == NONE:
        return Status.NO_CHECK_OUT
    return {(OFF, FINE): Status.LATE, (FINE, OFF): Status.LEFT_EARLY}.get((came, went), Status.LATE_AND_EARLY)


def _by_learner(facts: Facts, place: dict[int, int]) -> dict[int, set[int]]:
    """Seat -> places with a correction, leave or make-up."""
    found: dict[int, set[int]] = defaultdict(set)
    keys: list[Key] = [*facts.marks, *facts.leaves, *facts.make_ups]
    for session_id, seat in keys:
        if session_id in place:
            found[seat].add(place[session_id])
    return found
