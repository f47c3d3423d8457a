"""What a learner may appeal: credited hours of a session, and an exclusion (R14)."""

from django.utils.translation import gettext as _

from lms.appeals.rules import AppealableDecision
from lms.attendance.enums import ExclusionAct
from lms.attendance.models import ExclusionDecision
from lms.attendance.selectors.own import OwnSession, attendance_of
from lms.core.templatetags.lms_ui import when
from lms.programmes.models import Enrolment
from lms.programmes.rules import show_hours


def appealable_absences(enrolment: Enrolment) -> list[AppealableDecision]:
    """Closed sessions of which something was missed, newest first; other minutes are another decision. One query."""
    hour = enrolment.term.programme.class_hour_minutes
    return [_absence(own, hour) for own in reversed(attendance_of(enrolment).missed_sessions)]


def appealable_exclusions(enrolment: Enrolment) -> list[AppealableDecision]:
    """Confirmed exclusions, newest first. One query."""
    found = ExclusionDecision.objects.filter(enrolment=enrolment, act=ExclusionAct.CONFIRMED).order_by("-revision")
    return [
        AppealableDecision(
            f"exclusion:{decision.pk}",
            _("Exclusion from the assessment"),
            decision.at,
            decision.reason,
            decision.actor_id,
        )
        for decision in found
    ]


def _absence(own: OwnSession, hour: int) -> AppealableDecision:
    session = own.session
    detail = _("%(status)s: %(earned)s of %(held)s class hours credited") % {
        "status": own.status.label,
        "earned": show_hours(own.minutes or 0, hour),
        "held": show_hours(session.minutes, hour),
    }
    return AppealableDecision(
        f"session:{session.pk}/{own.minutes}",
        f"{when(session.starts_at)} {session.course.title}",
        own.decided_at or session.ends_at,
        detail,
        session.closed_by_id,
    )
