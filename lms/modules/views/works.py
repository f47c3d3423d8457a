"""Reading a task, writing, handing in, seeing the mark."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from lms.core.exceptions import DomainError
from lms.core.templatetags.lms_ui import clock_time
from lms.modules.enums import SubmissionKind, WorkState
from lms.modules.forms import WorkForm
from lms.modules.models import Submission
from lms.modules.selectors import Work, last_mark, last_submission, work_of
from lms.modules.services import submit_work
from lms.modules.views.access import Reader, for_readers
from lms.programmes.models import Enrolment


@require_http_methods(["GET", "HEAD", "POST"])
@for_readers
def assignment(request: HttpRequest, reader: Reader, pk: int) -> HttpResponse:
    """One assignment of the learner's own term."""
    work = work_of(reader.enrolment, pk, at=timezone.now()) if reader.enrolment else None
    if work is None or reader.enrolment is None:
        raise Http404
    saved = last_submission(reader.enrolment, work.assignment)
    if request.method != "POST":
        return _show(request, reader, work, saved, _form(saved))
    form = WorkForm(request.POST)
    if request.get_preferred_type(["text/html", "application/json"]) == "application/json":
        return _save_quietly(reader.enrolment, work, form)
    if not form.is_valid():
        return _show(request, reader, work, saved, form)
    kind = SubmissionKind.FINAL if request.POST.get("action") == "final" else SubmissionKind.DRAFT
    try:
        submit_work(reader.enrolment, work.assignment, **form.cleaned_data, kind=kind, at=timezone.now())
    except DomainError as refused:
        return _show(request, reader, work, saved, _refused(form, refused, saved))
    if kind == SubmissionKind.FINAL:
        messages.success(request, _("Your assignment has been handed in. You may change it until the deadline."))
    else:
        messages.success(request, _("The draft has been saved. It is not handed in yet."))
    return redirect("lms_modules:assignment", pk)


def _save_quietly(enrolment: Enrolment, work: Work, form: WorkForm) -> JsonResponse:
    """A draft saved by the page while she writes; what stands against it comes back as a sentence."""
    if not form.is_valid():
        return JsonResponse({"problem": _("Nothing to save yet.")}, status=422)
    at = timezone.now()
    try:
        saved = submit_work(enrolment, work.assignment, **form.cleaned_data, kind=SubmissionKind.DRAFT, at=at)
    except DomainError as refused:
        return JsonResponse({"problem": refused.refusals[0].sentence}, status=409)
    note = _("Draft saved at %(time)s. It is not handed in yet.") % {"time": clock_time(saved.at)}
    return JsonResponse({"revision": saved.revision + 1, "saved": note})


def _show(request: HttpRequest, reader: Reader, work: Work, saved: Submission | None, form: WorkForm) -> HttpResponse:
    writable = reader.studies and not work.past_due and work.state != WorkState.MARKED
    context = {
        "reader": reader,
        "work": work,
        "assignment": work.assignment,
        "form": form if writable or form.is_bound else None,
        "writable": writable,
        "saved": saved,
        "draft_is_newer": bool(saved and saved.kind == SubmissionKind.DRAFT and work.handed_in_at),
        "handed_in": last_submission(reader.enrolment, work.assignment, kind=SubmissionKind.FINAL)
        if reader.enrolment and work.handed_in_at and not writable
        else None,
        "mark": last_mark(reader.enrolment, work.assignment) if reader.enrolment and work.mark is not None else None,
    }
    return render(request, "lms_modules/assignment.html", context)


def _form(saved: Submission | None) -> WorkForm:
    revision = (saved.revision if saved else 0) + 1
    return WorkForm(initial={"text": saved.text if saved else "", "revision": revision})


def _refused(form: WorkForm, refused: DomainError, saved: Submission | None) -> WorkForm:
    """The same text again with the reasons; saving once more then replaces what the other window wrote."""
    data = {"text": form.cleaned_data["text"], "revision": (saved.revision if saved else 0) + 1}
    shown = WorkForm(data)
    for refusal in refused.refusals:
        field = "text" if refusal.code in {"empty", "too_long"} else None
        shown.add_error(field, f"{refusal.sentence} {refusal.explanation}".strip())
    return shown
