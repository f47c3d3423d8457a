"""Registration of the question bank's back office."""

from collections.abc import Sequence
from typing import Any

from django.http import HttpRequest
from django.urls import include, path, reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from wagtail import hooks
from wagtail.admin.menu import MenuItem
from wagtail.permissions import register_permission_policy

from lms.core.audit import choice_words, declare_action, declare_fact
from lms.core.screens import HomeJob
from lms.core.viewsets import BackofficeItem, backoffice_group
from lms.people.viewsets import RoleModelPermissionPolicy
from lms.questions import views
from lms.questions.enums import Difficulty, ItemKind
from lms.questions.models import Item
from lms.questions.permissions import item_policy

register_permission_policy(Item, RoleModelPermissionPolicy(Item, item_policy, never={"delete"}))

declare_action("lms_questions.add", _("Add a question"))
declare_action("lms_questions.revise", _("Change a question"))
declare_action("lms_questions.set_state", _("Change the state of a question"))
declare_action("lms_questions.load", _("Load a question bank file"))

declare_fact("lms_questions.kind", _("Kind"), choice_words(ItemKind))
declare_fact("lms_questions.difficulty", _("Difficulty"), choice_words(Difficulty))
declare_fact("lms_questions.read", _("Questions in the file"))
declare_fact("lms_questions.added", _("New questions"))

PATTERNS = [
    path("", views.items, name="index"),
    path("results/", views.items_results, name="index_results"),
    path("stock/", views.overview, name="overview"),
    path("add/", views.add, name="add"),
    path("<int:pk>/", views.edit, name="edit"),
    path("<int:pk>/state/", views.set_state, name="set_state"),
    path("<int:pk>/preview/", views.preview, name="preview"),
]


@hooks.register("register_admin_urls")
def register_addresses() -> list[Any]:
    """/admin/questions/…"""
    return [path("questions/", include((PATTERNS, views.SPACE), namespace=views.SPACE))]


def _allowed(user: Any) -> bool:
    return item_policy.allows(user, "view")


def _items() -> Sequence[MenuItem]:
    list_url, stock_url = reverse(f"{views.SPACE}:index"), reverse(f"{views.SPACE}:overview")
    return [
        BackofficeItem(_("Questions"), list_url, allowed=_allowed, name="questions", icon_name="help", order=10),
        BackofficeItem(_("Stock by course"), stock_url, allowed=_allowed, name="stock", icon_name="list-ul", order=20),
    ]


backoffice_group("questions", _("Question bank"), icon="help", order=410, items=_items)


@hooks.register("lms_backoffice_home")
def home_jobs(request: HttpRequest) -> Sequence[HomeJob]:
    """The question bank, for who may see it."""
    if not _allowed(request.user):
        return ()
    text = gettext("Add, import and review questions by course.")
    return [HomeJob(gettext("Question bank"), reverse(f"{views.SPACE}:index"), text, "help", order=130)]
