"""What stands in a person's own calendar, and what changed in it lately."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import reduce
from operator import or_
from typing import Any

from django.db.models import F, Q, QuerySet
from django.utils.dateparse import parse_datetime

from lms.attendance.enums import SessionState
from lms.attendance.models import Session
from lms.attendance.selectors.sessions import of_learner
from lms.core.audit import Act, acts_on
from lms.programmes.models import Enrolment
from lms.programmes.selectors import LIVE

CHANGED = ("lms_attendance.change_session", "lms_attendance.cancel_session")
LATELY = timedelta(days=14)


@dataclass(frozen=True)
class CalendarEntry:
    """A session in somebody's calendar: how often it was changed since it was first seen, and when last."""

    session: Session
    changes: int
    changed_at: datetime
    taught: bool


@dataclass(frozen=True)
class RecentChange:
    """What a learner should know of a session: cancelled, or where and when it was before."""

    session: Session
    cancelled: bool
    before_starts_at: datetime | None
    before_room: str
    reason: str
    at: datetime


def calendar_entries(user: Any) -> list[CalendarEntry]:
    """Sessions of published timetables that the person attends or teaches, cancelled ones too, in order of time.

    Four queries however many sessions. Without a seat and without teaching it is empty.
    """
    seats = list(Enrolment.objects.filter(person__user=user, state__in=LIVE).select_related("term"))
    theirs = reduce(or_, (_of_seat(seat) for seat in seats), Q(instructor=user))
    sessions = list(
        Session.objects.filter(theirs, term__timetable__published_at__isnull=False)
        .annotate(published_at=F("term__timetable__published_at"))
        .select_related("course", "instructor__person", "term__programme")
        .order_by("starts_at", "pk")
        .distinct()
    )
    acts = acts_on(Session, (session.pk for session in sessions), CHANGED)
    return [_entry(session, acts.get(session.pk, []), user) for session in sessions]


def recent_changes(enrolment: Enrolment, ahead: Sequence[Session], *, at: datetime) -> dict[int, RecentChange]:
    """Key of each session ahead that was moved or cancelled within two weeks before `at` -> what changed.

    Cancelled sessions are found here, `ahead` brings the others. Two or three queries.
    """
    cancelled = list(cancelled_ahead(enrolment, at))
    sessions = {session.pk: session for session in (*ahead, *cancelled)}
    found = {}
    for key, acts in acts_on(Session, sessions, CHANGED).items():
        change = _change(sessions[key], [act for act in acts if act.at > at - LATELY])
        if change is not None:
            found[key] = change
    return found


def cancelled_ahead(enrolment: Enrolment, at: datetime) -> QuerySet[Session]:
    """Cancelled sessions of hers that would still lie ahead."""
    return (
        Session.objects.filter(
            of_learner(enrolment),
            term=enrolment.term_id,
            term__timetable__published_at__isnull=False,
            state=SessionState.CANCELLED,
            starts_at__gt=at,
        )
        .select_related("course")
        .order_by("starts_at", "pk")
    )


def _of_seat(seat: Enrolment) -> Q:
    return Q(term=seat.term_id, ends_at__gt=seat.enrolled_at) & of_learner(seat)


def _entry(session: Session, acts: Sequence[Act], user: Any) -> CalendarEntry:
    published: datetime = session.__dict__["published_at"]
    changed_at = max([published, *(act.at for act in acts)])
    return CalendarEntry(session, len(acts), changed_at, session.instructor_id == user.pk)


def _change(session: Session, acts: Sequence[Act]) -> RecentChange | None:
    if not acts:
        return None
    if session.state == SessionState.CANCELLED:
        return RecentChange(session, True, None, "", session.cancel_reason, acts[-1].at)
    first = acts[0].before
    started, room = parse_datetime(str(first.get("starts_at", ""))), str(first.get("room", session.room))
    moved = started if started and started != session.starts_at else None
    left = room if room != session.room else ""
    return RecentChange(session, False, moved, left, acts[-1].reason, acts[-1].at) if moved or left else None
