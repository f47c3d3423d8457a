"""What the invigilator does: extra time with a second person, and the incident log."""

import secrets
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from lms.core.exceptions import DomainError
from lms.exams.enums import ExamState
from lms.exams.forms import ExtraTimeForm, IncidentForm
from lms.exams.models import Exam, ExtraTime
from lms.exams.permissions import exam_policy
from lms.exams.selectors import extra_times, incidents_of, server_now
from lms.exams.services import decide_extra_time, log_incident, propose_extra_time
from lms.exams.views.screens import SPACE, screen
from lms.people.viewsets import role_required
from lms.programmes.models import Enrolment


@role_required(exam_policy, "watch")
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def extra_time(request: HttpRequest, pk: int) -> HttpResponse:
    """Propose extra time for everybody or, with ?seat=, for one learner; what was proposed and decided so far."""
    exam, seat = _exam_and_seat(request, pk)
    form = ExtraTimeForm(request.POST or None, initial={"nonce": secrets.token_hex(16)})
    if request.method == "POST" and form.is_valid():
        try:
            propose_extra_time(exam, seat, at=server_now(), actor=request.user, **form.cleaned_data)
        except DomainError as problem:
            form.add_refusals(problem.refusals)
        else:
            messages.success(request, _("The extra time is proposed. It takes effect when a second person grants it."))
            return redirect(f"{SPACE}:extra_time", pk)
    context = {
        "form": form,
        "seat": seat,
        "rows": extra_times(exam),
        "may_decide": exam_policy.allows(request.user, "extend"),
        "open": exam.state == ExamState.PUBLISHED,
    }
    return _show(request, "extra_time", exam, _("Extra time"), context)


@role_required(exam_policy, "extend")
@require_POST
def decide_extra(request: HttpRequest, pk: int) -> HttpResponse:
    """Grant or decline a proposal."""
    proposal = get_object_or_404(ExtraTime.objects.select_related("enrolment__person"), pk=pk)
    granted = request.POST.get("act") == "grant"
    try:
        decide_extra_time(proposal, granted=granted, at=server_now(), actor=request.user)
    except DomainError as problem:
        messages.error(request, problem.refusals[0].sentence)
    else:
        messages.success(
            request,
            _("The extra time is granted. Open exam rooms show it within ten seconds.")
            if granted
            else _("The extra time is declined."),
        )
    return redirect(f"{SPACE}:extra_time", proposal.exam_id)


@role_required(exam_policy, "watch")
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def incidents(request: HttpRequest, pk: int) -> HttpResponse:
    """The incident log; with ?seat= that of one learner."""
    exam, seat = _exam_and_seat(request, pk)
    form = IncidentForm(request.POST or None, initial={"nonce": secrets.token_hex(16)})
    if request.method == "POST" and form.is_valid():
        try:
            log_incident(exam, seat, at=server_now(), actor=request.user, **form.cleaned_data)
        except DomainError as problem:
            form.add_refusals(problem.refusals)
        else:
            messages.success(request, _("The incident is in the log."))
            return redirect(request.get_full_path())
    rows = incidents_of(exam)
    context = {"form": form, "seat": seat, "rows": rows if seat is None else rows.filter(enrolment=seat)}
    return _show(request, "incidents", exam, _("Incident log"), context)


def _exam_and_seat(request: HttpRequest, pk: int) -> tuple[Exam, Enrolment | None]:
    exam = get_object_or_404(Exam.objects.select_related("term"), pk=pk)
    number = request.GET.get("seat", "")
    if not number:
        return exam, None
    if not number.isdecimal() or len(number) > 18:
        raise Http404
    return exam, get_object_or_404(exam.term.enrolments.select_related("person"), pk=number)


def _show(request: HttpRequest, name: str, exam: Exam, title: str, context: dict[str, Any]) -> HttpResponse:
    above = ((f"{SPACE}:watch", _("Watch an exam")),)
    shown = screen(title, above=above, exam=exam, page_subtitle=exam.title, **context)
    shown["breadcrumbs_items"].insert(-1, {"url": reverse(f"{SPACE}:live", args=[exam.pk]), "label": exam.title})
    return render(request, f"lms_exams/backoffice/{name}.html", shown)
