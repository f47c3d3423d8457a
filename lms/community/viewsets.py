"""Back office: boards, documents, reported posts, policy questions."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods
from wagtail.admin.ui.tables import Column, TitleColumn
from wagtail.admin.views.generic import CreateView, EditView, IndexView

from lms.community import services
from lms.community.enums import QuestionState, ReportState
from lms.community.forms import AnswerForm, DecideReportForm, ResourceForm, show_refusals
from lms.community.models import Board, PolicyQuestion, PostReport, Resource
from lms.community.permissions import board_policy, forum_policy, question_policy, resource_policy
from lms.community.rules import is_overdue
from lms.community.selectors import consulting_figures, matching, open_reports, questions_for, resources_on_shelf
from lms.core.exceptions import DomainError
from lms.core.templatetags.lms_ui import day, when
from lms.core.viewsets import SaysWhatComes
from lms.people.viewsets import RoleModelPermissionPolicy, RoleViewSet

board_permissions = RoleModelPermissionPolicy(Board, board_policy, never={"delete"})
resource_permissions = RoleModelPermissionPolicy(Resource, resource_policy, never={"delete"})
report_permissions = RoleModelPermissionPolicy(PostReport, forum_policy, never={"add", "delete"})
question_permissions = RoleModelPermissionPolicy(PolicyQuestion, question_policy, never={"add", "delete"})


class MomentColumn(Column):
    """A moment in words: 10月8日 周三 08:30."""

    def get_value(self, instance: Any) -> str:
        return when(super().get_value(instance))


class DayColumn(Column):
    """A day in words, with its year: 2025年10月8日 周三."""

    def get_value(self, instance: Any) -> str:
        return day(super().get_value(instance), "year")


class BoardViewSet(RoleViewSet):
    """Boards of the forum."""

    model = Board
    name = "lms_boards"
    icon = "group"
    menu_label = _("Boards")
    add_to_admin_menu = False
    list_display = ["title", "slug", "order"]
    search_fields = ["title", "description"]
    ordering = ["order", "pk"]
    form_fields = ["title", "slug", "description", "order"]
    list_export = ["title", "slug", "description", "order"]
    export_filename = "boards"


class RefusableMixin:
    """A service's refusal comes back as an error of the form; nothing is kept."""

    def form_valid(self, form: Any) -> HttpResponse:
        try:
            response: HttpResponse = super().form_valid(form)  # type: ignore[misc]
        except DomainError as problem:
            show_refusals(form, problem)
            self.produced_error_message = self.get_error_message()  # type: ignore[attr-defined]
            refused: HttpResponse = self.form_invalid(form)  # type: ignore[attr-defined]
            return refused
        return response


class ResourceCreateView(RefusableMixin, CreateView):
    """Publishing goes through the service."""

    def save_instance(self) -> Resource:
        upload = self.form.cleaned_data["upload"]
        return services.publish_resource(
            self.form.cleaned_data["slug"],
            self.form.facts(),
            content=upload,
            name=upload.name,
            actor=self.request.user,
            at=timezone.now(),
        )


class ResourceEditView(RefusableMixin, EditView):
    """Revising goes through the service."""

    def save_instance(self) -> Resource:
        upload = self.form.cleaned_data["upload"]
        return services.revise_resource(
            self.object,
            self.form.facts(),
            content=upload or None,
            name=upload.name if upload else "",
            actor=self.request.user,
            at=timezone.now(),
        )


class ResourceIndexView(IndexView):
    """Documents, found by any part of their words."""

    def get_base_queryset(self) -> Any:
        return resources_on_shelf()

    def search_queryset(self, queryset: Any) -> Any:
        return matching(queryset, self.search_query) if self.is_searching else queryset


class ResourceViewSet(RoleViewSet):
    """Documents of the library (R24)."""

    model = Resource
    name = "lms_resources"
    icon = "doc-full"
    menu_label = _("Library")
    add_to_admin_menu = False
    index_view_class = ResourceIndexView
    add_view_class = ResourceCreateView
    edit_view_class = ResourceEditView
    list_display = [
        "title",
        "kind",
        "validity",
        Column("version", label=_("Version")),
        Column("download_count", label=_("Downloads"), sort_key="download_count"),
        MomentColumn("updated_at", label=_("Changed at"), sort_key="updated_at"),
    ]
    list_filter = ["kind", "validity"]
    search_fields = ["title"]
    search_backend_name = None
    ordering = ["-updated_at"]
    list_export = [
        "title",
        "get_kind_display",
        "document_number",
        "issuer",
        "get_validity_display",
        "version",
        "download_count",
        "updated_at",
    ]
    export_headings = {
        "get_kind_display": _("Kind"),
        "get_validity_display": _("Validity"),
        "download_count": _("Downloads"),
    }
    export_filename = "library"

    def get_form_class(self, for_update: bool = False) -> type[ResourceForm]:
        return ResourceForm


