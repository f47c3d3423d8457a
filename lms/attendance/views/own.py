"""The learner's own pages: one session with its corrections, and leave."""

from collections.abc import Sequence
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from lms.attendance.enums import LeaveState
from lms.attendance.forms import LeaveForm
from lms.attendance.models import LeaveRequest
from lms.attendance.selectors import attendance_of, own_corrections, withdrawable_leaves
from lms.attendance.selectors.readers import open_files
from lms.attendance.services import ask_leaves, withdraw_leave
from lms.attendance.views.learner import TONES, show_in_form
from lms.core.exceptions import DomainError
from lms.programmes.models import Enrolment
from lms.programmes.selectors import current_enrolment

LEAVE_TONES = {
    LeaveState.PENDING: "attention",
    LeaveState.APPROVED: "done",
    LeaveState.REFUSED: "danger",
    LeaveState.WITHDRAWN: "neutral",
}


@login_required
@never_cache
@require_safe
def session(request: HttpRequest, pk: int) -> HttpResponse:
    """When she came and left, what was credited, every correction with its reason and file, and her leave."""
    enrolment = current_enrolment(request.user)
    own = next((own for own in attendance_of(enrolment).sessions if own.session.pk == pk), None) if enrolment else None
    if enrolment is None or own is None:
        raise Http404
    corrections = list(own_corrections(enrolment, own.session))
    leaves = list(LeaveRequest.objects.filter(enrolment=enrolment, session=pk).select_related("session", "evidence"))
    context = {
        "own": own,
        "hour": enrolment.term.programme.class_hour_minutes,
        "tone": TONES.get(own.status, "neutral"),
        "corrections": corrections,
        "leaves": leaves,
        "open_files": open_files(request.user, [*corrections, *leaves]),
        "withdrawable": withdrawable_leaves(leaves, at=timezone.now()),
        "tones": LEAVE_TONES,
        "may_ask": own.session.starts_at > timezone.now() and not own.on_leave,
        "place": "attendance",
    }
    return render(request, "lms_attendance/own_session.html", context)


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def leave(request: HttpRequest) -> HttpResponse:
    """Ask for leave from one session or several, and what became of earlier requests."""
    enrolment = current_enrolment(request.user)
    if enrolment is None:
        return render(request, "lms_attendance/no_seat.html", {"place": "attendance"})
    form = LeaveForm(
        request.POST or None,
        request.FILES or None,
        attendance=attendance_of(enrolment),
        owner=request.user,
        at=timezone.now(),
    )
    if request.method == "POST" and form.is_valid() and _ask(request, enrolment, form):
        return redirect("lms_attendance:leave")
    requests = list(LeaveRequest.objects.filter(enrolment=enrolment).select_related("session__course", "evidence"))
    form.initial["session"] = request.GET.get("session") or _first_not_asked(form, requests)
    context = {
        "form": form,
        "requests": requests,
        "open_files": open_files(request.user, requests),
        "withdrawable": withdrawable_leaves(requests, at=timezone.now()),
        "can_ask": bool(form.choices),
        "tones": LEAVE_TONES,
        "place": "attendance",
    }
    return render(request, "lms_attendance/leave.html", context)


@login_required
@require_POST
def withdraw(request: HttpRequest, pk: int) -> HttpResponse:
    """Take one's own request back."""
    found = get_object_or_404(LeaveRequest, pk=pk, enrolment__person__user=request.user)
    approved = _("Your leave is withdrawn. You are expected at the session; the class assistant is told.")
    said = approved if found.state == LeaveState.APPROVED else _("Your request was withdrawn.")
    try:
        withdraw_leave(found, at=timezone.now(), actor=request.user)
        messages.success(request, said)
    except DomainError as problem:
        for refusal in problem.refusals:
            messages.error(request, " ".join(filter(None, (str(refusal.sentence), str(refusal.explanation)))))
    return redirect("lms_attendance:leave")


def _first_not_asked(form: LeaveForm, requests: Sequence[LeaveRequest]) -> int | None:
    waiting = {leave.session_id for leave in requests if leave.state == LeaveState.PENDING}
    return next((key for key, _label in form.choices if key not in waiting), None)


def _ask(request: HttpRequest, enrolment: Enrolment, form: Any) -> bool:
    sessions, reason = form.sessions, form.cleaned_data["reason"]
    try:
        ask_leaves(enrolment, sessions, reason=reason, at=form.at, evidence=form.file)
    except DomainError as problem:
        show_in_form(form, problem)
        return False
    said = ngettext(
        "Your request was sent to the class assistant.",
        "Your request for %(count)s sessions was sent to the class assistant.",
        len(sessions),
    )
    messages.success(request, said % {"count": len(sessions)})
    return True
