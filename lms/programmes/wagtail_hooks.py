"""Registration only."""

from collections.abc import Sequence
from functools import partial

from django.http import HttpRequest
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext, gettext_lazy
from django.utils.translation import gettext as _
from wagtail import hooks
from wagtail.admin.menu import MenuItem
from wagtail.permissions import register_permission_policy

from lms.core.audit import declare_action, declare_fact
from lms.core.screens import HomeJob, MeLink, Place
from lms.core.viewsets import BackofficeItem, backoffice_group
from lms.people.viewsets import role_required
from lms.programmes.audit import figure_name
from lms.programmes.permissions import enrolment_policy, programme_policy, term_policy
from lms.programmes.selectors import current_enrolment
from lms.programmes.views import class_list
from lms.programmes.viewsets import POLICIES, VIEWSETS

for model, model_policy in POLICIES:
    register_permission_policy(model, model_policy)

declare_action("lms_programmes.load", gettext_lazy("Load a programme file"))
declare_action("lms_programmes.change", gettext_lazy("Change a programme"))
declare_action("lms_programmes.add_term", gettext_lazy("Add a term"))
declare_action("lms_programmes.change_term", gettext_lazy("Change a term"))
declare_action("lms_programmes.add_group", gettext_lazy("Add a class"))
declare_action("lms_programmes.change_group", gettext_lazy("Change a class"))
declare_action("lms_programmes.enrol", gettext_lazy("Give a seat"))
declare_action("lms_programmes.end", gettext_lazy("End a seat"))
declare_action("lms_programmes.complete", gettext_lazy("Complete a seat"))
declare_action("lms_programmes.import_list", gettext_lazy("Import a class list"))

declare_fact("lms_programmes.opened_for", gettext_lazy("Demo term around"))
declare_fact("lms_programmes.new", gettext_lazy("New people"))
declare_fact("lms_programmes.known", gettext_lazy("People already known"))
declare_fact("lms_programmes.*", figure_name)


@hooks.register("register_admin_viewset")
def register_viewsets() -> Sequence[object]:
    """Programmes, terms, classes, enrolments."""
    return VIEWSETS


def menu_items() -> Sequence[MenuItem]:
    """What the group holds; other apps add with the hook `lms_backoffice_programme`."""
    rows = (
        (gettext_lazy("Enrolments"), "lms_programmes_enrolment", enrolment_policy, "list-ul"),
        (gettext_lazy("Classes"), "lms_programmes_group", term_policy, "group"),
        (gettext_lazy("Terms"), "lms_programmes_term", term_policy, "calendar-alt"),
        (gettext_lazy("Programmes"), "lms_programmes_programme", programme_policy, "clipboard-list"),
    )
    return [
        BackofficeItem(
            label,
            reverse(f"{name}:index"),
            allowed=partial(asked.allows, action="view"),
            icon_name=icon,
            order=10 * place,
        )
        for place, (label, name, asked, icon) in enumerate(rows, start=1)
    ]


backoffice_group("programme", gettext_lazy("Programme"), icon="calendar-alt", order=300, items=menu_items)


@hooks.register("lms_places")
def today_place() -> Place:
    """今日 in the learner's bar."""
    return Place("today", _("Today"), reverse("lms_programmes:desk"), "today", 10)


@hooks.register("lms_me_links")
def hours_link(request: HttpRequest) -> list[MeLink]:
    """我的学时, for whoever holds a seat."""
    if current_enrolment(request.user) is None:
        return []
    return [MeLink(_("My class hours"), reverse("lms_programmes:hours"), "clock", 20)]


@hooks.register("register_admin_urls")
def register_class_list() -> list[URLPattern]:
    """/admin/class-list/…"""
    may_import = role_required(enrolment_policy, "import_list")
    name = "lms_programmes_class_list"
    return [
        path("class-list/", may_import(class_list.start), name=name),
        path("class-list/template/", may_import(class_list.template), name=f"{name}_template"),
        path("class-list/<uuid:pk>/", may_import(class_list.preview), name=f"{name}_preview"),
        path("class-list/<uuid:pk>/checked/", may_import(class_list.annotated), name=f"{name}_checked"),
        path("class-list/<uuid:pk>/confirm/", may_import(class_list.confirm), name=f"{name}_confirm"),
        path("class-list/<uuid:pk>/discard/", may_import(class_list.discard), name=f"{name}_discard"),
    ]


@hooks.register("lms_backoffice_programme")
def class_list_item() -> Sequence[MenuItem]:
    """The class list, for who may import one."""
    return [
        BackofficeItem(
            gettext_lazy("Import a class list"),
            reverse("lms_programmes_class_list"),
            allowed=lambda user: enrolment_policy.allows(user, "import_list"),
            name="class-list",
            icon_name="upload",
            order=5,
        )
    ]


@hooks.register("lms_backoffice_home")
def home_jobs(request: HttpRequest) -> Sequence[HomeJob]:
    """The class list, for who may import one."""
    if not enrolment_policy.allows(request.user, "import_list"):
        return ()
    text = gettext("From Excel; every row is checked before anything is recorded.")
    return [
        HomeJob(gettext("Import a class list"), reverse("lms_programmes_class_list"), text, "upload", order=110),
    ]
