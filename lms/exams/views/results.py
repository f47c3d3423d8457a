"""Marks of one exam in the back office."""

from typing import Any

import django_filters
from django.contrib import messages
from django.db.models import F, OuterRef, QuerySet, Subquery
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_POST
from wagtail.admin.filters import WagtailFilterSet
from wagtail.admin.ui.tables import Column
from wagtail.admin.views.generic import IndexView

from lms.exams.models import Exam, MarkEntry, Sitting
from lms.exams.permissions import exam_policy
from lms.exams.selectors import server_now, unmarked_expired
from lms.exams.services import (
    mark_expired,
)
from lms.exams.views.screens import SPACE
from lms.people.viewsets import role_required
from lms.programmes.models import ClassGroup


class ResultFilters(WagtailFilterSet):
    """By class."""

    enrolment__group = django_filters.ModelChoiceFilter(
        label=gettext_lazy("Class"), queryset=ClassGroup.objects.select_related("term").order_by("-term", "code")
    )

    class Meta:
        model = Sitting
        fields = ["enrolment__group"]


class ResultsView(IndexView):
    """Marks of one exam; "not sat" is told apart from nought."""

    model = Sitting
    page_title = gettext_lazy("Exam results")
    header_icon = "form"
    template_name = "lms_exams/backoffice/results.html"
    filterset_class = ResultFilters
    search_fields = ["enrolment__person__name", "enrolment__person__pinyin"]
    search_backend_name = None
    default_ordering = "enrolment__number"
    paginate_by = 100
    any_permission_required = None
    columns = [
        Column(
            "number", label=gettext_lazy("Learner number"), accessor="enrolment.number", sort_key="enrolment__number"
        ),
        Column("person", label=gettext_lazy("Full name"), accessor="enrolment.person.name"),
        Column("unit", label=gettext_lazy("Unit"), accessor="unit_name"),
        Column("group", label=gettext_lazy("Class"), accessor="group_name"),
        Column("state", label=gettext_lazy("State"), accessor=lambda sitting: sitting.state_at(timezone.now()).label),
        Column("points", label=gettext_lazy("Points"), accessor="points", sort_key="points"),
        Column("mark", label=gettext_lazy("Mark out of 100"), accessor="mark", sort_key="mark"),
    ]
    list_export = [
        "enrolment.number",
        "enrolment.person.name",
        "unit_name",
        "group_name",
        "started_at",
        "submitted_at",
        "points",
        "mark",
    ]
    export_headings = {
        "enrolment.number": gettext_lazy("Learner number"),
        "enrolment.person.name": gettext_lazy("Full name"),
        "unit_name": gettext_lazy("Unit"),
        "group_name": gettext_lazy("Class"),
        "started_at": gettext_lazy("Started at"),
        "submitted_at": gettext_lazy("Exam handed in"),
        "points": gettext_lazy("Points"),
        "mark": gettext_lazy("Mark out of 100"),
    }

    def setup(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        super().setup(request, *args, **kwargs)
        self.exam = get_object_or_404(Exam.objects.select_related("term"), pk=kwargs["pk"])
        self.export_filename = f"exam-{self.exam.pk}-results"

    def get_page_subtitle(self) -> str:
        return self.exam.title

    def get_index_url(self) -> str:
        return reverse(f"{SPACE}:results", args=[self.exam.pk])

    def get_index_results_url(self) -> str:
        return reverse(f"{SPACE}:results_list", args=[self.exam.pk])

    def get_base_queryset(self) -> QuerySet[Sitting]:
        latest = MarkEntry.objects.filter(sitting=OuterRef("pk")).order_by("-revision")
        rows = Sitting.objects.filter(exam=self.exam).defer("paper")
        return rows.select_related("enrolment__person").annotate(
            unit_name=F("enrolment__person__unit__name"),
            group_name=F("enrolment__group__name"),
            points=Subquery(latest.values("points")[:1]),
            mark=Subquery(latest.values("mark")[:1]),
        )

    def get_context_data(self, *args: Any, **kwargs: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context_data(*args, **kwargs)
        context["exam"] = self.exam
        context["unmarked"] = unmarked_expired(self.exam, timezone.now()).count()
        return context


results = role_required(exam_policy, "results")(ResultsView.as_view())


results_list = role_required(exam_policy, "results")(ResultsView.as_view(results_only=True))


@role_required(exam_policy, "mark")
@require_POST
def mark(request: HttpRequest, pk: int) -> HttpResponse:
    """Write the marks of sittings that ran out of time."""
    count = mark_expired(get_object_or_404(Exam, pk=pk), at=server_now(), actor=request.user)
    messages.success(
        request, ngettext("%(n)s sitting was marked.", "%(n)s sittings were marked.", count) % {"n": count}
    )
    return redirect(f"{SPACE}:results", pk)
