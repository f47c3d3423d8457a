"""Registration of the back office of people and units, and of the place 我的."""

from collections.abc import Sequence
from typing import Any, ClassVar

from django.db import transaction
from django.http import HttpRequest
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from wagtail import hooks
from wagtail.admin.menu import MenuItem
from wagtail.admin.views.generic import EditView
from wagtail.permissions import register_permission_policy

from lms.core.audit import choice_words, declare_action, declare_fact, listed
from lms.core.screens import HomeJob, Place
from lms.core.viewsets import BackofficeItem, backoffice_group
from lms.people.enums import ConsentKind, Role, UnitLevel
from lms.people.forms import UnitForm
from lms.people.models import Person, Unit
from lms.people.permissions import audit_policy, person_policy, unit_policy
from lms.people.services import set_unit_levels
from lms.people.views import backoffice as views
from lms.people.views.audit import AuditTrailView
from lms.people.viewsets import RoleModelPermissionPolicy, RoleViewSet, role_required

people_permissions = RoleModelPermissionPolicy(Person, person_policy, never={"add", "delete"})
register_permission_policy(Person, people_permissions)
register_permission_policy(Unit, RoleModelPermissionPolicy(Unit, unit_policy, never={"delete"}))

declare_action("lms_people.add", _("Add a person"))
declare_action("lms_people.change", _("Change a person"))
declare_action("lms_people.set_level", _("Set the level of a unit"))
declare_action("lms_people.issue_code", _("Make an activation code"))
declare_action("lms_people.activate", _("Activate an account"))
declare_action("lms_people.reveal_id", _("See an ID number"))
declare_action("lms_people.unlock", _("Open a locked sign-in"))
declare_action("lms_people.grant_role", _("Give a role"))
declare_action("lms_people.revoke_role", _("Take a role away"))
declare_action("lms_people.withdraw_consent", _("Withdraw a consent"))

declare_fact("lms_people.role", _("Role"), choice_words(Role))
declare_fact("lms_people.roles", _("Roles"), lambda held: listed(map(choice_words(Role), held)))
declare_fact("lms_people.unlock.failures", _("Failed attempts"))
declare_fact("lms_people.withdraw_consent.kind", _("Consent"), choice_words(ConsentKind))

may_view = role_required(person_policy, "view")
may_change = role_required(person_policy, "change")
may_reveal = role_required(person_policy, "reveal_id")
may_audit = role_required(audit_policy, "view")
may_grant = role_required(person_policy, "grant_role")
index = views.PeopleIndexView.as_view(permission_policy=people_permissions)
index_results = views.PeopleIndexView.as_view(permission_policy=people_permissions, results_only=True)


class UnitEditView(EditView):
    """A changed level goes through the service: it is recorded, and orders follow it."""

    def save_instance(self) -> Unit:
        """Level first; the form then saves the rest."""
        with transaction.atomic():
            level = UnitLevel(self.form.cleaned_data["level"])
            set_unit_levels({self.form.instance.pk: level}, at=timezone.now(), actor=self.request.user)
            saved: Unit = super().save_instance()
        return saved


class UnitViewSet(RoleViewSet):
    """The tree of employing units: search, filter by level, add and change; a unit is never deleted."""

    model = Unit
    name = "units"
    icon = "group"
    menu_label = _("Units")
    list_display: ClassVar[list[Any]] = ["name", "parent", "level", "code", "contact_name"]
    list_filter: ClassVar[list[str]] = ["level"]
    search_fields: ClassVar[list[str]] = ["name", "code"]
    list_export: ClassVar[list[str]] = ["name", "parent", "level", "code", "contact_name"]
    export_filename = "units"
    form_fields: ClassVar[list[str]] = UnitForm.Meta.fields
    inspect_view_enabled = False
    edit_view_class = UnitEditView

    def get_form_class(self, for_update: bool = False) -> type[UnitForm]:
        """The form that knows the tree."""
        return UnitForm


units = UnitViewSet()


@hooks.register("register_admin_viewset")
def register_units() -> UnitViewSet:
    """Units of the tree."""
    return units


@hooks.register("register_admin_urls")
def register_addresses() -> list[URLPattern]:
    """/admin/people/…"""
    return [
        path("people/", may_view(index), name="lms_people_index"),
        path("people/results/", may_view(index_results), name="lms_people_index_results"),
        path("audit/", may_audit(AuditTrailView.as_view()), name="lms_people_audit"),
        path("audit/results/", may_audit(AuditTrailView.as_view(results_only=True)), name="lms_people_audit_results"),
        path("people/<int:pk>/", may_view(views.person), name="lms_people_person"),
        path("people/<int:pk>/edit/", may_change(views.change), name="lms_people_change"),
        path("people/<int:pk>/id-number/", may_reveal(views.reveal), name="lms_people_reveal"),
        path("people/<int:pk>/roles/", may_grant(views.roles), name="lms_people_roles"),
        path("people/<int:pk>/code/", may_change(views.new_code), name="lms_people_new_code"),
        path("people/<int:pk>/unlock/", may_change(views.unlock), name="lms_people_unlock"),
        path("people/codes/<uuid:pk>/", may_change(views.sheet), name="lms_people_sheet"),
        path("people/codes/<uuid:pk>/file/", may_change(views.sheet_file), name="lms_people_sheet_file"),
    ]


def _items() -> Sequence[MenuItem]:
    return [
        BackofficeItem(
            _("People"),
            reverse("lms_people_index"),
            allowed=lambda user: person_policy.allows(user, "view"),
            name="people-list",
            icon_name="user",
            order=10,
        ),
        BackofficeItem(
            _("Units"),
            reverse(units.get_url_name("index")),
            allowed=lambda user: unit_policy.allows(user, "view"),
            name="units",
            icon_name="group",
            order=30,
        ),
        BackofficeItem(
            _("Audit trail"),
            reverse("lms_people_audit"),
            allowed=lambda user: audit_policy.allows(user, "view"),
            name="audit-trail",
            icon_name="history",
            order=90,
        ),
    ]


backoffice_group("people", _("People"), icon="user", order=120, items=_items)


@hooks.register("lms_places")
def me_place() -> Place:
    """The fourth place of the bar: 我的."""
    return Place("me", gettext("Me"), reverse("lms_people:me"), "me", 40)


@hooks.register("lms_backoffice_home")
def home_jobs(request: HttpRequest) -> Sequence[HomeJob]:
    """People, for who may change them."""
    if not person_policy.allows(request.user, "change"):
        return ()
    text = gettext("Correct facts, hand out activation codes.")
    return [HomeJob(gettext("Find a person"), reverse("lms_people_index"), text, "user", order=190)]
