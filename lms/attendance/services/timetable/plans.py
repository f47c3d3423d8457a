"""What a session is to be, and whether it can be so on its own (R1, R2)."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.utils.translation import gettext as _

from lms.attendance.models import Session
from lms.core.exceptions import refuse
from lms.programmes.models import ClassGroup, Course, Programme, Term
from lms.programmes.rules import in_window


@dataclass(frozen=True)
class SessionPlan:
    """What a session is to be: `minutes` are class minutes; no groups means everybody of the term.

    A `make_up` session is for named learners and adds no class hours.
    """

    course: Course
    starts_at: datetime
    ends_at: datetime
    minutes: int
    room: str = ""
    instructor: Any = None
    groups: Sequence[ClassGroup] = field(default_factory=tuple)
    check_out_required: bool = True
    mid_check_minutes: int = 0
    staff_scan_only: bool = False
    make_up: bool = False


def require_times(term: Term, plan: SessionPlan) -> None:
    """Refuses `outside_term` (R1) and `minutes_too_many` (R2)."""
    if not in_window(plan.starts_at, term.starts_on, term.ends_on) or plan.starts_at >= plan.ends_at:
        raise refuse("outside_term", _("The session must lie within the term and end after it starts."), rule="R1")
    if plan.minutes <= 0 or plan.minutes > (plan.ends_at - plan.starts_at) // timedelta(minutes=1):
        raise refuse("minutes_too_many", _("The class minutes do not fit between start and end."), rule="R2")


def values_of(plan: SessionPlan, programme: Programme) -> dict[str, Any]:
    """Columns of the session's row; when its doors open and close follows from the programme's figures (R12)."""
    return {
        "course": plan.course,
        "instructor": plan.instructor,
        "room": plan.room,
        "starts_at": plan.starts_at,
        "ends_at": plan.ends_at,
        "minutes": plan.minutes,
        "check_out_required": plan.check_out_required,
        "mid_check_minutes": plan.mid_check_minutes,
        "staff_scan_only": plan.staff_scan_only,
        "make_up": plan.make_up,
        "check_in_from": plan.starts_at - timedelta(minutes=programme.check_in_opens_before),
        "check_out_until": plan.ends_at + timedelta(minutes=programme.check_in_closes_after),
    }


def snapshot(session: Session) -> dict[str, Any]:
    """The session as the audit trail shows it."""
    return {
        "starts_at": session.starts_at.isoformat(),
        "ends_at": session.ends_at.isoformat(),
        "minutes": session.minutes,
        "room": session.room,
        "course": session.course_id,
        "instructor": session.instructor_id,
        "groups": "、".join(group.name for group in session.groups.all()),
        "check_out_required": session.check_out_required,
        "mid_check_minutes": session.mid_check_minutes,
        "staff_scan_only": session.staff_scan_only,
    }
