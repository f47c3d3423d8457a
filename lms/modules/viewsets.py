"""Back office: assignments and the desk where they are marked."""

from typing import Any

import django_filters
from django.contrib import messages
from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _
from wagtail.admin.filters import WagtailFilterSet
from wagtail.admin.panels import FieldPanel, FieldRowPanel, ObjectList
from wagtail.admin.ui.tables import Column, TitleColumn
from wagtail.admin.views.generic import IndexView

from lms.core.exceptions import DomainError
from lms.core.templatetags.lms_ui import when
from lms.modules.enums import SubmissionKind, WorkState
from lms.modules.forms import AssignmentForm, MarkForm
from lms.modules.models import Assignment, Submission
from lms.modules.permissions import assignment_policy, mark_policy
from lms.modules.selectors import last_mark, last_submission, next_unmarked, works_to_mark
from lms.modules.services import mark_work
from lms.people.viewsets import RoleModelPermissionPolicy, RoleViewSet
from lms.programmes.models import ClassGroup, Enrolment
from lms.programmes.permissions import seats_open_to

WAITING = Q(handed_in_at__isnull=False, mark__isnull=True)
assignment_permissions = RoleModelPermissionPolicy(Assignment, assignment_policy)
mark_permissions = RoleModelPermissionPolicy(Submission, mark_policy, never={"add", "delete"})


class AssignmentViewSet(RoleViewSet):
    """Setting assignments."""

    model = Assignment
    name = "lms_assignments"
    icon = "edit"
    menu_label = _("Assignments")
    add_to_admin_menu = False
    list_display = [
        "title",
        Column("term", label=_("Term"), sort_key="term__starts_on"),
        Column("module", label=_("Module"), sort_key="module__order"),
        Column("due_at", label=_("Due by"), accessor=lambda row: when(row.due_at), sort_key="due_at"),
        Column("published_label", label=_("Published"), accessor=lambda row: _("Yes") if row.published else _("No")),
        TitleColumn(
            "marking",
            label=_("Marking"),
            accessor=lambda row: _("Mark texts"),
            get_url=lambda row: reverse("lms_modules_admin:works", args=[row.pk]),
        ),
    ]
    list_filter = ["term", "module", "published"]
    list_export = ["title", "term", "module", "due_at", "published"]
    export_filename = "assignments"
    search_fields = ["title", "task"]
    ordering = ["-term__starts_on", "due_at"]
    edit_handler = ObjectList(
        [
            FieldRowPanel([FieldPanel("term"), FieldPanel("module")]),
            FieldPanel("title"),
            FieldPanel("task"),
            FieldPanel("criteria"),
            FieldRowPanel([FieldPanel("due_at"), FieldPanel("published")]),
        ],
        base_form_class=AssignmentForm,
    )


