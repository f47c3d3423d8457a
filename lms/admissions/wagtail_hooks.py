"""Registration only."""

from collections.abc import Sequence

from django.http import HttpRequest
from django.urls import URLResolver, include, path, reverse
from django.utils.translation import gettext, gettext_lazy
from django.utils.translation import gettext as _
from wagtail import hooks
from wagtail.admin.menu import MenuItem

from lms.admissions.enums import ApplicationState
from lms.admissions.permissions import application_policy
from lms.admissions.selectors import application_queue
from lms.admissions.views import reviewing
from lms.core.audit import declare_action
from lms.core.screens import HomeJob, MeLink
from lms.core.viewsets import BackofficeItem, backoffice_group
from lms.people.viewsets import role_required

declare_action("lms_admissions.started", gettext_lazy("Application started"))
declare_action("lms_admissions.submitted", gettext_lazy("Application submitted"))
declare_action("lms_admissions.returned", gettext_lazy("Application returned"))
declare_action("lms_admissions.admitted", gettext_lazy("Applicant admitted"))
declare_action("lms_admissions.wait_listed", gettext_lazy("Applicant put on the wait-list"))
declare_action("lms_admissions.rejected", gettext_lazy("Application not admitted"))
declare_action("lms_admissions.withdrawn", gettext_lazy("Application withdrawn"))

may_view = role_required(application_policy, "view")
may_decide = role_required(application_policy, "decide")


@hooks.register("register_admin_urls")
def register_addresses() -> list[URLResolver]:
    """The desk where applications are reviewed."""
    patterns = [
        path("", may_view(reviewing.ApplicationQueue.as_view()), name="index"),
        path("results/", may_view(reviewing.ApplicationQueue.as_view(results_only=True)), name="results"),
        path("<int:pk>/", may_view(reviewing.review), name="review"),
        path("admit/", may_decide(reviewing.choose_term), name="choose_term"),
        path("admit/<int:pk>/", may_decide(reviewing.admit_several), name="admit"),
    ]
    return [path("admissions/", include((patterns, "lms_admissions_admin")))]


@hooks.register("lms_me_links")
def offer_link(request: HttpRequest) -> Sequence[MeLink]:
    """我的: applications."""
    return [MeLink(_("My applications"), reverse("lms_admissions:mine"), "edit", 40)]


def menu_items() -> Sequence[MenuItem]:
    """Entries of the menu group."""
    return [
        BackofficeItem(
            gettext_lazy("Applications"),
            reverse("lms_admissions_admin:index"),
            allowed=lambda user: application_policy.allows(user, "view"),
            icon_name="form",
        ),
        BackofficeItem(
            gettext_lazy("Ranking and admission"),
            reverse("lms_admissions_admin:choose_term"),
            allowed=lambda user: application_policy.allows(user, "decide"),
            icon_name="order",
        ),
    ]


backoffice_group("admission", gettext_lazy("Admission"), icon="form", order=610, items=menu_items)


@hooks.register("lms_backoffice_home")
def home_jobs(request: HttpRequest) -> Sequence[HomeJob]:
    """Applications that wait, for who may decide them: one query."""
    if not application_policy.allows(request.user, "decide"):
        return ()
    waiting = application_queue().filter(state=ApplicationState.SUBMITTED).count()
    url, text = reverse("lms_admissions_admin:index"), gettext("Look at the proofs, then admit, return or refuse.")
    return [
        HomeJob(gettext("Applications to review"), f"{url}?state=submitted", text, "form", waiting, 25),
        HomeJob(
            gettext("Rank and admit"),
            reverse("lms_admissions_admin:choose_term"),
            gettext("When more have applied than there are seats."),
            "order",
            order=170,
        ),
    ]
