"""Heads counted in the room, learners called by name, and the guard that closing a sheet asks (layer "headcount")."""

from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from lms.attendance.enums import SessionState
from lms.attendance.models import Headcount, RollCall, Session
from lms.attendance.selectors import count_room, headcount_on, headcount_state, is_expected
from lms.attendance.services.locking import lock_session
from lms.core.audit import record_act
from lms.core.exceptions import Refusal, refuse
from lms.programmes.models import Enrolment

MOST = 9999


@transaction.atomic
def enter_headcount(session: Session, counted: int, *, at: datetime, actor: Any) -> Headcount:
    """Keep how many heads are in the room, beside how many the journals have there at this moment.

    The same person, number and record as the latest row is a repeat and gets that row. Refuses `session_not_open`,
    `count_out_of_range`.
    """
    session = _lock_open(session)
    if not 0 <= counted <= MOST:
        raise refuse("count_out_of_range", _("Enter a whole number from 0 to %(most)s.") % {"most": MOST})
    on_record = count_room(session, at=at)
    last = Headcount.objects.filter(session=session).order_by("-pk").first()
    if last is not None and (last.counted, last.on_record, last.actor_id) == (counted, on_record, actor.pk):
        return last
    row = Headcount.objects.create(session=session, counted=counted, on_record=on_record, actor=actor, at=at)
    record_act("lms_attendance.headcount", session, actor=actor, after={"counted": counted, "on_record": on_record})
    return row


@transaction.atomic
def call_roll(session: Session, enrolment: Enrolment, *, seen: bool, at: datetime, actor: Any) -> RollCall:
    """Keep that a learner was called by name and seen, or not. The same answer again gets the first row.

    Changes no class hours. Refuses `session_not_open`, `not_expected`.
    """
    session = _lock_open(session)
    if enrolment.term_id != session.term_id or not is_expected(session, enrolment):
        raise refuse("not_expected", _("This learner does not belong to the session."))
    last = RollCall.objects.filter(session=session, enrolment=enrolment).order_by("-pk").first()
    if last is not None and last.seen == seen:
        return last
    row = RollCall.objects.create(session=session, enrolment=enrolment, seen=seen, actor=actor, at=at)
    record_act("lms_attendance.roll_call", session, actor=actor, after={"seat": enrolment.number, "seen": seen})
    return row


def headcount_refusal(session: Session) -> Refusal | None:
    """Why the sheet may not be closed yet: `headcount_missing`, or `headcount_differs` with both figures.

    Compared is the latest headcount with the record of that moment as roll call and corrections have left it. None when
    they agree, or the layer is off.
    """
    if not headcount_on():
        return None
    state = headcount_state(session)
    if state.latest is None:
        return Refusal(
            "headcount_missing",
            _("Nobody has counted the heads in the room."),
            _("Count and enter the number, or sign the sheet off with a reason."),
        )
    if state.matches:
        return None
    counted_at = f"{localtime(state.latest.at):%H:%M}"
    figures = {"counted": state.latest.counted, "on_record": state.record, "time": counted_at}
    return Refusal(
        "headcount_differs",
        _("%(counted)s heads were counted at %(time)s, %(on_record)s learners are on record.") % figures,
        _("Call the roll, count again, or sign the sheet off with a reason."),
        figures,
    )


def _lock_open(session: Session) -> Session:
    found = lock_session(session.pk)
    if found.state != SessionState.OPEN:
        raise refuse("session_not_open", _("This session is not open."))
    return found
