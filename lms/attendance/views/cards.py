"""Cards of the learner's desk: the session of today, and the class hours. Two queries, a third one while a check
during class may wait."""

from datetime import datetime

from django.http import HttpRequest
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from lms.attendance.gates import absence_refusal
from lms.attendance.models import Prompt
from lms.attendance.selectors import (
    OwnAttendance,
    OwnSession,
    Standing,
    attendance_of,
    exclusion_in_force,
    open_prompt_for,
)
from lms.attendance.views.learner import doors_open, say_outlook, say_state
from lms.attendance.views.watching import WATCH, check_part, watch_part
from lms.core.exceptions import Refusal
from lms.core.screens import Action, DeskCard, Figure
from lms.core.templatetags.lms_ui import clock_time, when
from lms.programmes.models import Enrolment
from lms.programmes.rules import show_hours

STATES = {"clear": "neutral", "warned": "attention", "last": "attention", "over": "danger"}


def desk_cards(request: HttpRequest, enrolment: Enrolment | None) -> list[DeskCard]:
    """The next session with its one action, and progress with what may still be missed (R2, R12)."""
    if enrolment is None:
        return []
    attendance = attendance_of(enrolment)
    if not attendance.sessions:
        return []
    current = attendance.current(timezone.now())
    cards = [_session_card(request, enrolment, attendance, current)] if current is not None else []
    return [*cards, _hours_card(enrolment, attendance)]


def _session_card(request: HttpRequest, enrolment: Enrolment, attendance: OwnAttendance, own: OwnSession) -> DeskCard:
    session, now = own.session, timezone.now()
    open_now = doors_open(session, now)
    label, state = say_state(own, open_now)
    verb = _("Check out") if own.arrived else _("Check in or out")
    action = Action(verb, reverse("lms_attendance:overview") + "#code", primary=not own.arrived)
    prompt = _prompt(enrolment, own, now)
    return DeskCard(
        key="attendance.session",
        zone="now",
        title=session.course.title,
        text=f"{when(session.starts_at)}–{clock_time(session.ends_at)}",
        order=10,
        icon="attendance",
        state=state,
        state_label=label,
        lines=tuple(filter(None, [session.room])),
        actions=(action,)
        if open_now and not own.left
        else (Action(_("My attendance"), reverse("lms_attendance:overview")),),
        part=_watch(request, enrolment, attendance, prompt, now),
    )


def _prompt(enrolment: Enrolment, own: OwnSession, at: datetime) -> Prompt | None:
    """The check during class that waits for her. No query where none can."""
    asked = own.session.mid_check_minutes and own.arrived and not own.left and doors_open(own.session, at)
    return open_prompt_for(enrolment, at=at) if asked else None


def _watch(
    request: HttpRequest, enrolment: Enrolment, attendance: OwnAttendance, prompt: Prompt | None, at: datetime
) -> SafeString:
    """The card of the check during class, there already or to come into the open page by itself."""
    context = watch_part(request, enrolment, (own.session for own in attendance.sessions), at)
    return render_to_string(WATCH, context | (check_part(prompt, at) if prompt else {}), request)


def _hours_card(enrolment: Enrolment, attendance: OwnAttendance) -> DeskCard:
    standing, hour = attendance.standing, enrolment.term.programme.class_hour_minutes
    unit, required = _("class hours"), show_hours(standing.required, hour)
    refusal = _exclusion(enrolment, attendance)
    warning = say_outlook(standing, hour)
    return DeskCard(
        key="attendance.hours",
        zone="progress",
        title=_("Classroom hours"),
        order=20,
        icon="clock",
        state="danger" if refusal else STATES[standing.outlook],
        state_label=_say_outlook_short(standing, refusal),
        figures=(
            Figure(
                _("Earned"),
                show_hours(standing.earned, hour),
                required,
                unit,
                min(1.0, standing.earned / standing.required) if standing.required else None,
            ),
            Figure(
                _("May still miss"),
                show_hours(standing.may_still_miss, hour),
                show_hours(standing.allowance, hour),
                unit,
            ),
        ),
        lines=(warning,) if warning and not refusal else (),
        refusals=(refusal,) if refusal else (),
        actions=(Action(_("All sessions"), reverse("lms_attendance:overview")),),
    )


def _exclusion(enrolment: Enrolment, attendance: OwnAttendance) -> Refusal | None:
    if not attendance.standing.exceeded or exclusion_in_force(enrolment) is None:
        return None
    return absence_refusal(enrolment, attendance)


def _say_outlook_short(standing: Standing, refusal: Refusal | None) -> str:
    if refusal:
        return _("Not admitted to assessment")
    words = {"clear": "", "warned": _("Mind the limit"), "last": _("At the limit"), "over": _("Over the limit")}
    return words[standing.outlook]
