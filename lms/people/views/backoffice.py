"""People in the back office: the list, one person, and what may be done for her."""

from typing import Any, ClassVar

import django_filters
from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import PermissionDenied
from django.db.models import Prefetch, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse, reverse_lazy
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext, pgettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from wagtail.admin import messages
from wagtail.admin.filters import WagtailFilterSet
from wagtail.admin.ui.tables import Column, TitleColumn
from wagtail.admin.views.generic import IndexView
from wagtail.admin.widgets.button import HeaderButton
from wagtail.models import ModelLogEntry

from lms.core.exceptions import DomainError
from lms.people.enums import Role, UnitLevel
from lms.people.forms import PersonForm, RevealForm, RolesForm
from lms.people.models import ActivationSheet, Person
from lms.people.permissions import held_roles, person_policy
from lms.people.selectors import find_people, people_open_to, sheet_rows
from lms.people.services import (
    change_person,
    grant_role,
    hand_out_sheet,
    issue_activation_codes,
    reveal_id_number,
    revoke_role,
    unlock_sign_in,
    write_codes,
)

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
HISTORY = 30


class PersonFilterSet(WagtailFilterSet):
    """By level of the unit, by role, and whether the account is in use."""

    level = django_filters.ChoiceFilter(
        field_name="unit__level", choices=UnitLevel.choices, label=gettext_lazy("Level of the unit")
    )
    role = django_filters.ChoiceFilter(
        field_name="user__groups__name", choices=Role.choices, label=gettext_lazy("Role")
    )
    active = django_filters.ChoiceFilter(
        choices=[("yes", gettext_lazy("Password set")), ("no", gettext_lazy("Not activated yet"))],
        label=gettext_lazy("Account"),
        method="by_activation",
    )

    class Meta:
        model = Person
        fields: ClassVar[list[str]] = []

    def by_activation(self, queryset: QuerySet[Person], name: str, value: str) -> QuerySet[Person]:
        """An account without a password cannot sign in yet."""
        waiting = Q(user__password="") | Q(user__password__startswith="!")  # noqa: S106
        return queryset.exclude(waiting) if value == "yes" else queryset.filter(waiting)


class PeopleIndexView(IndexView):
    """Search by name, pinyin, unit or the last four digits of the phone; export without ID numbers."""

    model = Person
    page_title = gettext_lazy("People")
    header_icon = "user"
    index_url_name = "lms_people_index"
    index_results_url_name = "lms_people_index_results"
    filterset_class = PersonFilterSet
    is_searchable = True
    search_fields: ClassVar[list[str]] = ["name"]
    default_ordering = ("pinyin", "pk")
    paginate_by = 50
    any_permission_required: ClassVar[list[str]] = ["view"]
    list_export: ClassVar[list[str]] = ["name", "unit", "position", "phone", "roles_text", "account_text"]
    export_headings: ClassVar[dict[str, Any]] = {
        "name": pgettext_lazy("person", "Name"),
        "roles_text": gettext_lazy("Roles"),
        "account_text": gettext_lazy("Account"),
    }
    export_filename = "people"
    _show_breadcrumbs = True

    @cached_property
    def columns(self) -> list[Column]:
        """Masked phone, no ID number."""
        return [
            TitleColumn("name", label=pgettext("person", "Name"), url_name="lms_people_person", sort_key="pinyin"),
            Column("unit", label=_("Unit"), accessor=lambda person: person.unit or ""),
            Column("position", label=_("Post")),
            Column("masked_phone", label=_("Mobile number")),
            Column("roles", label=_("Roles"), accessor=roles_text),
            Column("account", label=_("Account"), accessor=account_text),
        ]

    def get_base_queryset(self) -> QuerySet[Person]:
        """With unit, account and roles: the same number of queries for any number of rows."""
        roles = Prefetch("user__groups", to_attr="role_groups")
        return people_open_to(self.request.user).select_related("unit", "user").prefetch_related(roles)

    def search_queryset(self, queryset: QuerySet[Person]) -> QuerySet[Person]:
        """Name, pinyin, unit, last four of the phone."""
        return queryset.filter(find_people(self.search_query)) if self.is_searching else queryset

    def filter_queryset(self, queryset: QuerySet[Person]) -> QuerySet[Person]:
        """A person with several roles appears once."""
        found: QuerySet[Person] = super().filter_queryset(queryset)
        return found.distinct() if self.is_filtering else found

    def to_row_dict(self, item: Person) -> dict[str, Any]:
        """What the export says of one person: never the ID number."""
        return {
            "name": item.name,
            "unit": str(item.unit or ""),
            "position": item.position,
            "phone": item.phone or "",
            "roles_text": roles_text(item),
            "account_text": account_text(item),
        }