class WorkFilters(WagtailFilterSet):
    """Which learners of the term to show."""

    state = django_filters.ChoiceFilter(
        label=_("State"),
        method="filter_state",
        choices=[
            ("waiting", _("Waiting for a mark")),
            ("marked", WorkState.MARKED.label),
            ("missing", WorkState.MISSED.label),
        ],
    )
    group = django_filters.ModelChoiceFilter(label=_("Class"), queryset=ClassGroup.objects.none())

    class Meta:
        model = Enrolment
        fields: list[str] = []

    def __init__(self, *args: Any, term_id: int, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.filters["group"].queryset = ClassGroup.objects.filter(term_id=term_id)

    def filter_state(self, rows: QuerySet[Enrolment], name: str, value: str) -> QuerySet[Enrolment]:
        """By what was handed in and marked."""
        states = {
            "waiting": WAITING,
            "marked": Q(mark__isnull=False),
            "missing": Q(handed_in_at__isnull=True, mark__isnull=True),
        }
        return rows.filter(states[value])


class WorksView(IndexView):
    """All learners of the term with what they handed in for one assignment."""

    model = Enrolment
    permission_policy = mark_permissions
    any_permission_required = ["view"]
    search_fields = ["person__name", "person__pinyin", "person__unit__name"]
    search_backend_name = None
    default_ordering = "number"
    paginate_by = 50
    header_icon = "edit"
    results_only = False
    list_export = ["number", "name", "class", "unit", "handed_in_at", "mark", "marked_at"]
    export_headings = {
        "number": pgettext_lazy("learner", "Number"),
        "name": pgettext_lazy("person", "Name"),
        "class": _("Class"),
        "unit": _("Unit"),
        "handed_in_at": _("Handed in at"),
        "mark": _("Mark"),
        "marked_at": _("Marked at"),
    }

    @cached_property
    def assignment(self) -> Assignment:
        found = Assignment.objects.select_related("term", "module")
        return get_object_or_404(found, pk=self.kwargs["pk"])

    @cached_property
    def columns(self) -> list[Column]:
        return [
            Column("number", label=pgettext_lazy("learner", "Number"), sort_key="number"),
            TitleColumn(
                "name",
                label=pgettext_lazy("person", "Name"),
                accessor="person.name",
                sort_key="person__pinyin",
                get_url=self._mark_url,
            ),
            Column("group", label=_("Class")),
            Column("unit", label=_("Unit"), accessor="person.unit"),
            Column("state", label=_("State"), accessor=self._state),
            Column(
                "handed_in_at",
                label=_("Handed in at"),
                accessor=lambda row: when(row.handed_in_at),
                sort_key="handed_in_at",
            ),
            Column("mark", label=_("Mark"), accessor=self._mark, sort_key="mark"),
        ]

    @property
    def filterset_class(self) -> type[WorkFilters]:
        return WorkFilters

    def get_filterset_kwargs(self) -> dict[str, Any]:
        return {**super().get_filterset_kwargs(), "term_id": self.assignment.term_id}

    def get_base_queryset(self) -> QuerySet[Enrolment]:
        return seats_open_to(self.request.user, works_to_mark(self.assignment), mark_policy)

    def get_index_url(self) -> str:
        return reverse("lms_modules_admin:works", args=[self.assignment.pk])

    def get_index_results_url(self) -> str:
        return reverse("lms_modules_admin:works_results", args=[self.assignment.pk])

    def get_page_title(self) -> str:
        return gettext("Marking")

    def get_page_subtitle(self) -> str:
        return f"{self.assignment.title} · {self.assignment.term}"

    def get_filename(self) -> str:
        return f"assignment-{self.assignment.pk}"

    @cached_property
    def breadcrumbs_items(self) -> list[dict[str, Any]]:
        assignments = {"url": reverse("lms_assignments:index"), "label": gettext("Assignments")}
        return [{"url": reverse("wagtailadmin_home"), "label": gettext("Home")}, assignments]

    @cached_property
    def verbose_name_plural(self) -> str:
        return gettext("learners")

    def to_row_dict(self, item: Any) -> dict[str, Any]:
        """One line of the export."""
        values = {"name": item.person.name, "class": str(item.group or ""), "unit": str(item.person.unit or "")}
        return {field: values[field] if field in values else getattr(item, field) for field in self.list_export}

    def _mark_url(self, row: Enrolment) -> str:
        return reverse("lms_modules_admin:mark", args=[self.assignment.pk, row.pk])

    def _state(self, row: Any) -> Any:
        if row.mark is not None:
            return WorkState.MARKED.label
        if row.handed_in_at is not None:
            return WorkState.SUBMITTED.label
        return WorkState.MISSED.label

    def _mark(self, row: Any) -> str:
        return "" if row.mark is None else f"{row.mark.normalize():f}"


def mark(request: HttpRequest, pk: int, enrolment_pk: int) -> HttpResponse:
    """Text left, mark right; saving leads to the next text without a mark."""
    assignment = get_object_or_404(Assignment.objects.select_related("term", "module"), pk=pk)
    rows = Enrolment.objects.select_related("person__unit", "group")
    learners = seats_open_to(request.user, rows, mark_policy)
    enrolment = get_object_or_404(learners, pk=enrolment_pk, term=assignment.term_id)
    submission = last_submission(enrolment, assignment, kind=SubmissionKind.FINAL)
    given = last_mark(enrolment, assignment)
    form = MarkForm(initial=_initial(submission, given))
    if request.method == "POST":
        mark_policy.require(request.user, "change")
        form = MarkForm(request.POST)
        if form.is_valid():
            try:
                _save_mark(request, assignment, enrolment, form)
            except DomainError as refused:
                form = _refused(form, refused, submission, given)
            else:
                return _go_on(request, assignment, enrolment)
    waiting = works_to_mark(assignment).filter(WAITING).count()
    context = {
        "assignment": assignment,
        "enrolment": enrolment,
        "submission": submission,
        "given": given,
        "form": form if submission and mark_policy.allows(request.user, "change") else None,
        "waiting": waiting,
        "next": next_unmarked(assignment, after=enrolment),
        "works_url": reverse("lms_modules_admin:works", args=[pk]),
    }
    return render(request, "lms_modules/admin/mark.html", context)


def mark_next(request: HttpRequest, pk: int) -> HttpResponse:
    """The first text that waits for a mark, or back to the list."""
    assignment = get_object_or_404(Assignment.objects.select_related("term"), pk=pk)
    waiting = next_unmarked(assignment)
    if waiting is None:
        messages.info(request, gettext("Every text that was handed in has a mark."))
        return redirect("lms_modules_admin:works", pk)
    return redirect("lms_modules_admin:mark", pk, waiting.pk)


def _initial(submission: Submission | None, given: Any) -> dict[str, Any]:
    first = {"submission": submission.pk if submission else None, "revision": (given.revision if given else 0) + 1}
    return {**first, "value": given.value, "comment": given.comment} if given else first


def _save_mark(request: HttpRequest, assignment: Assignment, enrolment: Enrolment, form: MarkForm) -> None:
    given = form.cleaned_data
    submission = Submission.objects.filter(pk=given["submission"], assignment=assignment, enrolment=enrolment).first()
    if submission is None:
        raise Http404
    mark_work(
        submission,
        given["value"],
        revision=given["revision"],
        at=timezone.now(),
        actor=request.user,
        comment=given["comment"],
        reason=given["reason"],
    )
    messages.success(request, gettext("The mark of %(name)s was saved.") % {"name": enrolment.person.name})


def _go_on(request: HttpRequest, assignment: Assignment, enrolment: Enrolment) -> HttpResponse:
    following = next_unmarked(assignment, after=enrolment)
    if following is None or "stay" in request.POST:
        return redirect("lms_modules_admin:works", assignment.pk)
    return redirect("lms_modules_admin:mark", assignment.pk, following.pk)


def _refused(form: MarkForm, refused: DomainError, submission: Submission | None, given: Any) -> MarkForm:
    """What was typed stays; the hidden version is the present one, so that the marker decides anew."""
    data = {**form.cleaned_data, "submission": str(submission.pk) if submission else ""}
    data["revision"] = str((given.revision if given else 0) + 1)
    shown = MarkForm(data)
    for refusal in refused.refusals:
        field = {"mark_range": "value", "reason_missing": "reason"}.get(refusal.code)
        shown.add_error(field, refusal.sentence)
    return shown
