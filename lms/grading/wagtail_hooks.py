"""Registration only."""

from collections.abc import Sequence

from django.http import HttpRequest
from django.urls import URLResolver, include, path, reverse
from django.utils.translation import gettext, gettext_lazy
from django.utils.translation import gettext as _
from wagtail import hooks
from wagtail.admin.menu import MenuItem

from lms.appeals.rules import AppealableKind
from lms.core.audit import declare_action, declare_fact, numbered
from lms.core.screens import DeskCard, HomeJob, MeLink
from lms.core.viewsets import BackofficeItem, backoffice_group
from lms.grading.audit import outcome_words, result_words
from lms.grading.permissions import result_policy
from lms.grading.selectors import appealable_results
from lms.grading.views import learner, sheet
from lms.people.viewsets import role_required
from lms.programmes.models import Enrolment

declare_action("lms_grading.compose", gettext_lazy("Results composed"))
declare_action("lms_grading.release", gettext_lazy("Results released"))
declare_action("lms_grading.revise", gettext_lazy("Released result revised"))

declare_fact("lms_grading.released", gettext_lazy("Released"))
declare_fact("lms_grading.waiting", gettext_lazy("Waiting for release"))
declare_fact("lms_grading.seats", gettext_lazy("Learners"))
declare_fact("lms_grading.total", gettext_lazy("Total"))
declare_fact("lms_grading.outcome", gettext_lazy("Outcome"), outcome_words)
declare_fact("lms_grading.compose.#", numbered, result_words)

may_view = role_required(result_policy, "view")


@hooks.register("register_admin_urls")
def register_addresses() -> list[URLResolver]:
    """The grade sheet."""
    patterns = [
        path("", may_view(sheet.choose_term), name="index"),
        path("<int:pk>/", may_view(sheet.sheet), name="sheet"),
        path("<int:pk>/compose/", role_required(result_policy, "compose")(sheet.compose), name="compose"),
        path("<int:pk>/release/", role_required(result_policy, "release")(sheet.release), name="release"),
        path("learner/<int:pk>/", may_view(sheet.result), name="result"),
    ]
    return [path("results/", include((patterns, "lms_grading_admin")))]


@hooks.register("lms_desk_cards")
def show_on_desk(request: HttpRequest, enrolment: Enrolment) -> DeskCard | None:
    """今日: the released result."""
    return learner.desk_card(request, enrolment)


@hooks.register("lms_me_links")
def offer_link(request: HttpRequest) -> Sequence[MeLink]:
    """我的: results."""
    return [MeLink(_("My results"), reverse("lms_grading:mine"), "exam", 40)]


@hooks.register("lms_appealable_kinds")
def offer_appeal() -> AppealableKind:
    """A released result can be appealed (R14)."""
    return AppealableKind("grading.result", _("Result"), appealable_results)


def menu_items() -> Sequence[MenuItem]:
    """Entries of the menu group."""
    return [
        BackofficeItem(
            gettext_lazy("Grade sheets"),
            reverse("lms_grading_admin:index"),
            allowed=lambda user: result_policy.allows(user, "view"),
            icon_name="table",
        )
    ]


backoffice_group("grading", gettext_lazy("Final results"), icon="form", order=640, items=menu_items)


@hooks.register("lms_backoffice_home")
def home_jobs(request: HttpRequest) -> Sequence[HomeJob]:
    """The grade sheets, for who may compose results."""
    if not result_policy.allows(request.user, "compose"):
        return ()
    text = gettext("Check every part, compose, have the results released.")
    return [HomeJob(gettext("Compose results"), reverse("lms_grading_admin:index"), text, "table", order=160)]
