"""Watching an exam: who is in, and how far."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from lms.exams.enums import ExamState
from lms.exams.models import Exam
from lms.exams.permissions import exam_policy
from lms.exams.selectors import exams_listed, live_rows, server_now
from lms.exams.views.screens import SPACE, screen
from lms.people.viewsets import role_required


@role_required(exam_policy, "watch")
@require_safe
def watch_list(request: HttpRequest) -> HttpResponse:
    """Published exams to watch; the way in for class assistants."""
    published = exams_listed().filter(state=ExamState.PUBLISHED).order_by("-opens_at", "-pk")
    return render(
        request, "lms_exams/backoffice/watch_list.html", screen(_("Watch an exam"), above=(), exams=published)
    )


@role_required(exam_policy, "watch")
@never_cache
@require_safe
def live(request: HttpRequest, pk: int) -> HttpResponse:
    """Who is in, progress, last save, time left; the list is fetched anew every few seconds."""
    exam = get_object_or_404(Exam.objects.select_related("term"), pk=pk)
    above = ((f"{SPACE}:watch", _("Watch an exam")),)  # class assistants watch; the list of exams is not theirs
    context = screen(exam.title, above=above, exam=exam, **_live(exam))
    return render(request, "lms_exams/backoffice/live.html", context)


@role_required(exam_policy, "watch")
@never_cache
@require_safe
def live_list(request: HttpRequest, pk: int) -> HttpResponse:
    """Only the list of `live`."""
    exam = get_object_or_404(Exam, pk=pk)
    return render(request, "lms_exams/backoffice/live_rows.html", {"exam": exam, **_live(exam)})


def _live(exam: Exam) -> dict[str, Any]:
    now = server_now()
    rows = live_rows(exam, now)
    counts = {
        state: sum(row.state == state for row in rows) for state in ("prepared", "running", "submitted", "expired")
    }
    return {"rows": rows, "counts": counts, "now": now}
