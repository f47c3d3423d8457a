"""Back office: surveys, their results, and who has not answered."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext, ngettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST, require_safe
from wagtail.admin.ui.tables import Column
from wagtail.admin.views.generic import CreateView, EditView, IndexView

from lms.core.exceptions import DomainError
from lms.core.templatetags.lms_ui import when
from lms.evaluation.conf import evaluation_settings
from lms.evaluation.enums import SurveyState
from lms.evaluation.forms import SurveyForm, show_refusals
from lms.evaluation.models import Survey
from lms.evaluation.permissions import survey_policy
from lms.evaluation.rules import ScaleResult, state_of
from lms.evaluation.selectors import not_answered, results_of, surveys_with_counts
from lms.evaluation.services import open_survey, remind, reschedule_survey
from lms.people.viewsets import RoleModelPermissionPolicy, RoleViewSet
from lms.programmes.models import Enrolment
from lms.programmes.permissions import seats_open_to

survey_permissions = RoleModelPermissionPolicy(Survey, survey_policy, never={"delete"})
enrolment_permissions = RoleModelPermissionPolicy(Enrolment, survey_policy, never={"add", "change", "delete"})


class MomentColumn(Column):
    """A moment in words: 10月8日 周三 08:30."""

    def get_value(self, instance: Any) -> str:
        return when(super().get_value(instance))


class RefusableMixin:
    """A service's refusal comes back as an error of the form."""

    def form_valid(self, form: Any) -> HttpResponse:
        try:
            response: HttpResponse = super().form_valid(form)  # type: ignore[misc]
        except DomainError as problem:
            show_refusals(form, problem)
            self.produced_error_message = self.get_error_message()  # type: ignore[attr-defined]
            refused: HttpResponse = self.form_invalid(form)  # type: ignore[attr-defined]
            return refused
        return response


class SurveyCreateView(RefusableMixin, CreateView):
    """A survey is opened by the service, with the questions of the day."""

    def save_instance(self) -> Survey:
        return open_survey(**self.form.cleaned_data, actor=self.request.user)


class SurveyEditView(RefusableMixin, EditView):
    """Only its days can be changed."""

    def save_instance(self) -> Survey:
        days = {name: self.form.cleaned_data[name] for name in ("opens_at", "closes_at")}
        return reschedule_survey(self.object, **days, actor=self.request.user)


class SurveyIndexView(IndexView):
    """Surveys with how many have answered; the title leads to the results."""

    def get_base_queryset(self) -> Any:
        return surveys_with_counts()

    def get_edit_url(self, instance: Survey) -> str:
        return reverse("lms_evaluation_office:results", args=[instance.pk])


class SurveyViewSet(RoleViewSet):
    """Surveys at the end of terms (R27)."""

    model = Survey
    name = "lms_surveys"
    icon = "clipboard-list"
    menu_label = _("Surveys")
    add_to_admin_menu = False
    index_view_class = SurveyIndexView
    add_view_class = SurveyCreateView
    edit_view_class = SurveyEditView
    list_display = [
        "title",
        Column("term", label=_("Term"), sort_key="term__starts_on"),
        Column("state", label=_("State"), accessor=lambda row: _state(row)),
        Column("answered", label=_("Answers given"), accessor=lambda row: f"{row.answered} / {row.invited}"),
        MomentColumn("closes_at", label=_("Closes at"), sort_key="closes_at"),
    ]
    search_fields = ["title", "term__name"]
    search_backend_name = None
    list_filter = ["term"]
    ordering = ["-opens_at"]
    list_export = ["title", "term", "opens_at", "closes_at", "answered", "invited"]
    export_headings = {"answered": _("Answers given"), "invited": _("Invited")}
    export_filename = "surveys"

    def get_form_class(self, for_update: bool = False) -> type[SurveyForm]:
        return SurveyForm


