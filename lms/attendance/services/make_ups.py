"""Who makes a missed session up, and where; what is proven there restores the missed minutes (R12)."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from lms.attendance.enums import SessionState
from lms.attendance.models import MakeUpSeat, Session
from lms.attendance.selectors import session_rows
from lms.attendance.services.announcing import announce
from lms.attendance.services.crediting import credit_missed
from lms.attendance.services.free_learners import require_free
from lms.attendance.services.locking import lock_session
from lms.attendance.services.timetable import SessionPlan, add_session
from lms.attendance.services.timetable.clashes import lock_placing
from lms.attendance.services.warning import announce_absence
from lms.attendance.signals import make_up_assigned, make_up_withdrawn
from lms.core.audit import record_act
from lms.core.exceptions import refuse
from lms.core.templatetags.lms_ui import when
from lms.programmes.models import Enrolment


@transaction.atomic
def assign_make_up(
    session: Session, missed: Session, enrolments: Iterable[Enrolment], *, at: datetime, actor: Any
) -> Sequence[MakeUpSeat]:
    """Let these learners make the closed session `missed` up in the make-up session; who holds that seat keeps it.

    Refuses `no_make_up`, `session_closed`, `not_closed`, `other_course`, `not_missed`, `made_up_elsewhere`,
    `seat_taken`, `learner_taken`, naming the learner; nobody is assigned then. `make_up_assigned` on commit for each.
    """
    lock_placing()  # nobody else is assigned, and nothing is moved into their way, meanwhile
    session = lock_session(session.pk)
    missed = Session.objects.select_related("term__programme", "course").prefetch_related("groups").get(pk=missed.pk)
    _require_pair(session, missed)
    wanted = {seat.pk: seat for seat in enrolments}
    _drop_cancelled(missed, wanted, at)
    held = _held(session, missed, wanted)
    fresh = [seat for pk, seat in wanted.items() if pk not in held]
    _require_missed(missed, fresh)
    _require_seats(session, missed, fresh)
    require_free(session, fresh, session.starts_at, session.ends_at)
    made = [
        MakeUpSeat.objects.create(session=session, enrolment=seat, missed=missed, assigned_by=actor, assigned_at=at)
        for seat in fresh
    ]
    if made:
        record_act(
            "lms_attendance.assign_make_up",
            session,
            actor=actor,
            after={"missed_session": f"{missed} {when(missed.starts_at)}", "seats": [seat.number for seat in fresh]},
        )
    for seat in made:
        announce(make_up_assigned, MakeUpSeat, seat=seat)
    return [*held.values(), *made]


@transaction.atomic
def plan_make_up(
    missed: Session, plan: SessionPlan, enrolments: Iterable[Enrolment], *, at: datetime, actor: Any
) -> Session:
    """A new make-up session and its learners in one go; refuses what `add_session` and `assign_make_up` refuse."""
    session = add_session(missed.term, replace(plan, make_up=True, groups=()), at=at, actor=actor)
    assign_make_up(session, missed, enrolments, at=at, actor=actor)
    return session


@transaction.atomic
def withdraw_make_up(seat: MakeUpSeat, *, reason: str, at: datetime, actor: Any) -> MakeUpSeat:
    """Take a seat back; what was restored by it is missed again. Twice changes nothing. Refuses `reason_missing`.

    `make_up_withdrawn` is sent on commit.
    """
    if not reason.strip():
        raise refuse("reason_missing", _("Give a reason."))
    lock_session(seat.session_id)  # not while its sheet is being closed
    seat = (
        MakeUpSeat.objects.select_for_update(of=("self",))
        .select_related("session__course", "missed__term__programme", "missed__course", "enrolment__person")
        .get(pk=seat.pk)
    )
    if seat.withdrawn_at is not None:
        return seat
    seat.withdrawn_at = at
    seat.save(update_fields=["withdrawn_at"])
    if seat.session.state == SessionState.CLOSED:
        credit_missed([seat], at=at, actor=actor)
        transaction.on_commit(lambda: announce_absence(seat.missed, [seat.enrolment_id]), robust=True)
    record_act(
        "lms_attendance.withdraw_make_up",
        seat.session,
        actor=actor,
        reason=reason,
        before={"seats": [seat.enrolment.number]},
    )
    announce(make_up_withdrawn, MakeUpSeat, seat=seat, reason=reason.strip())
    return seat


def _require_pair(session: Session, missed: Session) -> None:
    if not session.make_up or session.term_id != missed.term_id:
        raise refuse("no_make_up", _("This is not a make-up session of the term."))
    if session.state in (SessionState.CLOSED, SessionState.CANCELLED):
        raise refuse("session_closed", _("This session is closed or cancelled and can no longer be changed."))
    if missed.make_up or missed.state != SessionState.CLOSED:
        raise refuse("not_closed", _("The sheet of the missed session is not closed yet."))
    if session.course_id != missed.course_id:
        raise refuse(
            "other_course",
            _("The make-up session teaches “%(here)s”, the missed one taught “%(there)s”.")
            % {"here": session.course.title, "there": missed.course.title},
        )


def _drop_cancelled(missed: Session, wanted: Collection[int], at: datetime) -> None:
    """A seat at a cancelled make-up session no longer stands in the way of another one."""
    gone = _live(missed, wanted).filter(session__state=SessionState.CANCELLED)
    gone.update(withdrawn_at=at)


def _live(missed: Session, wanted: Collection[int]) -> QuerySet[MakeUpSeat]:
    return MakeUpSeat.objects.filter(missed=missed, enrolment__in=wanted, withdrawn_at__isnull=True)


def _held(session: Session, missed: Session, wanted: Collection[int]) -> dict[int, MakeUpSeat]:
    """Enrolment id -> the very seat that is asked for."""
    return {seat.enrolment_id: seat for seat in _live(missed, wanted).filter(session=session)}


def _require_missed(missed: Session, fresh: Iterable[Enrolment]) -> None:
    lost = {seat.pk for seat, cell in session_rows(missed) if cell.missed}
    for seat in fresh:
        if seat.pk not in lost:
            raise refuse("not_missed", _("%(name)s missed nothing of this session.") % {"name": seat.person.name})


def _require_seats(session: Session, missed: Session, fresh: Sequence[Enrolment]) -> None:
    live = MakeUpSeat.objects.filter(enrolment__in=fresh, withdrawn_at__isnull=True)
    elsewhere = set(live.filter(missed=missed).values_list("enrolment_id", flat=True))
    here = set(live.filter(session=session).values_list("enrolment_id", flat=True))
    for seat in fresh:
        if seat.pk in elsewhere:
            raise refuse(
                "made_up_elsewhere", _("%(name)s already makes this session up elsewhere.") % {"name": seat.person.name}
            )
        if seat.pk in here:
            raise refuse(
                "seat_taken", _("%(name)s already makes another session up here.") % {"name": seat.person.name}
            )
