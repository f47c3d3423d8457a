"""Registration only."""

from collections.abc import Sequence

from django.http import HttpRequest
from django.urls import URLResolver, include, path, reverse
from django.utils import timezone
from django.utils.translation import gettext, gettext_lazy, ngettext
from django.utils.translation import gettext as _
from wagtail import hooks
from wagtail.admin.menu import MenuItem
from wagtail.permissions import register_permission_policy

from lms.community.enums import ModerationAct, ReportState
from lms.community.models import Board, Resource
from lms.community.permissions import (
    board_policy,
    forum_policy,
    may_take_part,
    question_policy,
    resource_policy,
)
from lms.community.selectors import consulting_figures, news_for, open_reports
from lms.community.viewsets import (
    BoardViewSet,
    QuestionQueue,
    ReportQueue,
    ResourceViewSet,
    answer,
    board_permissions,
    decide_report,
    resource_permissions,
)
from lms.core.audit import declare_action
from lms.core.screens import Action, DeskCard, HomeJob, MeLink
from lms.core.viewsets import BackofficeItem, backoffice_group
from lms.people.viewsets import role_required
from lms.programmes.models import Enrolment

register_permission_policy(Board, board_permissions)
register_permission_policy(Resource, resource_permissions)
for act in ModerationAct:
    declare_action(f"lms_community.{act.value}", act.label)
declare_action("lms_community.publish", gettext_lazy("Document published"))
declare_action("lms_community.revise", gettext_lazy("Document revised"))
declare_action("lms_community.answer", gettext_lazy("Policy question answered"))
declare_action("lms_community.close", gettext_lazy("Policy question closed"))

boards = BoardViewSet()
resources = ResourceViewSet()
may_see_reports = role_required(forum_policy, "view")
may_see_questions = role_required(question_policy, "view")


@hooks.register("register_admin_viewset")
def register_viewsets() -> list[BoardViewSet | ResourceViewSet]:
    """Boards and library."""
    return [boards, resources]


@hooks.register("register_admin_urls")
def register_addresses() -> list[URLResolver]:
    """The moderators' and the experts' desks."""
    patterns = [
        path("reports/", may_see_reports(ReportQueue.as_view()), name="reports"),
        path("reports/results/", may_see_reports(ReportQueue.as_view(results_only=True)), name="reports_results"),
        path("reports/<int:pk>/", may_see_reports(decide_report), name="decide_report"),
        path("questions/", may_see_questions(QuestionQueue.as_view()), name="questions"),
        path(
            "questions/results/", may_see_questions(QuestionQueue.as_view(results_only=True)), name="questions_results"
        ),
        path("questions/<int:pk>/", may_see_questions(answer), name="answer"),
    ]
    return [path("community/", include((patterns, "lms_community_office")))]


@hooks.register("lms_desk_cards")
def offer_news(request: HttpRequest, enrolment: Enrolment) -> DeskCard | None:
    """Unread replies to the learner's own threads; one query."""
    news = list(news_for(request.user, at=timezone.now()))
    if not news:
        return None
    newest = reverse("lms_community:post", args=[news[0].pk])
    return DeskCard(
        "community",
        "progress",
        _("Replies to your threads"),
        order=80,
        icon="forum",
        state="info",
        state_label=ngettext("%(n)s unread", "%(n)s unread", len(news)) % {"n": len(news)},
        lines=[_("%(name)s in “%(title)s”") % {"name": post.author_name, "title": post.thread.title} for post in news],
        actions=[Action(_("Read the reply"), newest)],
    )


@hooks.register("lms_me_links")
def offer_links(request: HttpRequest) -> Sequence[MeLink]:
    """我的: forum, library, policy questions, for those whom they are open to."""
    if not may_take_part(request.user):
        return []
    return [
        MeLink(_("Exchange forum"), reverse("lms_community:boards"), "forum", 40),
        MeLink(_("Resource library"), reverse("lms_community:library"), "library", 41),
        MeLink(_("Policy questions"), reverse("lms_community:questions"), "question", 42),
    ]


def menu_items() -> Sequence[MenuItem]:
    """Entries of the menu group."""
    return [
        BackofficeItem(
            gettext_lazy("Policy questions"),
            reverse("lms_community_office:questions"),
            allowed=lambda user: question_policy.allows(user, "view"),
            icon_name="help",
            order=10,
        ),
        BackofficeItem(
            gettext_lazy("Reported posts"),
            reverse("lms_community_office:reports"),
            allowed=lambda user: forum_policy.allows(user, "view"),
            icon_name="warning",
            order=20,
        ),
        BackofficeItem(
            gettext_lazy("Library"),
            reverse(resources.get_url_name("index")),
            allowed=lambda user: resource_policy.allows(user, "view"),
            icon_name="doc-full",
            order=30,
        ),
        BackofficeItem(
            gettext_lazy("Boards"),
            reverse(boards.get_url_name("index")),
            allowed=lambda user: board_policy.allows(user, "view"),
            icon_name="group",
            order=40,
        ),
    ]


backoffice_group("community", gettext_lazy("Community"), icon="group", order=700, items=menu_items)


@hooks.register("lms_backoffice_home")
def home_jobs(request: HttpRequest) -> Sequence[HomeJob]:
    """Policy questions and reported posts that wait: two queries."""
    jobs: list[HomeJob] = []
    if question_policy.allows(request.user, "answer"):
        figures = consulting_figures(today=timezone.localdate())
        late = gettext("%(count)s past the day promised.") % {"count": figures.overdue}
        text = late if figures.overdue else gettext("Answer them by the day promised.")
        url = reverse("lms_community_office:questions")
        jobs.append(HomeJob(gettext("Policy questions to answer"), url, text, "help", figures.open, 70))
    if forum_policy.allows(request.user, "moderate"):
        waiting = open_reports().filter(state=ReportState.OPEN).count()
        text, url = gettext("Hide the post or dismiss the report."), reverse("lms_community_office:reports")
        jobs.append(HomeJob(gettext("Reported posts to look at"), url, text, "warning", waiting, 80))
    return jobs