class NotAnsweredView(IndexView):
    """Who has not answered yet; what the others answered stands nowhere beside it."""

    model = Enrolment
    permission_policy = enrolment_permissions
    any_permission_required = ["view"]
    page_title = _("Not answered yet")
    header_icon = "user"
    search_backend_name = None
    search_fields = ["person__name", "person__pinyin", "person__unit__name"]
    list_filter = ["group"]
    default_ordering = "number"
    paginate_by = 50
    list_display = [
        Column("number", label=pgettext_lazy("learner", "Number"), sort_key="number"),
        Column("name", label=_("Learner's name"), accessor="person.name", sort_key="person__pinyin"),
        Column("group", label=_("Class")),
        Column("unit", label=_("Unit"), accessor="person.unit"),
        Column("phone", label=_("Mobile"), accessor="person.masked_phone"),
    ]
    list_export = ["number", "person.name", "group", "person.unit"]
    export_headings = {"person.name": _("Learner's name"), "group": _("Class"), "person.unit": _("Unit")}
    export_filename = "not-answered"

    def get_base_queryset(self) -> Any:
        missing = not_answered(get_object_or_404(Survey, pk=self.kwargs["pk"]))
        return seats_open_to(self.request.user, missing, survey_policy)

    def get_index_url(self) -> str:
        return reverse("lms_evaluation_office:not_answered", args=[self.kwargs["pk"]])

    def get_index_results_url(self) -> str:
        return reverse("lms_evaluation_office:not_answered_results", args=[self.kwargs["pk"]])


@require_safe
def results(request: HttpRequest, pk: int) -> HttpResponse:
    """One message and one chart a question, the table beside it, source and date under it."""
    survey = get_object_or_404(Survey.objects.select_related("term"), pk=pk)
    found = results_of(survey)
    state = state_of(survey.opens_at, survey.closes_at, timezone.now())
    context = {
        "survey": survey,
        "results": found,
        "charts": [(scale, _message(scale), _bars(scale)) for scale in found.scales],
        "minimum": evaluation_settings.MINIMUM_ANSWERS,
        "state": SurveyState(state).label,
        "missing": max(0, found.invited - found.answered),
        "may_remind": state == SurveyState.OPEN and survey_policy.allows(request.user, "remind"),
        "may_change": survey_policy.allows(request.user, "change"),
        "edit_url": reverse("lms_surveys:edit", args=[survey.pk]),
        "index_url": reverse("lms_surveys:index"),
    }
    return render(request, "lms_evaluation/backoffice/results.html", context)


@require_POST
def send_reminder(request: HttpRequest, pk: int) -> HttpResponse:
    """Remind those who have not answered."""
    survey = get_object_or_404(Survey, pk=pk)
    survey_policy.require(request.user, "remind")
    try:
        count = remind(survey, actor=request.user, at=timezone.now())
    except DomainError as problem:
        messages.error(request, str(problem))
    else:
        sentence = ngettext("%(n)s learner is reminded.", "%(n)s learners are reminded.", count)
        messages.success(request, sentence % {"n": count})
    return redirect("lms_evaluation_office:results", survey.pk)


def _state(survey: Survey) -> str:
    return str(SurveyState(state_of(survey.opens_at, survey.closes_at, timezone.now())).label)


def _message(scale: ScaleResult) -> str:
    if scale.mean is None:
        return gettext("Nobody has answered this question.")
    return gettext("%(satisfied)s%% agree, %(mean)s of 5 on average") % {
        "satisfied": scale.satisfied,
        "mean": scale.mean,
    }


def _bars(scale: ScaleResult) -> list[dict[str, int]]:
    """Rows of chart and table, best first; `width` is the share in per mille of the whole chart."""
    total = scale.answers or 1
    return [
        {
            "value": value,
            "count": count,
            "top": 46 + 40 * place,
            "width": 1000 * count // total,
            "percent": round(100 * count / total),
        }
        for place, (value, count) in enumerate(scale.counts.items())
    ]
