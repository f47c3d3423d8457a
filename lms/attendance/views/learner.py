"""The learner's own attendance: figures, sessions, typed code, leave."""

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from lms.attendance.enums import CheckMethod
from lms.attendance.forms import TypedCodeForm, staff_name
from lms.attendance.models import Session
from lms.attendance.selectors import (
    OwnSession,
    Standing,
    attendance_of,
    exclusion_in_force,
    open_prompt_for,
)
from lms.attendance.services import Proof, check_in_scan, find_typed_session
from lms.attendance.views.ahead import ahead_of
from lms.attendance.views.guarding import consent_part, phone_part
from lms.attendance.views.phones import known_mark, phone_of, stale_tries
from lms.attendance.views.scanning import count_try, to_outcome, too_many_tries
from lms.attendance.views.watching import check_part, watch_part
from lms.core.exceptions import DomainError
from lms.core.templatetags.lms_ui import clock_time
from lms.programmes.models import Enrolment
from lms.programmes.rules import show_hours
from lms.programmes.selectors import current_enrolment

TONES = {
    "ahead": "neutral",
    "open": "info",
    "present": "done",
    "late": "attention",
    "left_early": "attention",
    "late_and_early": "attention",
    "no_check_out": "danger",
    "no_check_in": "danger",
    "absent": "danger",
    "leave": "neutral",
    "corrected": "info",
    "made_up": "done",
}


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def overview(request: HttpRequest) -> HttpResponse:
    """Figures, the next session and every session with its minutes and why; POST takes the typed code."""
    enrolment = current_enrolment(request.user)
    if enrolment is None:
        return render(request, "lms_attendance/no_seat.html", {"place": "attendance"})
    form = TypedCodeForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        answer = _take_code(request, enrolment, form)
        if answer is not None:
            return answer
    parts = phone_part(enrolment, known_mark(request)) | consent_part(enrolment)
    page = render(request, "lms_attendance/overview.html", _overview(request, enrolment, form) | parts)
    phone_of(request).keep(request, page)
    return page


def show_in_form(form: Any, problem: DomainError) -> None:
    """Every refusal at the top of the form, with what to do."""
    for refusal in problem.refusals:
        form.add_error(None, " ".join(filter(None, (str(refusal.sentence), str(refusal.explanation)))))


def _take_code(request: HttpRequest, enrolment: Enrolment, form: TypedCodeForm) -> HttpResponse | None:
    now, phone = timezone.now(), phone_of(request)
    if too_many_tries(request):
        form.add_error("code", _("Too many wrong codes. Wait a few minutes, or scan the QR code."))
        return None
    try:
        found = find_typed_session(enrolment, form.cleaned_data["code"], at=now, device=phone.mark)
        proof = Proof(phone.mark, found.age_ms, stale_tries(request, found.session_id))
        outcome = check_in_scan(found, int(request.user.pk or 0), at=now, method=CheckMethod.TYPED, proof=proof)
    except DomainError as problem:
        if problem.code == "code_wrong":
            count_try(request)
        for refusal in problem.refusals:
            form.add_error("code", f"{refusal.sentence} {refusal.explanation}")
        return None
    answer = to_outcome(outcome)
    phone.keep(request, answer)
    return answer


def _overview(request: HttpRequest, enrolment: Enrolment, form: TypedCodeForm) -> dict[str, Any]:
    attendance, now = attendance_of(enrolment), timezone.now()
    current, exclusion = attendance.current(now), exclusion_in_force(enrolment)
    hour = enrolment.term.programme.class_hour_minutes
    prompt = open_prompt_for(enrolment, at=now)
    door_open = current is not None and doors_open(current.session, now)
    return {
        "enrolment": enrolment,
        "attendance": attendance,
        "standing": attendance.standing,
        "hour": hour,
        "outlook": say_outlook(attendance.standing, hour),
        "current": current,
        "door_open": door_open,
        "state": say_state(current, door_open) if current else None,
        "may_ask": current is not None and current.session.starts_at > now,
        "form": form,
        "prompt": prompt,
        **(check_part(prompt, now, form) if prompt else {}),
        **watch_part(request, enrolment, (own.session for own in attendance.sessions), now),
        "weeks_ahead": ahead_of(enrolment, [own for own in attendance.ahead(now) if own != current], at=now),
        "held": attendance.held(now),
        "exclusion": exclusion,
        "exclusion_by": staff_name(exclusion.actor) if exclusion else "",
        "tones": TONES,
        "place": "attendance",
    }


def say_state(own: OwnSession, open_now: bool) -> tuple[str, str]:
    """Where she stands with a session, and its tone."""
    if own.left:
        return _("Checked out at %(time)s") % {"time": clock_time(own.left)}, "done"
    if own.arrived:
        return _("Checked in at %(time)s") % {"time": clock_time(own.arrived)}, "done"
    return (_("Check-in is open"), "info") if open_now else (_("Next session"), "neutral")


def say_outlook(standing: Standing, hour: int) -> str:
    """The sentence that stands with the figures (R12)."""
    figures = {
        "missed": show_hours(standing.missed, hour),
        "scheduled": show_hours(standing.scheduled, hour),
        "limit": show_hours(standing.allowance, hour),
        "left": show_hours(standing.may_still_miss, hour),
    }
    sentences = {
        "clear": "",
        "warned": _(
            "You missed %(missed)s class hours so far. At this rate more than %(limit)s of %(scheduled)s "
            "would be missed by the end of the term, and the right to be assessed lost."
        ),
        "last": _("You may miss %(left)s more class hours. Missing the next session would exceed the limit."),
        "over": _(
            "You missed %(missed)s of %(scheduled)s class hours, more than the %(limit)s allowed. "
            "The class assistant decides; you can ask for a correction of a wrong record."
        ),
    }
    return sentences[standing.outlook] % figures if sentences[standing.outlook] else ""


def doors_open(session: Session, at: Any) -> bool:
    """Whether a code of this session's board may be entered now."""
    return session.state == "open" and session.check_in_from <= at <= session.check_out_until
