"""What attendance answers to exams, grading and programmes."""

from collections.abc import Collection

from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from lms.attendance.enums import SessionState
from lms.attendance.models import Session
from lms.attendance.selectors import OwnAttendance, attendance_of, exclusion_in_force
from lms.core.exceptions import Refusal
from lms.programmes.models import Enrolment, Programme
from lms.programmes.rules import show_hours

#: Figures of a programme that decided what closed sessions credited or who was excluded.
DECIDING_KEYS = frozenset(
    {
        "hours.class_hour_minutes",
        "hours.required_offline",
        "absence.limit",
        "absence.leave_counts",
        "absence.late_grace_minutes",
        "class_hour_minutes",
        "required_offline_minutes",
        "absence_numerator",
        "absence_denominator",
        "leave_counts_as_absence",
        "late_grace_minutes",
    }
)


def refuse_after_too_much_absence(enrolment: Enrolment) -> Refusal | None:
    """May she sit, may her result be composed? Not while the limit is exceeded and a person has confirmed it (R12).

    Only closed sessions count. An excess that nobody confirmed yet does not refuse; the class assistant sees it. Once
    within the limit again an exclusion is over (docs/decisions/0016), and refuses at no moment in between. The refusal
    lists the sessions missed. One query for a learner without exclusion, two more with one.
    """
    decision = exclusion_in_force(enrolment)
    if decision is None:
        return None
    attendance = attendance_of(_with_programme(enrolment))
    if not attendance.standing.exceeded:
        return None
    return absence_refusal(enrolment, attendance)


def refuse_change_of_closed_hours(programme: Programme, changed_keys: Collection[str]) -> Refusal | None:
    """A change of the figures by which closed sessions were credited is refused (R2, R12)."""
    touched = sorted(DECIDING_KEYS.intersection(changed_keys))
    if not touched:
        return None
    closed = Session.objects.filter(term__programme=programme, state=SessionState.CLOSED).count()
    if not closed:
        return None
    return Refusal(
        "closed_hours",
        _("Class hours were already credited by these figures."),
        ngettext(
            "%(count)s session of this programme is closed; the change would alter what it decided: %(keys)s.",
            "%(count)s sessions of this programme are closed; the change would alter what they decided: %(keys)s.",
            closed,
        )
        % {"count": closed, "keys": ", ".join(touched)},
        {"closed_sessions": closed, "keys": touched},
        "R12",
    )


def _with_programme(enrolment: Enrolment) -> Enrolment:
    return Enrolment.objects.select_related("term__programme").get(pk=enrolment.pk)


def absence_refusal(enrolment: Enrolment, attendance: OwnAttendance) -> Refusal:
    """What a learner reads who lost the right to be assessed: figures, limit, and every session missed (R12)."""
    standing, hour = attendance.standing, enrolment.term.programme.class_hour_minutes
    sessions = [
        _("%(day)s %(course)s: missed %(missed)s class hours")
        % {
            "day": f"{localtime(own.session.starts_at):%Y-%m-%d %H:%M}",
            "course": own.session.course.title,
            "missed": show_hours(own.missed, hour),
        }
        for own in attendance.missed_sessions
    ]
    figures = {
        "missed": show_hours(standing.missed, hour),
        "scheduled": show_hours(standing.scheduled, hour),
        "limit": show_hours(standing.allowance, hour),
    }
    return Refusal(
        "absence_limit",
        _(
            "You missed %(missed)s of %(scheduled)s class hours; the limit is %(limit)s. "
            "The right to be assessed is lost."
        )
        % figures,
        figures={**figures, "missed_minutes": standing.missed, "scheduled_minutes": standing.scheduled},
        rule="R12",
        lines=tuple(sessions),
    )
