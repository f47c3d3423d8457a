"""Safe Exam Browser of an exam, and what the invigilator sees of browsers: signals and locks, never a verdict (R13)."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from lms.core.exceptions import DomainError
from lms.exams.forms import BrowserForm
from lms.exams.models import Exam, Sitting
from lms.exams.permissions import exam_policy
from lms.exams.selectors import browser_of, server_now, signals_of, sittings_with_locks, sittings_with_signals
from lms.exams.services import set_browser, unlock_sitting
from lms.exams.tokens import sign_browser_file
from lms.exams.views.screens import SPACE, screen
from lms.people.viewsets import role_required


@role_required(exam_policy, "change")
@require_http_methods(["GET", "HEAD", "POST"])
def browser(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask for Safe Exam Browser, fetch its configuration file, enter Browser Exam Keys."""
    exam = get_object_or_404(Exam.objects.select_related("term"), pk=pk)
    held = browser_of(exam)
    initial = {"required": held.required, "exam_keys": "\n".join(held.exam_keys)} if held else {}
    form = BrowserForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            set_browser(
                exam,
                required=data["required"],
                quit_password=form.password(),
                exam_keys=data["exam_keys"],
                at=server_now(),
                actor=request.user,
            )
        except DomainError as problem:
            for refusal in problem.refusals:
                form.add_error(None, refusal.sentence)
        else:
            messages.success(request, _("Safe Exam Browser was set."))
            return redirect(f"{SPACE}:browser", pk)
    context = screen(_("Safe Exam Browser"), exam=exam, form=form, held=held)
    return render(request, "lms_exams/backoffice/browser.html", context | {"key": sign_browser_file(exam.pk)})


@role_required(exam_policy, "watch")
@never_cache
@require_safe
def signals(request: HttpRequest, pk: int) -> HttpResponse:
    """Locked sittings and signals of an exam."""
    exam = get_object_or_404(Exam.objects.select_related("term"), pk=pk)
    above = ((f"{SPACE}:watch", _("Watch an exam")),)
    context = screen(
        exam.title, above=above, exam=exam, locks=sittings_with_locks(exam), rows=sittings_with_signals(exam)
    )
    return render(request, "lms_exams/backoffice/signals.html", context)


@role_required(exam_policy, "watch")
@require_safe
def history(request: HttpRequest, pk: int) -> HttpResponse:
    """Every signal of one sitting in order of time."""
    known = Sitting.objects.select_related("exam", "enrolment__person").defer("paper")
    sitting = get_object_or_404(known, pk=pk)
    above = ((f"{SPACE}:watch", _("Watch an exam")),)
    title = f"{sitting.enrolment.number} {sitting.enrolment.person.name}"
    context = screen(title, above=above, sitting=sitting, entries=signals_of(sitting))
    return render(request, "lms_exams/backoffice/signal_history.html", context)


@role_required(exam_policy, "unlock")
@require_POST
def unlock(request: HttpRequest, pk: int) -> HttpResponse:
    """Let a learner go on, in Safe Exam Browser or without it, with a reason."""
    posted = request.POST.get("sitting", "")
    sitting = get_object_or_404(Sitting, exam_id=pk, pk=int(posted) if posted.isdecimal() and len(posted) < 19 else 0)
    without = request.POST.get("without") == "1"
    reason = request.POST.get("reason", "")
    try:
        unlock_sitting(sitting, reason=reason, without=without, at=server_now(), actor=request.user)
    except DomainError as problem:
        messages.error(request, problem.refusals[0].sentence)
    else:
        messages.success(request, _("The learner can go on."))
    return redirect(f"{SPACE}:signals", pk)