def roles_text(person: Person) -> str:
    """Roles in words."""
    user: Any = person.user
    names = {group.name for group in user.role_groups}
    return "、".join(str(role.label) for role in Role if role in names)


def account_text(person: Person) -> str:
    """Whether she can sign in."""
    if not person.user.is_active:
        return _("Closed")
    return _("Password set") if person.user.has_usable_password() else _("Not activated yet")


def _crumbs(*steps: tuple[str, Any]) -> list[dict[str, Any]]:
    home = {"url": reverse_lazy("wagtailadmin_home"), "label": _("Home")}
    people = {"url": reverse_lazy("lms_people_index"), "label": _("People")}
    return [home, people, *({"url": url, "label": label} for url, label in steps)]


def _person(request: HttpRequest, pk: int) -> Person:
    return get_object_or_404(people_open_to(request.user).select_related("unit", "user"), pk=pk)


def _history(person: Person) -> QuerySet[ModelLogEntry]:
    about = Q(content_type=ContentType.objects.get_for_model(Person), object_id=str(person.pk)) | Q(
        content_type=ContentType.objects.get_for_model(type(person.user)),
        object_id=str(person.user_id),
        action__startswith="lms_people.",
    )
    return ModelLogEntry.objects.filter(about).select_related("user").order_by("-timestamp", "-pk")[:HISTORY]


def _show(request: HttpRequest, person: Person, *, status: int = 200, **more: Any) -> HttpResponse:
    held = held_roles(person.user)
    own = [role.value for role in Role if role in held] if not person.user.is_superuser else []
    entries = [
        {"at": entry.timestamp, "who": entry.user_display_name, "what": entry.message, "why": entry.data.get("reason")}
        for entry in _history(person)
    ]
    context = {
        "person": person,
        "account": account_text(person),
        "roles": [role.label for role in Role if role in held],
        "may_change": person_policy.allows(request.user, "change"),
        "may_reveal": person_policy.allows(request.user, "reveal_id") and bool(person.id_number),
        "may_grant": person_policy.allows(request.user, "grant_role"),
        "roles_form": RolesForm(initial={"roles": own}),
        "reveal_form": RevealForm(),
        "entries": entries,
        "header_title": person.name,
        "header_icon": "user",
        "breadcrumbs_items": _crumbs(("", person.name)),
        "header_buttons": _buttons(request, person),
        **more,
    }
    return render(request, "lms_people/admin/person.html", context, status=status)


def _buttons(request: HttpRequest, person: Person) -> list[HeaderButton]:
    if not person_policy.allows(request.user, "change") or _is_out_of_reach(request, person):
        return []
    return [HeaderButton(_("Edit"), url=reverse("lms_people_change", args=[person.pk]), icon_name="edit")]


def _is_out_of_reach(request: HttpRequest, person: Person) -> bool:
    """Staff are changed only by those who may give roles."""
    return not person_policy.allows(request.user, "grant_role") and bool(held_roles(person.user))


@require_safe
def person(request: HttpRequest, pk: int) -> HttpResponse:
    """Masked facts, roles, sign-in help and history of one person."""
    return _show(request, _person(request, pk))


