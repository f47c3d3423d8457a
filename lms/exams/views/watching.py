"""Watching an exam: who is in, and how far."""

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from lms.exams.enums import ExamState
from lms.exams.models import Exam
from lms.exams.permissions import exam_policy
from lms.exams.selectors import LiveRow, branches_waiting, exams_listed, exams_watched, live_rows, server_now
from lms.exams.views.screens import SPACE, screen
from lms.people.viewsets import role_required

FILTERS: dict[str, tuple[Any, Callable[[LiveRow], bool]]] = {
    "all": (gettext_lazy("All"), lambda row: True),
    "prepared": (pgettext_lazy("sitting", "Not started"), lambda row: row.state == "prepared"),
    "idle": (gettext_lazy("No save for 2 minutes"), lambda row: row.idle),
    "ended": (pgettext_lazy("exam", "Handed in"), lambda row: row.state == "submitted"),
}


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
    """The invigilator's desk: who is in, how far, last save, time left; fetched anew every few seconds."""
    exam = get_object_or_404(exams_watched(), pk=pk)
    above = ((f"{SPACE}:watch", _("Watch an exam")),)  # class assistants watch; the list of exams is not theirs
    context = screen(
        exam.title, above=above, exam=exam, branches_waiting=branches_waiting(exam), **_live(request, exam)
    )
    return render(request, "lms_exams/backoffice/live.html", context)


@role_required(exam_policy, "watch")
@never_cache
@require_safe
def live_list(request: HttpRequest, pk: int) -> HttpResponse:
    """Only the list of `live`."""
    exam = get_object_or_404(exams_watched(), pk=pk)
    return render(request, "lms_exams/backoffice/live_rows.html", {"exam": exam, **_live(request, exam)})


def _live(request: HttpRequest, exam: Exam) -> dict[str, Any]:
    """?show= is one of the filters; every filter says how many it shows."""
    now = server_now()
    rows = live_rows(exam, now)
    counts = {
        state: sum(row.state == state for row in rows) for state in ("prepared", "running", "submitted", "expired")
    }
    shown = {key: [row for row in rows if fits(row)] for key, (_label, fits) in FILTERS.items()}
    show = request.GET.get("show", "all")
    show = show if show in FILTERS else "all"
    filters = [(key, label, len(shown[key])) for key, (label, _fits) in FILTERS.items()]
    return {"rows": shown[show], "counts": {**counts, "all": len(rows)}, "filters": filters, "show": show, "now": now}
