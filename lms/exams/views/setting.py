"""Setting exams in the back office: these views only translate."""

import django_filters
from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from wagtail.admin.filters import WagtailFilterSet
from wagtail.admin.ui.tables import Column, TitleColumn
from wagtail.admin.views.generic import IndexView

from lms.core.exceptions import DomainError
from lms.core.templatetags.lms_ui import when
from lms.exams.enums import ExamState
from lms.exams.forms import ExamForm, blueprint_of, line_formset, line_sources
from lms.exams.models import Exam
from lms.exams.permissions import exam_policy
from lms.exams.selectors import exams_listed
from lms.exams.services import (
    add_exam,
    close_exam,
    prepare_papers,
    publish_exam,
    revise_exam,
    shortages_of,
    withdraw_exam,
)
from lms.exams.views.screens import SPACE, screen
from lms.people.viewsets import role_required
from lms.programmes.models import Term
from lms.questions.enums import Difficulty, ItemKind


class ExamFilters(WagtailFilterSet):
    """Term × state."""

    term = django_filters.ModelChoiceFilter(label=gettext_lazy("Term"), queryset=Term.objects.order_by("-starts_on"))

    class Meta:
        model = Exam
        fields = ["term", "state"]


class ExamsView(IndexView):
    """Every exam with its window, state and how far it is."""

    model = Exam
    page_title = gettext_lazy("Exams")
    header_icon = "form"
    index_url_name = f"{SPACE}:index"
    index_results_url_name = f"{SPACE}:index_results"
    add_url_name = f"{SPACE}:add"
    add_item_label = gettext_lazy("Add an exam")
    filterset_class = ExamFilters
    search_fields = ["title"]
    search_backend_name = None
    default_ordering = "-opens_at"
    paginate_by = 50
    columns = [
        TitleColumn(
            "title",
            label=pgettext_lazy("exam", "Title"),
            get_url=lambda exam: reverse(f"{SPACE}:detail", args=[exam.pk]),
        ),
        Column("term", label=gettext_lazy("Term"), sort_key="term"),
        Column("opens_at", label=gettext_lazy("Opens"), accessor=lambda exam: when(exam.opens_at), sort_key="opens_at"),
        Column("state", label=gettext_lazy("State"), accessor="get_state_display", sort_key="state"),
        Column("papers", label=gettext_lazy("Papers")),
        Column("started", label=gettext_lazy("Have started")),
        Column("submitted", label=gettext_lazy("Exam handed in")),
    ]
    list_export = ["term.code", "title", "opens_at", "closes_at", "get_state_display", "papers", "started", "submitted"]
    export_headings = {
        "term.code": gettext_lazy("Term"),
        "title": pgettext_lazy("exam", "Title"),
        "opens_at": gettext_lazy("Opens"),
        "closes_at": gettext_lazy("Closes"),
        "get_state_display": gettext_lazy("State"),
        "papers": gettext_lazy("Papers"),
        "started": gettext_lazy("Have started"),
        "submitted": gettext_lazy("Exam handed in"),
    }
    export_filename = "exams"

    def get_base_queryset(self) -> QuerySet[Exam]:
        return exams_listed()


exams = role_required(exam_policy, "view")(ExamsView.as_view())


exams_results = role_required(exam_policy, "view")(ExamsView.as_view(results_only=True))


@role_required(exam_policy, "change")
@require_http_methods(["GET", "HEAD", "POST"])
def add(request: HttpRequest) -> HttpResponse:
    """A new exam as a draft."""
    return _edit(request, None, _("Add an exam"))


@role_required(exam_policy, "change")
@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: HttpRequest, pk: int) -> HttpResponse:
    """Change a draft."""
    exam = get_object_or_404(Exam.objects.select_related("term"), pk=pk)
    if exam.state != ExamState.DRAFT:
        messages.error(request, _("This exam is published. Withdraw it before changing it."))
        return redirect(f"{SPACE}:detail", pk)
    return _edit(request, exam, exam.title)


@role_required(exam_policy, "view")
@require_safe
def detail(request: HttpRequest, pk: int) -> HttpResponse:
    """One exam: facts, blueprint with what the bank has, and what can be done now."""
    exam = get_object_or_404(exams_listed(), pk=pk)
    short = {shortage.row: shortage for shortage in shortages_of(exam)}
    sources, kinds, levels = dict(line_sources()), dict(ItemKind.choices), dict(Difficulty.choices)
    lines = [
        {
            "source": sources.get(next((f"{p}:{row[p]}" for p in ("course", "module") if row.get(p)), ""), ""),
            "kind": kinds[row["kind"]],
            "difficulty": levels.get(row.get("difficulty") or 0, _("any")),
            "count": row["count"],
            "points": row["points"],
            "shortage": short.get(number),
        }
        for number, row in enumerate(exam.blueprint, 1)
    ]
    context = {
        "exam": exam,
        "lines": lines,
        "short": bool(short),
        "questions": sum(row["count"] for row in exam.blueprint),
        "may_change": exam_policy.allows(request.user, "change"),
        "over": timezone.now() > exam.closes_at,
    }
    return render(request, "lms_exams/backoffice/detail.html", screen(exam.title, **context))


@role_required(exam_policy, "change")
@require_POST
def act(request: HttpRequest, pk: int) -> HttpResponse:
    """Publish, draw missing papers, withdraw or close."""
    exam = get_object_or_404(Exam.objects.select_related("term__programme"), pk=pk)
    try:
        messages.success(request, _carry_out(request, exam))
    except DomainError as problem:
        for refusal in problem.refusals:
            messages.error(request, refusal.sentence)
    return redirect(f"{SPACE}:detail", pk)


def _edit(request: HttpRequest, exam: Exam | None, title: str) -> HttpResponse:
    form = ExamForm(request.POST or None, instance=exam)
    lines = line_formset(request.POST or None, exam)
    if request.method == "POST" and form.is_valid() and lines.is_valid():
        values = {**form.cleaned_data, "blueprint": blueprint_of(lines)}
        term = values.pop("term")
        try:
            if exam is None:
                exam = add_exam(term, values, at=timezone.now(), actor=request.user)
            else:
                exam = revise_exam(exam, values, actor=request.user)
        except DomainError as problem:
            form.add_refusals(problem.refusals)
        else:
            messages.success(request, _("The exam was saved."))
            return redirect(f"{SPACE}:detail", exam.pk)
    context = screen(title, form=form, lines=lines, exam=exam)
    return render(request, "lms_exams/backoffice/form.html", context)


def _carry_out(request: HttpRequest, exam: Exam) -> str:
    now, verb = timezone.now(), request.POST.get("act")
    if verb == "publish":
        publish_exam(exam, at=now, actor=request.user)
        return _("The exam is published and the papers are drawn.")
    if verb == "prepare":
        count = prepare_papers(exam, at=now, actor=request.user)
        return ngettext("%(n)s paper was drawn.", "%(n)s papers were drawn.", count) % {"n": count}
    if verb == "withdraw":
        withdraw_exam(exam, reason=request.POST.get("reason", ""), actor=request.user)
        return _("The exam is a draft again. Its papers were dropped.")
    close_exam(exam, at=now, actor=request.user)
    return _("The exam is closed.")