@require_http_methods(["GET", "POST"])
def change(request: HttpRequest, pk: int) -> HttpResponse:
    """Correct name, phone, unit or post."""
    held = _person(request, pk)
    if _is_out_of_reach(request, held):
        raise PermissionDenied
    form = PersonForm(request.POST or None, instance=held)
    if request.method == "POST" and form.is_valid():
        try:
            change_person(_person(request, pk), **form.cleaned_data, actor=request.user)
        except DomainError as refusal:
            form.add_error("phone", str(refusal.refusals[0].sentence))
        else:
            messages.success(request, _("The changes are saved."))
            return redirect("lms_people_person", pk)
    context = {
        "form": form,
        "submit_button_label": _("Save"),
        "submit_button_active_label": _("Saving…"),
        "header_title": held.name,
        "header_icon": "user",
        "page_title": held.name,
        "page_subtitle": _("Edit"),
        "breadcrumbs_items": _crumbs((reverse("lms_people_person", args=[pk]), held.name), ("", _("Edit"))),
    }
    return render(request, "wagtailadmin/generic/form.html", context, status=422 if form.errors else 200)


@never_cache
@require_POST
def reveal(request: HttpRequest, pk: int) -> HttpResponse:
    """Show the whole ID number once, after a reason that stays in the history."""
    held = _person(request, pk)
    form = RevealForm(request.POST)
    if not form.is_valid():
        return _show(request, held, status=422, reveal_form=form)
    try:
        number = reveal_id_number(held, reason=form.cleaned_data["reason"], actor=request.user)
    except DomainError as refusal:
        form.add_error("reason", str(refusal.refusals[0].sentence))
        return _show(request, held, status=422, reveal_form=form)
    return _show(request, held, revealed=number)


@require_POST
def roles(request: HttpRequest, pk: int) -> HttpResponse:
    """Give and take roles so that exactly the ticked ones are held."""
    held = _person(request, pk)
    form = RolesForm(request.POST)
    if not form.is_valid():
        return _show(request, held, status=422, roles_form=form)
    wanted = set(form.cleaned_data["roles"])
    present = set(held.user.groups.filter(name__in=Role.values).values_list("name", flat=True))
    try:
        for name in sorted(present - wanted):
            revoke_role(held.user, Role(name), actor=request.user)
        for name in sorted(wanted - present):
            grant_role(held.user, Role(name), actor=request.user)
    except DomainError as refusal:
        form.add_error("roles", str(refusal.refusals[0].sentence))
        return _show(request, held, status=422, roles_form=form)
    messages.success(request, _("The roles are saved."))
    return redirect("lms_people_person", pk)


@require_POST
def new_code(request: HttpRequest, pk: int) -> HttpResponse:
    """A new activation code, shown on its sheet; with it the person sets a new password."""
    held = _person(request, pk)
    try:
        sheet = issue_activation_codes([held], at=timezone.now(), actor=request.user)
    except DomainError as refusal:
        messages.error(request, str(refusal.refusals[0].sentence))
        return redirect("lms_people_person", pk)
    return redirect("lms_people_sheet", sheet.pk)


@require_POST
def unlock(request: HttpRequest, pk: int) -> HttpResponse:
    """Let somebody whom wrong passwords locked out try again at once."""
    unlock_sign_in(_person(request, pk), actor=request.user)
    messages.success(request, _("Signing in is open again."))
    return redirect("lms_people_person", pk)


@never_cache
@require_safe
def sheet(request: HttpRequest, pk: Any) -> HttpResponse:
    """Fresh activation codes, for the person who made them, until they are downloaded."""
    held = get_object_or_404(ActivationSheet, pk=pk, made_by=request.user)
    context = {
        "sheet": held,
        "rows": sheet_rows(held, at=timezone.now()),
        "activate_url": request.build_absolute_uri(reverse("lms_people:activate")),
        "header_title": _("Activation codes"),
        "header_icon": "key",
        "breadcrumbs_items": _crumbs(("", _("Activation codes"))),
    }
    return render(request, "lms_people/admin/sheet.html", context)


@never_cache
@require_POST
def sheet_file(request: HttpRequest, pk: Any) -> HttpResponse:
    """The sheet as a spreadsheet, once."""
    held = get_object_or_404(ActivationSheet, pk=pk, made_by=request.user)
    try:
        rows = hand_out_sheet(held, at=timezone.now())
    except DomainError as refusal:
        messages.error(request, str(refusal.refusals[0].sentence))
        return redirect("lms_people_sheet", pk)
    response = HttpResponse(write_codes(rows), content_type=XLSX)
    response.headers["Content-Disposition"] = 'attachment; filename="activation-codes.xlsx"'
    return response