class ReportQueue(SaysWhatComes, IndexView):
    """Reported posts, the oldest first."""

    model = PostReport
    permission_policy = report_permissions
    any_permission_required = ["view"]
    page_title = _("Reported posts")
    header_icon = "warning"
    empty_hint = _("No post has been reported. Readers report one from its menu in the forum.")
    index_url_name = "lms_community_office:reports"
    index_results_url_name = "lms_community_office:reports_results"
    edit_url_name = "lms_community_office:decide_report"
    search_backend_name = None
    search_fields = ["post__thread__title", "post__body", "note"]
    list_filter = ["state", "reason"]
    default_ordering = "at"
    paginate_by = 50
    list_display = [
        TitleColumn("thread", label=_("Thread"), accessor="post.thread.title", url_name=edit_url_name),
        Column("author", label=_("Author"), accessor="post.author_name"),
        Column("reason", label=_("Reason"), accessor="get_reason_display", sort_key="reason"),
        MomentColumn("at", label=_("Reported at"), sort_key="at"),
        Column("state", label=_("State"), accessor="get_state_display", sort_key="state"),
    ]
    list_export = ["pk", "at", "post.thread.title", "get_reason_display", "note", "get_state_display", "decision"]
    export_headings = {
        "post.thread.title": _("Thread"),
        "get_reason_display": _("Reason"),
        "get_state_display": _("State"),
    }
    export_filename = "reported-posts"

    def get_base_queryset(self) -> Any:
        return open_reports()

    def get_edit_url(self, instance: PostReport) -> Any:
        return reverse(self.edit_url_name, args=[instance.pk])


@require_http_methods(["GET", "HEAD", "POST"])
def decide_report(request: HttpRequest, pk: int) -> HttpResponse:
    """The post on the left, the decision on the right, then the next one."""
    report = get_object_or_404(open_reports(), pk=pk)
    form = DecideReportForm(request.POST or None)
    if request.method == "POST":
        forum_policy.require(request.user, "moderate")
        if form.is_valid() and _carried_out(request, report, form):
            messages.success(request, gettext("The report has been decided."))
            waiting = open_reports().filter(state=ReportState.OPEN).first()
            return (
                redirect("lms_community_office:decide_report", waiting.pk)
                if waiting
                else redirect("lms_community_office:reports")
            )
    context = {"report": report, "post": report.post, "form": form, "open": report.state == ReportState.OPEN}
    return render(request, "lms_community/backoffice/decide_report.html", context)


class QuestionQueue(SaysWhatComes, IndexView):
    """Policy questions by their promised day."""

    model = PolicyQuestion
    permission_policy = question_permissions
    any_permission_required = ["view"]
    page_title = _("Policy questions")
    header_icon = "help"
    template_name = "lms_community/backoffice/questions.html"
    empty_hint = _("No question has been asked yet. Learners and alumni ask on the site.")
    index_url_name = "lms_community_office:questions"
    index_results_url_name = "lms_community_office:questions_results"
    edit_url_name = "lms_community_office:answer"
    search_backend_name = None
    search_fields = ["title"]
    list_filter = ["state", "public"]
    default_ordering = "due_on"
    paginate_by = 50
    list_display = [
        "title",
        Column("category", label=_("Topic"), sort_key="category"),
        Column("asker", label=_("Asked by"), accessor="author_name"),
        DayColumn("due_on", label=_("Promised by"), sort_key="due_on"),
        Column("state", label=_("State"), accessor=lambda row: _shown_state(row), sort_key="state"),
    ]
    list_export = ["pk", "at", "author_name", "author_unit", "category", "title", "due_on", "get_state_display"]
    export_headings = {
        "author_name": _("Asked by"),
        "author_unit": _("Unit"),
        "get_state_display": _("State"),
    }
    export_filename = "policy-questions"

    def get_base_queryset(self) -> Any:
        return questions_for(self.request.user, all_private=True)

    def search_queryset(self, queryset: Any) -> Any:
        return matching(queryset, self.search_query) if self.is_searching else queryset

    def get_edit_url(self, instance: PolicyQuestion) -> Any:
        return reverse(self.edit_url_name, args=[instance.pk])

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        figures = consulting_figures(today=timezone.localdate())
        return super().get_context_data(**kwargs) | {"figures": figures}


@require_http_methods(["GET", "HEAD", "POST"])
def answer(request: HttpRequest, pk: int) -> HttpResponse:
    """The question on the left, the answer on the right, then the next open one."""
    question = get_object_or_404(questions_for(request.user, all_private=True), pk=pk)
    form = AnswerForm(request.POST or None)
    if request.method == "POST":
        question_policy.require(request.user, "answer")
        if form.is_valid():
            try:
                services.answer_question(
                    question, body=form.cleaned_data["body"], expert=request.user, at=timezone.now()
                )
            except DomainError as problem:
                show_refusals(form, problem)
            else:
                messages.success(request, gettext("The answer has been sent."))
                return _next_question(request)
    context = {
        "question": question,
        "answers": question.answers.select_related("author__person__unit"),
        "form": form,
        "may_answer": question_policy.allows(request.user, "answer") and question.state != QuestionState.CLOSED,
        "overdue": question.state == QuestionState.OPEN and is_overdue(question.due_on, timezone.localdate()),
    }
    return render(request, "lms_community/backoffice/answer.html", context)


def _carried_out(request: HttpRequest, report: PostReport, form: DecideReportForm) -> bool:
    reason, now = form.cleaned_data["reason"], timezone.now()
    try:
        if form.cleaned_data["decision"] == DecideReportForm.HIDE:
            services.hide_post(report.post, reason=reason, actor=request.user, at=now)
        else:
            services.dismiss_report(report, reason=reason, actor=request.user, at=now)
    except DomainError as problem:
        show_refusals(form, problem)
        return False
    return True


def _next_question(request: HttpRequest) -> HttpResponse:
    rows = questions_for(request.user, all_private=True).filter(state=QuestionState.OPEN)
    waiting = rows.order_by("due_on", "pk").first()
    if waiting is None:
        return redirect("lms_community_office:questions")
    return redirect("lms_community_office:answer", waiting.pk)


def _shown_state(question: PolicyQuestion) -> str:
    if question.state == QuestionState.OPEN and is_overdue(question.due_on, timezone.localdate()):
        return gettext("Overdue since %(day)s") % {"day": day(question.due_on)}
    return question.get_state_display()
