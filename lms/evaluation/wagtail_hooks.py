"""Registration only."""

from collections.abc import Sequence

from django.http import HttpRequest
from django.urls import URLResolver, include, path, reverse
from django.utils import timezone
from django.utils.translation import gettext, gettext_lazy
from django.utils.translation import gettext as _
from wagtail import hooks
from wagtail.admin.menu import MenuItem
from wagtail.permissions import register_permission_policy

from lms.core.audit import declare_action, declare_fact
from lms.core.screens import Action, DeskCard, HomeJob, MeLink
from lms.core.templatetags.lms_ui import when
from lms.core.viewsets import BackofficeItem, backoffice_group
from lms.evaluation.models import Survey
from lms.evaluation.permissions import survey_policy
from lms.evaluation.selectors import due_survey
from lms.evaluation.viewsets import NotAnsweredView, SurveyViewSet, results, send_reminder, survey_permissions
from lms.people.viewsets import role_required
from lms.programmes.models import Enrolment
from lms.programmes.selectors import is_member

register_permission_policy(Survey, survey_permissions)
declare_action("lms_evaluation.open", gettext_lazy("Survey opened"))
declare_action("lms_evaluation.reschedule", gettext_lazy("Days of a survey changed"))
declare_action("lms_evaluation.remind", gettext_lazy("Survey reminder sent"))

declare_fact("lms_evaluation.count", gettext_lazy("Reminded"))

surveys = SurveyViewSet()
may_view = role_required(survey_policy, "view")
may_remind = role_required(survey_policy, "remind")


@hooks.register("register_admin_viewset")
def register_surveys() -> SurveyViewSet:
    """Surveys."""
    return surveys


@hooks.register("register_admin_urls")
def register_addresses() -> list[URLResolver]:
    """Results and who has not answered."""
    patterns = [
        path("<int:pk>/", may_view(results), name="results"),
        path("<int:pk>/remind/", may_remind(send_reminder), name="remind"),
        path("<int:pk>/missing/", may_remind(NotAnsweredView.as_view()), name="not_answered"),
        path(
            "<int:pk>/missing/results/",
            may_remind(NotAnsweredView.as_view(results_only=True)),
            name="not_answered_results",
        ),
    ]
    return [path("evaluation/", include((patterns, "lms_evaluation_office")))]


@hooks.register("lms_desk_cards")
def offer_survey(request: HttpRequest, enrolment: Enrolment | None) -> DeskCard | None:
    """The survey that waits for the learner; one query."""
    survey = due_survey(enrolment, at=timezone.now()) if enrolment else None
    if survey is None:
        return None
    return DeskCard(
        "evaluation",
        "due",
        survey.title,
        _("Without your name, about three minutes. Open until %(moment)s.") % {"moment": when(survey.closes_at)},
        order=70,
        icon="pen",
        state="attention",
        state_label=_("Please answer"),
        actions=[Action(_("Answer the survey"), reverse("lms_evaluation:survey", args=[survey.pk]))],
    )


@hooks.register("lms_me_links")
def offer_link(request: HttpRequest) -> Sequence[MeLink]:
    """我的: surveys, for learners."""
    if not is_member(request.user):
        return []
    return [MeLink(_("Surveys"), reverse("lms_evaluation:surveys"), "pen", 50)]


def menu_items() -> Sequence[MenuItem]:
    """Entries of the menu group."""
    return [
        BackofficeItem(
            gettext_lazy("Surveys"),
            reverse(surveys.get_url_name("index")),
            allowed=lambda user: survey_policy.allows(user, "view"),
            icon_name="clipboard-list",
        )
    ]


backoffice_group("evaluation", gettext_lazy("Evaluation"), icon="clipboard-list", order=720, items=menu_items)


@hooks.register("lms_backoffice_home")
def home_jobs(request: HttpRequest) -> Sequence[HomeJob]:
    """What learners say, for who may read it."""
    if not survey_policy.allows(request.user, "view"):
        return ()
    text = gettext("Satisfaction term by term, with what learners wrote.")
    url = reverse(surveys.get_url_name("index"))
    return [HomeJob(gettext("Read the surveys"), url, text, "clipboard-list", order=195)]
