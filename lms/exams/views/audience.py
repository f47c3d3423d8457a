"""Choosing the learners of a re-sit or a make-up exam."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.http import require_http_methods

from lms.core.exceptions import DomainError
from lms.exams.enums import Audience, ExamState
from lms.exams.models import Exam
from lms.exams.permissions import exam_policy
from lms.exams.selectors import ABSENT, FAILED, candidate_rows, server_now
from lms.exams.services import choose_candidates
from lms.exams.views.screens import SPACE, screen
from lms.people.viewsets import role_required


@role_required(exam_policy, "change")
@require_http_methods(["GET", "HEAD", "POST"])
def candidates(request: HttpRequest, pk: int) -> HttpResponse:
    """Everybody of the term with her best theory mark; ?pick=absent or failed ticks those, saving writes the list."""
    exam = get_object_or_404(Exam.objects.select_related("term__programme"), pk=pk)
    now = server_now()
    ticked = {int(value) for value in request.POST.getlist("seat") if value.isdecimal() and len(value) < 19}
    if request.method == "POST":
        try:
            choose_candidates(exam, ticked, at=now, actor=request.user)
        except DomainError as problem:
            for refusal in problem.refusals:
                messages.error(request, refusal.sentence)
        else:
            messages.success(request, _("The list of chosen learners is saved."))
            return redirect(f"{SPACE}:detail", pk)
    pick = request.GET.get("pick", "")
    rows = candidate_rows(exam, now)
    if request.method != "POST":
        ticked = {row.seat.pk for row in rows if row.chosen or (pick in (ABSENT, FAILED) and row.standing == pick)}
    context: dict[str, Any] = {
        "exam": exam,
        "rows": [(row, _words(row.standing), row.seat.pk in ticked) for row in rows],
        "open": exam.audience == Audience.CHOSEN and exam.state != ExamState.CLOSED,
        "absent": sum(row.standing == ABSENT for row in rows),
        "failed": sum(row.standing == FAILED for row in rows),
    }
    return render(request, "lms_exams/backoffice/candidates.html", screen(_("Chosen learners"), **context))


def _words(standing: str) -> str:
    return {
        "absent": _("no theory mark"),
        "failed": _("theory not passed"),
        "passed": _("theory passed"),
        "writing": pgettext("sitting", "In progress"),
    }[standing]
