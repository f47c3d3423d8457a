"""Who came, who left, what was corrected or made up: the journals of some sessions in memory, in three queries."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from django.db.models import IntegerField, PositiveIntegerField, Q, QuerySet, Sum, Value

from lms.attendance.enums import CheckKind, LeaveState, SessionState
from lms.attendance.models import AttendanceMark, CheckEntry, LeaveRequest, MakeUpSeat, Session
from lms.attendance.rules import credited_minutes, restored_minutes
from lms.programmes.models import HourEntry, Term

SOURCE = "attendance.session"
LEAVE = 0  # where a correction has its revision, from 1 on
Key = tuple[int, int]


@dataclass
class Facts:
    """Keyed by (session id, enrolment id). `marks` holds the latest correction: (minutes or None, reason).

    `make_ups`: (missed session id, enrolment id) -> the session where she makes it up; `seats`: its key.
    """

    arrivals: dict[Key, datetime] = field(default_factory=dict)
    departures: dict[Key, datetime] = field(default_factory=dict)
    marks: dict[Key, tuple[int | None, str]] = field(default_factory=dict)
    leaves: set[Key] = field(default_factory=set)
    make_ups: dict[Key, Session] = field(default_factory=dict)
    seats: set[Key] = field(default_factory=set)


def read_facts(sessions: Iterable[Session]) -> Facts:
    """Everything the journals say of these sessions, and of those where somebody makes them up."""
    facts, ids = read_decided(sessions)
    _read_entries(facts, CheckEntry.objects.filter(session__in=ids))
    return facts


def read_decided(sessions: Iterable[Session], seats: Iterable[int] | None = None) -> tuple[Facts, set[int]]:
    """Corrections, leaves and make-ups of these sessions, of all learners or of these, in two queries.

    And the ids of the sessions, with those where somebody makes them up.
    """
    facts, ids = Facts(), {session.pk for session in sessions}
    hers = {} if seats is None else {"enrolment__in": list(seats)}
    made_up = MakeUpSeat.objects.filter(Q(missed__in=ids) | Q(session__in=ids), withdrawn_at__isnull=True, **hers)
    for seat in made_up.select_related("session"):
        facts.make_ups[seat.missed_id, seat.enrolment_id] = seat.session
        facts.seats.add((seat.session_id, seat.enrolment_id))
        ids.add(seat.session_id)
    marks = AttendanceMark.objects.filter(session__in=ids, **hers)
    approved = LeaveRequest.objects.filter(session__in=ids, state=LeaveState.APPROVED, **hers).order_by()
    leave, minutes = Value(LEAVE, IntegerField()), Value(None, PositiveIntegerField(null=True))
    leaves = approved.values_list("session_id", "enrolment_id", leave, minutes, Value(""))
    decided = marks.order_by().values_list("session_id", "enrolment_id", "revision", "minutes", "reason")
    for session_id, enrolment_id, revision, corrected, reason in decided.union(leaves, all=True).order_by("revision"):
        if revision == LEAVE:
            facts.leaves.add((session_id, enrolment_id))
        else:
            facts.marks[session_id, enrolment_id] = (corrected, reason)
    return facts, ids


def _read_entries(facts: Facts, entries: QuerySet[CheckEntry]) -> None:
    sides = {str(CheckKind.IN): facts.arrivals, str(CheckKind.OUT): facts.departures}
    rows = entries.filter(kind__in=sides).order_by()
    for session_id, enrolment_id, kind, at in rows.values_list("session_id", "enrolment_id", "kind", "at"):
        sides[kind][session_id, enrolment_id] = at


def minutes_of(session: Session, enrolment_id: int, facts: Facts, *, grace: int) -> int:
    """Class minutes the journals prove: what was attended, and what was made up of the rest (R12)."""
    attended = attended_minutes(session, enrolment_id, facts, grace=grace)
    return attended + made_up_minutes(session, enrolment_id, facts, attended, grace=grace)


def attended_minutes(session: Session, enrolment_id: int, facts: Facts, *, grace: int) -> int:
    """Class minutes of this session alone: the latest correction, else what check-in and check-out give (R12)."""
    key = (session.pk, enrolment_id)
    corrected = facts.marks.get(key, (None, ""))[0]
    if corrected is not None:
        return corrected
    return credited_minutes(session.slot, facts.arrivals.get(key), facts.departures.get(key), grace=grace)


def made_up_minutes(session: Session, enrolment_id: int, facts: Facts, attended: int, *, grace: int) -> int:
    """What a make-up session with a closed sheet restores of the minutes missed, never more than those (R12)."""
    other = facts.make_ups.get((session.pk, enrolment_id))
    if other is None or other.state != SessionState.CLOSED:
        return 0
    return restored_minutes(session.minutes, attended, attended_minutes(other, enrolment_id, facts, grace=grace))


def ledger_minutes(term: Term) -> dict[int, dict[int, int]]:
    """Session id -> enrolment id -> minutes in the class-hour ledger, for the whole term in one query."""
    rows = HourEntry.objects.filter(source=SOURCE, enrolment__term=term).order_by()
    found: dict[int, dict[int, int]] = defaultdict(dict)
    for reference, enrolment_id, total in (
        rows.values("reference", "enrolment_id")
        .annotate(total=Sum("minutes"))
        .values_list("reference", "enrolment_id", "total")
    ):
        found[int(reference)][enrolment_id] = total
    return found
