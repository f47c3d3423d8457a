"""One session: placed, moved, altered, cancelled."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from lms.attendance.enums import SessionState
from lms.attendance.models import Session, Timetable
from lms.attendance.services.announcing import announce
from lms.attendance.services.exclusions import RESCHEDULED, end_restored
from lms.attendance.services.free_learners import require_learners_free
from lms.attendance.services.locking import locked_sessions
from lms.attendance.services.timetable.clashes import lock_placing, require_no_clash
from lms.attendance.services.timetable.plans import SessionPlan, require_times, snapshot, values_of
from lms.attendance.services.timetable.publishing import HoursWatch, is_published
from lms.attendance.services.warning import announce_shrunk
from lms.attendance.signals import session_changed
from lms.core.audit import record_act
from lms.core.exceptions import refuse
from lms.programmes.models import Term

#: What people who come to a session must know; other changes are not announced.
TOLD = ("starts_at", "ends_at", "minutes", "room", "course", "instructor", "groups")


@dataclass(frozen=True)
class Earlier:
    """A session before a change: when and where, its classes (none: everybody of the term) and its instructor."""

    starts_at: datetime
    room: str
    groups: frozenset[int]
    instructor: Any

    @classmethod
    def of(cls, session: Session) -> "Earlier":
        """As it stands now."""
        groups = frozenset(session.groups.values_list("pk", flat=True))
        return cls(session.starts_at, session.room, groups, session.instructor)


@transaction.atomic
def add_session(term: Term, plan: SessionPlan, *, at: datetime, actor: Any) -> Session:
    """One more session.

    Refuses `outside_term`, `minutes_too_many`, `room_taken`, `instructor_taken`, `class_taken`, `learner_taken` (by a
    make-up session); the last four name what is in the way. `session_changed` ("added") is sent on commit when learners
    see the timetable.
    """
    lock_placing()
    term = Term.objects.select_for_update(of=("self",)).select_related("programme").get(pk=term.pk)
    require_times(term, plan)
    require_no_clash(term, plan)
    Timetable.objects.get_or_create(term=term)
    session = Session.objects.create(term=term, **values_of(plan, term.programme))
    session.groups.set(plan.groups)
    require_learners_free(session, plan.starts_at, plan.ends_at, plan.groups)
    record_act("lms_attendance.add_session", session, actor=actor, after=snapshot(session))
    if not plan.make_up:
        _announce(session, "added", "", Earlier.of(session))
        end_restored(term, why=RESCHEDULED, at=at, actor=actor)
    return session


@transaction.atomic
def change_session(
    session: Session, plan: SessionPlan, *, at: datetime, actor: Any, reason: str = "", short_confirmed: bool = False
) -> Session:
    """Move or alter a session that is not closed; same refusals as `add_session`, `session_closed`, and
    `hours_fall_short` when a class of a published timetable then has too few hours and nobody confirmed it (R2).

    `session_changed` ("moved") is sent on commit when learners see the timetable and time, room, course, instructor,
    class hours or classes changed.
    """
    lock_placing()
    session = _lock_changeable(session)
    require_times(session.term, plan)
    require_no_clash(session.term, plan, session)
    require_learners_free(session, plan.starts_at, plan.ends_at, plan.groups)
    before, earlier, watch = snapshot(session), Earlier.of(session), HoursWatch(session.term)
    changes = values_of(plan, session.term.programme)
    for name, value in changes.items():
        setattr(session, name, value)
    session.save(update_fields=list(changes))
    session.groups.set(plan.groups)
    short, after = watch.require_confirmed(short_confirmed), snapshot(session)
    if before != after or reason:
        facts = {**after, **({"hours_short": short} if short else {})}
        record_act("lms_attendance.change_session", session, actor=actor, reason=reason, before=before, after=facts)
    changed = frozenset(name for name in TOLD if before[name] != after[name])
    if changed:
        _announce(session, "moved", reason, earlier, changed)
    _announce_lost(session, before["minutes"] - session.minutes)
    if changed and not session.make_up:
        end_restored(session.term, why=RESCHEDULED, at=at, actor=actor)
    return session


@transaction.atomic
def cancel_session(
    session: Session, *, at: datetime, actor: Any, reason: str, short_confirmed: bool = False
) -> Session:
    """Cancel a session that is not closed, with a reason; it then counts neither as scheduled nor as missed.

    Refuses `reason_missing`, `session_closed`, and `hours_fall_short` when a class of a published timetable then has
    too few hours and nobody confirmed it (R2). `session_changed` ("cancelled") is sent on commit.
    """
    if not reason.strip():
        raise refuse("reason_missing", _("Give a reason."))
    lock_placing()
    session = _lock_changeable(session)
    watch = HoursWatch(session.term)
    session.state, session.cancel_reason = SessionState.CANCELLED, reason.strip()
    session.save(update_fields=["state", "cancel_reason"])
    short = watch.require_confirmed(short_confirmed)
    facts = {"hours_short": short} if short else None
    record_act(
        "lms_attendance.cancel_session", session, actor=actor, reason=reason, before=snapshot(session), after=facts
    )
    _announce(session, "cancelled", reason, Earlier.of(session))
    _announce_lost(session, session.minutes)
    return session


def plan_of(session: Session, **changes: Any) -> SessionPlan:
    """The session as a plan, with some of it changed."""
    values = {
        "course": session.course,
        "starts_at": session.starts_at,
        "ends_at": session.ends_at,
        "minutes": session.minutes,
        "room": session.room,
        "instructor": session.instructor,
        "groups": list(session.groups.all()),
        "check_out_required": session.check_out_required,
        "mid_check_minutes": session.mid_check_minutes,
        "staff_scan_only": session.staff_scan_only,
        "make_up": session.make_up,
    }
    return SessionPlan(**{**values, **changes})


def _lock_changeable(session: Session) -> Session:
    held = locked_sessions().select_related("instructor__person").get(pk=session.pk)
    if held.state in (SessionState.CLOSED, SessionState.CANCELLED):
        raise refuse("session_closed", _("This session is closed or cancelled and can no longer be changed."))
    return held


def _announce_lost(session: Session, lost: int) -> None:
    """The limit of absence is a part of what is scheduled: less of it may put somebody over (R12)."""
    if lost > 0 and not session.make_up and is_published(session.term_id):
        transaction.on_commit(lambda: announce_shrunk(session, lost), robust=True)


def _announce(
    session: Session, change: str, reason: str, earlier: Earlier, changed: frozenset[str] = frozenset()
) -> None:
    if is_published(session.term_id):
        facts = {"change": change, "reason": reason, "earlier": earlier, "changed": changed}
        announce(session_changed, Session, session=session, **facts)
