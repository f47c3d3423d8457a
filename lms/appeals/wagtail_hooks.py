"""Registration only."""

from collections.abc import Sequence

from django.http import HttpRequest
from django.urls import URLResolver, include, path, reverse
from django.utils.translation import gettext, gettext_lazy
from django.utils.translation import gettext as _
from wagtail import hooks
from wagtail.admin.menu import MenuItem

from lms.appeals import views
from lms.appeals.enums import AppealState
from lms.appeals.permissions import appeal_policy
from lms.appeals.selectors import appeal_queue
from lms.core.audit import declare_action
from lms.core.screens import HomeJob, MeLink
from lms.core.viewsets import BackofficeItem, backoffice_group
from lms.people.viewsets import role_required

declare_action("lms_appeals.file", gettext_lazy("An appeal was filed"))
declare_action("lms_appeals.decide", gettext_lazy("An appeal was decided"))
declare_action("lms_appeals.withdraw", gettext_lazy("An appeal was taken back"))

may_view = role_required(appeal_policy, "view")


@hooks.register("register_admin_urls")
def register_addresses() -> list[URLResolver]:
    """The desk where appeals are decided."""
    patterns = [
        path("", may_view(views.AppealQueue.as_view()), name="index"),
        path("results/", may_view(views.AppealQueue.as_view(results_only=True)), name="results"),
        path("<int:pk>/", may_view(views.decide), name="decide"),
    ]
    return [path("appeals/", include((patterns, "lms_appeals_admin")))]


@hooks.register("lms_me_links")
def offer_link(request: HttpRequest) -> Sequence[MeLink]:
    """我的: appeals."""
    return [MeLink(_("My appeals"), reverse("lms_appeals:mine"), "flag", 60)]


def menu_items() -> Sequence[MenuItem]:
    """Entries of the menu group."""
    return [
        BackofficeItem(
            gettext_lazy("Appeals"),
            reverse("lms_appeals_admin:index"),
            allowed=lambda user: appeal_policy.allows(user, "view"),
            icon_name="help",
        )
    ]


backoffice_group("appeals", gettext_lazy("Appeals"), icon="help", order=660, items=menu_items)


@hooks.register("lms_backoffice_home")
def home_jobs(request: HttpRequest) -> Sequence[HomeJob]:
    """Appeals that wait, for who may decide them: one query."""
    if not appeal_policy.allows(request.user, "decide"):
        return ()
    waiting = appeal_queue().filter(state=AppealState.OPEN).count()
    text = gettext("Every appeal is answered with a reason.")
    return [HomeJob(gettext("Appeals to decide"), reverse("lms_appeals_admin:index"), text, "help", waiting, 50)]
