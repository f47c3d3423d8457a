"""One learner's own attendance, in one query."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import CharField, Exists, OuterRef, QuerySet, Subquery, Sum
from django.db.models.functions import Cast

from lms.attendance.enums import CheckKind, LeaveState, SessionState, Status
from lms.attendance.models import AttendanceMark, CheckEntry, LeaveRequest, MakeUpSeat, Session
from lms.attendance.rules import credited_minutes, early_minutes, late_minutes
from lms.attendance.selectors.cells import status_for
from lms.attendance.selectors.facts import SOURCE
from lms.attendance.selectors.sessions import visible_sessions
from lms.attendance.selectors.standing import Standing, standing_from
from lms.programmes.models import Enrolment, HourEntry


@dataclass(frozen=True)
class OwnSession:
    """One session as its learner sees it. `minutes` is None until the sheet is closed.

    `made_up` of them come from a make-up session; at a make-up session `missed_at` says which session it restores.
    """

    session: Session
    status: Status
    minutes: int | None
    arrived: datetime | None
    left: datetime | None
    late: int
    early: int
    on_leave: bool
    reason: str
    decided_at: datetime | None
    excused: bool = False
    made_up: int = 0
    missed_at: datetime | None = None

    @property
    def missed(self) -> int:
        """Class minutes missed, 0 until the sheet is closed and at a make-up session."""
        if self.minutes is None or self.session.make_up:
            return 0
        return max(0, self.session.minutes - self.minutes)


@dataclass(frozen=True)
class OwnAttendance:
    """Everything the learner's page and cards need."""

    standing: Standing
    sessions: Sequence[OwnSession]

    def current(self, at: datetime) -> OwnSession | None:
        """The session whose check-in or check-out may happen at `at`, else the next one ahead."""
        open_now = [
            own
            for own in self.sessions
            if own.session.state != SessionState.CLOSED and own.session.check_out_until >= at
        ]
        return open_now[0] if open_now else None

    def ahead(self, at: datetime) -> list[OwnSession]:
        """Sessions that have not begun."""
        return [own for own in self.sessions if own.session.starts_at > at]

    def held(self, at: datetime) -> list[OwnSession]:
        """Sessions that have begun, the latest first."""
        return [own for own in reversed(self.sessions) if own.session.starts_at <= at]

    @property
    def missed_sessions(self) -> list[OwnSession]:
        """Closed sessions of which something was missed."""
        return [own for own in self.sessions if own.missed]


def attendance_of(enrolment: Enrolment) -> OwnAttendance:
    """Standing and sessions of one learner: one query (the enrolment brings its term and programme)."""
    programme = enrolment.term.programme
    sessions = [_own(session, programme.late_grace_minutes) for session in own_sessions(enrolment)]
    rows = ((own.session.minutes, own.minutes, own.excused) for own in sessions if not own.session.make_up)
    return OwnAttendance(standing_from(rows, programme), sessions)


def own_sessions(enrolment: Enrolment) -> QuerySet[Session]:
    """Visible sessions with arrival, departure, correction, leave and credited minutes of this learner."""
    here = {"session": OuterRef("pk"), "enrolment": enrolment}
    entries = CheckEntry.objects.filter(**here)
    marks = AttendanceMark.objects.filter(**here).order_by("-revision")
    credited = HourEntry.objects.filter(
        enrolment=enrolment, source=SOURCE, reference=Cast(OuterRef("pk"), CharField())
    ).order_by()
    seats = MakeUpSeat.objects.filter(enrolment=enrolment, withdrawn_at__isnull=True)
    made_up = seats.filter(missed=OuterRef("pk"), session__state=SessionState.CLOSED)
    return visible_sessions(enrolment).annotate(
        arrived_at=Subquery(entries.filter(kind=CheckKind.IN).values("at")[:1]),
        left_at=Subquery(entries.filter(kind=CheckKind.OUT).values("at")[:1]),
        mark_reason=Subquery(marks.values("reason")[:1]),
        mark_at=Subquery(marks.values("at")[:1]),
        credited=Subquery(credited.values("reference").annotate(total=Sum("minutes")).values("total")),
        has_make_up=Exists(made_up),
        missed_at=Subquery(seats.filter(session=OuterRef("pk")).values("missed__starts_at")[:1]),
        has_leave=Exists(LeaveRequest.objects.filter(state=LeaveState.APPROVED, **here)),
    )


def _own(session: Session, grace: int) -> OwnSession:
    found = session.__dict__
    arrived, left, leave, entered = (found[name] for name in ("arrived_at", "left_at", "has_leave", "mark_minutes"))
    status = status_for(session, arrived, left, corrected=entered is not None, leave=leave, grace=grace)
    attended = credited_minutes(session.slot, arrived, left, grace=grace) if entered is None else entered
    minutes = attended if session.make_up else found["credited"] or 0
    made_up = max(0, minutes - attended) if found["has_make_up"] else 0
    return OwnSession(
        session=session,
        status=Status.MADE_UP if made_up else status,
        minutes=minutes if session.state == SessionState.CLOSED else None,
        arrived=arrived,
        left=left,
        late=late_minutes(session.slot, arrived, grace) if arrived else 0,
        early=early_minutes(session.slot, left) if left and session.check_out_required else 0,
        on_leave=leave,
        reason=found["mark_reason"] or "",
        decided_at=max(filter(None, [session.closed_at, found["mark_at"]]), default=None),
        excused=leave and status == Status.LEAVE,
        made_up=made_up,
        missed_at=found["missed_at"],
    )
