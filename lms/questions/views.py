"""Back-office screens of the question bank: they only translate."""

from typing import Any

import django_filters
from django.contrib import messages
from django.db.models import Count, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse, reverse_lazy
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from wagtail.admin.filters import WagtailFilterSet
from wagtail.admin.ui.tables import Column, TitleColumn
from wagtail.admin.views.generic import IndexView

from lms.core.exceptions import DomainError
from lms.people.viewsets import role_required
from lms.programmes.models import Course
from lms.questions.enums import ItemState
from lms.questions.forms import ItemForm
from lms.questions.models import Item
from lms.questions.permissions import item_policy
from lms.questions.selectors import current_version, versions_of
from lms.questions.services import add_item, revise_item, set_item_state

SPACE = "lms_questions_backoffice"


class ItemFilters(WagtailFilterSet):
    """Course × kind × difficulty × state."""

    course = django_filters.ModelChoiceFilter(
        label=gettext_lazy("Course"), queryset=lambda request: Course.objects.select_related("module")
    )

    class Meta:
        model = Item
        fields = ["course", "kind", "difficulty", "state"]


class ItemsView(IndexView):
    """The bank: filters, search by any part of question, options or explanation, export."""

    model = Item
    page_title = gettext_lazy("Questions")
    header_icon = "help"
    index_url_name = f"{SPACE}:index"
    index_results_url_name = f"{SPACE}:index_results"
    add_url_name = f"{SPACE}:add"
    edit_url_name = f"{SPACE}:edit"
    add_item_label = gettext_lazy("Add a question")
    filterset_class = ItemFilters
    search_fields = ["search_text"]
    search_backend_name = None
    default_ordering = "course"
    paginate_by = 50
    columns = [
        TitleColumn(
            "stem",
            label=gettext_lazy("Question text"),
            accessor=str,
            get_url=lambda item: reverse(f"{SPACE}:edit", args=[item.pk]),
        ),
        Column("course", label=gettext_lazy("Course"), sort_key="course"),
        Column("kind", label=gettext_lazy("Question kind"), accessor="get_kind_display", sort_key="kind"),
        Column(
            "difficulty", label=gettext_lazy("Difficulty"), accessor="get_difficulty_display", sort_key="difficulty"
        ),
        Column("state", label=gettext_lazy("State"), accessor="get_state_display", sort_key="state"),
    ]
    list_export = ["course.code", "course.title", "get_kind_display", "difficulty", "get_state_display", "stem"]
    export_headings = {
        "course.code": gettext_lazy("Course code"),
        "course.title": gettext_lazy("Course"),
        "get_kind_display": gettext_lazy("Question kind"),
        "difficulty": gettext_lazy("Difficulty"),
        "get_state_display": gettext_lazy("State"),
        "stem": gettext_lazy("Question text"),
    }
    export_filename = "questions"

    def get_base_queryset(self) -> QuerySet[Item]:
        return Item.objects.select_related("course__module")

    def get_edit_url(self, instance: Item) -> str:
        return reverse(self.edit_url_name, args=[instance.pk])


items = role_required(item_policy, "view")(ItemsView.as_view())
items_results = role_required(item_policy, "view")(ItemsView.as_view(results_only=True))


@role_required(item_policy, "change")
@require_http_methods(["GET", "HEAD", "POST"])
def add(request: HttpRequest) -> HttpResponse:
    """A new question, as a draft or ready for papers."""
    form = ItemForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        state = ItemState.DRAFT if "draft" in request.POST else ItemState.READY
        data = form.cleaned_data
        try:
            item = add_item(
                data["course"],
                data["kind"],
                form.body(),
                difficulty=data["difficulty"],
                at=timezone.now(),
                state=state,
                actor=request.user,
            )
        except DomainError as problem:
            form.add_refusals(problem.refusals)
        else:
            messages.success(request, _("The question was added."))
            return redirect(f"{SPACE}:edit", item.pk)
    return render(request, "lms_questions/item_form.html", _context(_("Add a question"), form=form))


@role_required(item_policy, "view")
@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: HttpRequest, pk: int) -> HttpResponse:
    """The question with its versions; saving a changed text makes a new version."""
    item = get_object_or_404(Item.objects.select_related("course__module"), pk=pk)
    version = current_version(item)
    may_change = item_policy.allows(request.user, "change")
    form = ItemForm(request.POST or None, item=item, version=version)
    if request.method == "POST":
        item_policy.require(request.user, "change")
        if form.is_valid():
            data = form.cleaned_data
            try:
                revise_item(
                    item,
                    form.body(),
                    difficulty=data["difficulty"],
                    at=timezone.now(),
                    expected_version=data["version"] or 0,
                    actor=request.user,
                )
            except DomainError as problem:
                form.add_refusals(problem.refusals)
            else:
                messages.success(request, _("The question was saved. Papers already drawn keep their version."))
                return redirect(f"{SPACE}:edit", item.pk)
    context = _context(str(item), form=form, item=item, versions=versions_of(item), may_change=may_change)
    return render(request, "lms_questions/item_form.html", context)


@role_required(item_policy, "change")
@require_POST
def set_state(request: HttpRequest, pk: int) -> HttpResponse:
    """Ready, draft or retired. There is no deletion."""
    item = get_object_or_404(Item, pk=pk)
    if request.POST.get("state") in ItemState.values:
        set_item_state(item, ItemState(request.POST["state"]), at=timezone.now(), actor=request.user)
        messages.success(request, _("The state was changed."))
    return redirect(f"{SPACE}:edit", item.pk)


@role_required(item_policy, "view")
@require_safe
def preview(request: HttpRequest, pk: int) -> HttpResponse:
    """The question as the learner sees it in the exam room."""
    item = get_object_or_404(Item, pk=pk)
    body = current_version(item).body
    question = {"id": "q1", "kind": item.kind, "stem": body["stem"], "options": body["options"], "points": "2"}
    return render(request, "lms_questions/preview.html", {"item": item, "question": question})


@role_required(item_policy, "view")
@require_safe
def overview(request: HttpRequest) -> HttpResponse:
    """How many ready questions each course has, by kind."""
    ready = Item.objects.filter(state=ItemState.READY).order_by()
    rows = ready.values("course__code", "course__title", "kind").annotate(count=Count("pk"))
    table: dict[tuple[str, str], dict[str, int]] = {}
    for row in rows.order_by("course__module__order", "course__order", "course__code"):
        table.setdefault((row["course__code"], row["course__title"]), {})[row["kind"]] = row["count"]
    return render(request, "lms_questions/overview.html", _context(_("Stock by course"), table=table))


def _context(title: str, **more: Any) -> dict[str, Any]:
    crumbs = [
        {"url": reverse("wagtailadmin_home"), "label": _("Home")},
        {"url": reverse_lazy(f"{SPACE}:index"), "label": _("Questions")},
        {"url": "", "label": title},
    ]
    return {"header_title": title, "page_title": title, "header_icon": "help", "breadcrumbs_items": crumbs, **more}
