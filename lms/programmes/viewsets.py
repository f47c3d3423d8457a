"""Back-office screens of programmes, terms, classes and enrolments."""

from typing import Any

import django_filters
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from wagtail.admin.filters import WagtailFilterSet
from wagtail.admin.panels import FieldPanel, HelpPanel, MultiFieldPanel, ObjectList
from wagtail.admin.ui.tables import Column
from wagtail.admin.views import generic
from wagtail.coreutils import multigetattr

from lms.core.exceptions import DomainError
from lms.people.viewsets import RoleModelPermissionPolicy, RoleViewSet
from lms.programmes.enums import EnrolmentState
from lms.programmes.forms import GroupForm, ProgrammeForm, TermForm
from lms.programmes.models import ClassGroup, Enrolment, Programme, Term
from lms.programmes.permissions import enrolment_policy, programme_policy, seats_open_to, term_policy
from lms.programmes.selectors import ledger_lines, minutes_by_kind
from lms.programmes.services import change_programme, save_group, save_term

POLICIES = (
    (Programme, RoleModelPermissionPolicy(Programme, programme_policy, never={"add", "delete"})),
    (Term, RoleModelPermissionPolicy(Term, term_policy, never={"delete"})),
    (ClassGroup, RoleModelPermissionPolicy(ClassGroup, term_policy, never={"delete"})),
    (Enrolment, RoleModelPermissionPolicy(Enrolment, enrolment_policy, never={"add", "change", "delete"})),
)


class RefusalsAtTheForm:
    """Mixin of create and edit views: a refused verb comes back as errors above the form, with what was typed."""

    def form_valid(self, form: Any) -> HttpResponse:
        try:
            return super().form_valid(form)  # type: ignore[misc]
        except DomainError as problem:
            for refusal in problem.refusals:
                form.add_error(None, f"{refusal.sentence} {refusal.explanation}".strip())
            self.produced_error_code = "validation_error"
            self.produced_error_message = self.get_error_message()  # type: ignore[attr-defined]
            return self.form_invalid(form)  # type: ignore[attr-defined]


class ProgrammeEditView(RefusalsAtTheForm, generic.EditView):
    def save_instance(self) -> Programme:
        change_programme(self.form.instance, at=timezone.now(), actor=self.request.user)
        return self.form.instance


class TermCreateView(RefusalsAtTheForm, generic.CreateView):
    def save_instance(self) -> Term:
        save_term(self.form.instance, at=timezone.now(), actor=self.request.user)
        return self.form.instance


class TermEditView(RefusalsAtTheForm, generic.EditView):
    def save_instance(self) -> Term:
        save_term(self.form.instance, at=timezone.now(), actor=self.request.user)
        return self.form.instance


class _SavesGroup:
    def save_instance(self) -> ClassGroup:
        form: Any = self.form  # type: ignore[attr-defined]
        save_group(
            form.instance,
            at=timezone.now(),
            actor=self.request.user,  # type: ignore[attr-defined]
            assistants=form.cleaned_data["assistants"],
        )
        return form.instance


class GroupCreateView(RefusalsAtTheForm, _SavesGroup, generic.CreateView):
    pass


class GroupEditView(RefusalsAtTheForm, _SavesGroup, generic.EditView):
    pass


def _panels(heading: Any, *names: str) -> MultiFieldPanel:
    return MultiFieldPanel([FieldPanel(name) for name in names], heading=heading)


class ProgrammeViewSet(RoleViewSet):
    """Every figure of a programme, grouped as the rules group them; new programmes come from files."""

    model = Programme
    name = "lms_programmes_programme"
    icon = "clipboard-list"
    list_display = ["name", "slug", "year"]
    search_fields = ["name", "slug", "organiser"]
    search_backend_name = None
    inspect_view_enabled = True
    inspect_view_fields_exclude = ["id", "notes", "source_digest", "loaded_at"]
    edit_view_class = ProgrammeEditView
    edit_handler = ObjectList(
        [
            HelpPanel(
                content=_(
                    "Figures by which something about a learner was already decided can no longer change; "
                    "the page then says which decision stands in the way."
                )
            ),
            _panels(_("Programme"), "name", "organiser", "year", "summary"),
            _panels(
                _("Class hours"),
                "class_hour_minutes",
                "required_hours",
                "certificate_hours",
                "certificate_online_hours",
            ),
            _panels(_("Weights of the result"), "weight_regular", "weight_theory", "weight_practical"),
            _panels(_("Inside the regular part"), "weight_attendance", "weight_classroom", "weight_assignments"),
            _panels(_("Passing"), "pass_mark", "minimum_regular", "minimum_theory", "minimum_practical"),
            _panels(_("Absence"), "absence_limit_text", "leave_counts_as_absence", "late_grace_minutes"),
            _panels(_("Check-in and check-out"), "check_in_opens_before", "check_in_closes_after"),
            _panels(_("Appeals and certificates"), "appeal_working_days", "number_pattern", "refresh_years"),
            _panels(_("Fee and refund"), "fee_yuan", "fee_includes", "refund_days", "refund_between"),
            _panels(_("Conditions of admission"), "minimum_degree", "appraisal_years", "priority_text"),
        ],
        base_form_class=ProgrammeForm,
    )


