"""What scanning phones carry along, and what waits for a person."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, TypeVar

from django.db.models import Count, Q, QuerySet
from django.utils.timezone import localdate

from lms.attendance.enums import ScanOutcome, SessionState
from lms.attendance.models import LearnerKey, MakeUpSeat, Prompt, Scanner, Session, StaffScan
from lms.attendance.permissions import RunScope
from lms.programmes.models import Enrolment
from lms.programmes.selectors import live_enrolments

DAYS_AHEAD = 1
Row = TypeVar("Row", LearnerKey, StaffScan)


@dataclass(frozen=True)
class RosterSession:
    """A session with the seats expected at it, by their ids, and its check during class once that has begun."""

    session: Session
    seats: Sequence[int]
    prompt: Prompt | None


@dataclass(frozen=True)
class Roster:
    """What one member of staff needs without network: sessions of today and tomorrow, seats, keys that count."""

    sessions: Sequence[RosterSession]
    seats: Sequence[Enrolment]
    keys: Sequence[LearnerKey]


def roster_for(user: Any, *, at: datetime) -> Roster:
    """Only sessions she may run, and only their learners; queries by the number of terms, not of learners."""
    mine = _sessions_to_run(user, at)
    held = {term.pk: list(live_enrolments(term)) for term in {session.term for session in mine}}
    made_up = _made_up(mine)
    begun = Prompt.objects.filter(session__in=[row.pk for row in mine], opens_at__lte=at)
    prompts = {prompt.session_id: prompt for prompt in begun}
    rows = [
        RosterSession(
            row, [seat.pk for seat in held[row.term_id] if _expected(row, seat, made_up)], prompts.get(row.pk)
        )
        for row in mine
    ]
    needed = {pk for row in rows for pk in row.seats}
    seats = [seat for group in held.values() for seat in group if seat.pk in needed]
    return Roster(rows, seats, list(counting_keys().filter(enrolment__in=needed)))


def counting_keys() -> QuerySet[LearnerKey]:
    """Keys whose codes are taken: approved and not replaced."""
    return LearnerKey.objects.filter(approved_at__isnull=False, retired_at__isnull=True)


def waiting_keys() -> QuerySet[LearnerKey]:
    """Further phones of learners that wait for a person, the oldest first."""
    rows = LearnerKey.objects.filter(approved_at__isnull=True, retired_at__isnull=True)
    return rows.select_related("enrolment__person__unit", "enrolment__group", "enrolment__term").order_by("pk")


def scanning_phones() -> QuerySet[Scanner]:
    """Every registered phone with its owner and its counts of scans, those in use first."""
    counts = {
        "scanned": Count("scans"),
        "doubtful": Count("scans", filter=Q(scans__outcome=ScanOutcome.CONFLICT)),
        "turned_away": Count("scans", filter=Q(scans__outcome=ScanOutcome.REFUSED)),
    }
    return Scanner.objects.select_related("user__person").annotate(**counts).order_by("revoked_at", "-last_seen_at")


def open_conflicts() -> QuerySet[StaffScan]:
    """Scans that wait for a decision, the oldest first, with everything the screen shows."""
    rows = StaffScan.objects.filter(outcome=ScanOutcome.CONFLICT, decision__isnull=True)
    return rows.select_related(
        "session__course",
        "session__term__programme",
        "enrolment__person__unit",
        "enrolment__group",
        "enrolment__term",
        "scanner__user__person",
        "entry__actor__person",
    ).order_by("at", "pk")


def decided_conflicts() -> QuerySet[StaffScan]:
    """Scans that were decided on, the latest decision first."""
    rows = StaffScan.objects.filter(decision__isnull=False).select_related(
        "session__course", "enrolment__term", "enrolment__person__unit", "enrolment__group", "decision__actor__person"
    )
    return rows.order_by("-decision__at", "-pk")


def within_scope(rows: Iterable[Row], user: Any) -> list[Row]:
    """The rows of learners this member of staff answers for."""
    scopes: dict[int, RunScope] = {}
    found = []
    for row in rows:
        term = row.enrolment.term
        if term.pk not in scopes:
            scopes[term.pk] = RunScope(user, term)
        if scopes[term.pk].covers(row.enrolment):
            found.append(row)
    return found


def _sessions_to_run(user: Any, at: datetime) -> list[Session]:
    first = localdate(at)
    rows = (
        Session.objects.filter(starts_at__date__range=(first, first + timedelta(days=DAYS_AHEAD)))
        .exclude(state__in=[SessionState.CANCELLED, SessionState.CLOSED])
        .select_related("course", "term__programme")
        .prefetch_related("groups")
        .order_by("starts_at", "pk")
    )
    scopes: dict[int, RunScope] = {}
    found = []
    for row in rows:
        if row.term_id not in scopes:
            scopes[row.term_id] = RunScope(user, row.term)
        if scopes[row.term_id].covers_session(row):
            found.append(row)
    return found


def _made_up(sessions: Iterable[Session]) -> Mapping[int, set[int]]:
    seats: dict[int, set[int]] = {session.pk: set() for session in sessions if session.make_up}
    if seats:
        rows = MakeUpSeat.objects.filter(session__in=seats, withdrawn_at__isnull=True)
        for session_id, enrolment_id in rows.values_list("session_id", "enrolment_id"):
            seats[session_id].add(enrolment_id)
    return seats


def _expected(session: Session, seat: Enrolment, made_up: Mapping[int, set[int]]) -> bool:
    if seat.enrolled_at >= session.ends_at:
        return False
    if session.make_up:
        return seat.pk in made_up[session.pk]
    groups = [group.pk for group in session.groups.all()]
    return not groups or seat.group_id in groups