class TermViewSet(RoleViewSet):
    model = Term
    name = "lms_programmes_term"
    icon = "calendar-alt"
    list_display = ["name", "code", "programme", "starts_on", "ends_on", "capacity"]
    list_filter = ["programme"]
    list_export = [
        "code",
        "name",
        "programme",
        "starts_on",
        "ends_on",
        "registration_opens_on",
        "registration_closes_on",
        "capacity",
    ]
    export_filename = "terms"
    search_fields = ["name", "code"]
    search_backend_name = None
    ordering = "-starts_on"
    inspect_view_enabled = True
    add_view_class = TermCreateView
    edit_view_class = TermEditView

    def get_form_class(self, for_update: bool = False) -> type[TermForm]:
        return TermForm


class GroupViewSet(RoleViewSet):
    model = ClassGroup
    name = "lms_programmes_group"
    icon = "group"
    list_display = ["name", "code", "term", "kind", "capacity"]
    list_filter = ["term", "kind"]
    list_export = ["term", "code", "name", "kind", "capacity"]
    export_filename = "classes"
    search_fields = ["name", "code", "kind"]
    search_backend_name = None
    inspect_view_enabled = True
    add_view_class = GroupCreateView
    edit_view_class = GroupEditView

    def get_form_class(self, for_update: bool = False) -> type[GroupForm]:
        return GroupForm


class EnrolmentFilterSet(WagtailFilterSet):
    term = django_filters.ModelChoiceFilter(queryset=Term.objects.all(), label=_("Term"))
    group = django_filters.ModelChoiceFilter(
        queryset=ClassGroup.objects.select_related("term").order_by("-term__starts_on", "code"), label=_("Class")
    )
    state = django_filters.ChoiceFilter(choices=EnrolmentState.choices, label=_("State"))

    class Meta:
        model = Enrolment
        fields = ["term", "group", "state"]


def _reaches(item: Enrolment, path: str) -> bool:
    node: Any = item
    for name in path.split(".")[:-1]:
        node = getattr(node, name)
    return node is not None


class EnrolmentIndexView(generic.IndexView):
    def get_base_queryset(self) -> Any:
        rows = super().get_base_queryset().select_related("person__unit", "term", "group")
        return seats_open_to(self.request.user, rows, enrolment_policy)

    def to_row_dict(self, item: Enrolment) -> dict[str, Any]:
        """A cell for every column; a learner without class or unit has an empty one."""
        row = {name: multigetattr(item, name) if _reaches(item, name) else "" for name in self.list_export}
        return row | {"enrolled_at": timezone.make_naive(item.enrolled_at)}


class LedgerView(generic.InspectView):
    """The class-hour ledger of one enrolment, line by line; read only."""

    template_name = "lms_programmes/admin_ledger.html"
    page_title = _("Class hours")

    def get_object(self, queryset: Any = None) -> Any:
        rows = Enrolment.objects.select_related("person__unit", "term__programme", "group")
        return get_object_or_404(seats_open_to(self.request.user, rows, enrolment_policy), pk=self.pk)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        rules = self.object.term.programme
        return super().get_context_data(
            **kwargs,
            enrolment=self.object,
            programme=rules,
            lines=ledger_lines(self.object),
            minutes=minutes_by_kind(self.object),
        )


class EnrolmentViewSet(RoleViewSet):
    model = Enrolment
    name = "lms_programmes_enrolment"
    icon = "list-ul"
    index_view_class = EnrolmentIndexView
    inspect_view_class = LedgerView
    inspect_view_enabled = True
    filterset_class = EnrolmentFilterSet
    search_fields = ["person__name", "person__pinyin", "person__unit__name"]
    search_backend_name = None
    form_fields = ["group"]  # never shown: nobody may add or change by this screen
    list_per_page = 50
    ordering = ["-term__starts_on", "number"]
    list_export = [
        "term.name",
        "group.name",
        "number",
        "person.name",
        "person.unit.name",
        "person.position",
        "get_state_display",
        "enrolled_at",
    ]
    export_headings = {
        "term.name": _("Term"),
        "group.name": _("Class"),
        "number": pgettext_lazy("learner", "Number"),
        "person.name": pgettext_lazy("person", "Name"),
        "person.unit.name": _("Unit"),
        "person.position": _("Post"),
        "get_state_display": _("State"),
        "enrolled_at": _("Enrolled at"),
    }
    export_filename = "enrolments"

    @property
    def list_display(self) -> list[Any]:
        return [
            "person",
            Column("number", label=pgettext_lazy("learner", "Number"), sort_key="number"),
            Column("unit", label=_("Unit"), accessor="person.unit"),
            Column("term", label=_("Term"), sort_key="term__starts_on"),
            Column("group", label=_("Class")),
            Column("state", label=_("State"), accessor="get_state_display", sort_key="state"),
        ]


programme_viewset = ProgrammeViewSet()
term_viewset = TermViewSet()
group_viewset = GroupViewSet()
enrolment_viewset = EnrolmentViewSet()
VIEWSETS = (programme_viewset, term_viewset, group_viewset, enrolment_viewset)
