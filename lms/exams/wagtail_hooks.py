"""Registration of the exams app's screens."""

from collections.abc import Sequence
from typing import Any

from django.http import HttpRequest
from django.urls import include, path, reverse
from django.utils import timezone
from django.utils.translation import gettext, gettext_lazy, pgettext_lazy
from django.utils.translation import gettext as _
from wagtail import hooks
from wagtail.admin.menu import MenuItem
from wagtail.permissions import register_permission_policy

from lms.core.audit import choice_words, declare_action, declare_fact
from lms.core.screens import DeskCard, HomeJob, MeLink
from lms.core.viewsets import BackofficeItem, backoffice_group
from lms.exams.enums import BranchVerdict, IncidentKind, LockKind
from lms.exams.marks import PRACTICAL, THEORY
from lms.exams.models import Exam
from lms.exams.permissions import exam_policy
from lms.exams.selectors import exams_open
from lms.exams.views import audience, branches, integrity, invigilating, practical, results, setting, watching
from lms.exams.views.desk import exam_card
from lms.exams.views.screens import SPACE
from lms.people.viewsets import RoleModelPermissionPolicy
from lms.programmes.marks import MarkSource
from lms.programmes.models import Enrolment

register_permission_policy(Exam, RoleModelPermissionPolicy(Exam, exam_policy, never={"delete"}))

declare_action("lms_exams.add", gettext_lazy("Add an exam"))
declare_action("lms_exams.revise", gettext_lazy("Change an exam"))
declare_action("lms_exams.publish", gettext_lazy("Publish an exam"))
declare_action("lms_exams.prepare", gettext_lazy("Draw papers"))
declare_action("lms_exams.withdraw", gettext_lazy("Withdraw an exam"))
declare_action("lms_exams.close", gettext_lazy("Close an exam"))
declare_action("lms_exams.browser", gettext_lazy("Set Safe Exam Browser"))
declare_action("lms_exams.hand_in", gettext_lazy("Hand in after leaving the page too often"))
declare_action("lms_exams.unlock", gettext_lazy("Unlock a sitting"))
declare_action("lms_exams.practical", gettext_lazy("Enter practical marks"))

declare_action("lms_exams.branch", gettext_lazy("Decide about answers not merged"))

declare_action("lms_exams.branch_file", gettext_lazy("Upload a file of answers"))

declare_fact("lms_exams.entries", gettext_lazy("New entries"))
declare_fact("lms_exams.verdict", gettext_lazy("Decision"), choice_words(BranchVerdict))
declare_fact("lms_exams.questions", gettext_lazy("Questions"))
declare_fact("lms_exams.papers", gettext_lazy("Papers"))
declare_fact("lms_exams.required", gettext_lazy("Only in Safe Exam Browser"))
declare_fact("lms_exams.browser_keys", gettext_lazy("Browser Exam Keys"))
declare_fact("lms_exams.left", gettext_lazy("Times the page was left"))
declare_fact("lms_exams.browser_lock", gettext_lazy("Lock"), choice_words(LockKind))
declare_action("lms_exams.choose", gettext_lazy("Choose who sits an exam"))
declare_action("lms_exams.propose_extra", gettext_lazy("Propose extra time"))
declare_action("lms_exams.decide_extra", gettext_lazy("Decide on extra time"))
declare_action("lms_exams.incident", gettext_lazy("Write down an incident"))

declare_fact("lms_exams.chosen", gettext_lazy("Chosen learners"))
declare_fact("lms_exams.minutes", gettext_lazy("Minutes"))
declare_fact("lms_exams.beyond", gettext_lazy("May go past the end of the window"))
declare_fact("lms_exams.learner", gettext_lazy("Learner"))
declare_fact("lms_exams.granted", pgettext_lazy("extra time", "Granted"))
declare_fact("lms_exams.sittings", gettext_lazy("Sittings"))
declare_fact("lms_exams.kind", gettext_lazy("Kind of incident"), choice_words(IncidentKind))
declare_fact("lms_exams.words", gettext_lazy("What happened"))

PATTERNS = [
    path("", setting.exams, name="index"),
    path("results/", setting.exams_results, name="index_results"),
    path("add/", setting.add, name="add"),
    path("watch/", watching.watch_list, name="watch"),
    path("<int:pk>/", setting.detail, name="detail"),
    path("<int:pk>/edit/", setting.edit, name="edit"),
    path("<int:pk>/act/", setting.act, name="act"),
    path("<int:pk>/live/", watching.live, name="live"),
    path("<int:pk>/live/rows/", watching.live_list, name="live_list"),
    path("<int:pk>/browser/", integrity.browser, name="browser"),
    path("<int:pk>/signals/", integrity.signals, name="signals"),
    path("signals/<int:pk>/", integrity.history, name="signal_history"),
    path("<int:pk>/signals/unlock/", integrity.unlock, name="unlock"),
    path("<int:pk>/candidates/", audience.candidates, name="candidates"),
    path("<int:pk>/extra-time/", invigilating.extra_time, name="extra_time"),
    path("extra-time/<int:pk>/decide/", invigilating.decide_extra, name="decide_extra"),
    path("<int:pk>/incidents/", invigilating.incidents, name="incidents"),
    path("<int:pk>/results/", results.results, name="results"),
    path("<int:pk>/results/list/", results.results_list, name="results_list"),
    path("<int:pk>/mark/", results.mark, name="mark"),
    path("<int:pk>/branches/", branches.branch_list, name="branches"),
    path("sittings/<int:pk>/branches/", branches.branch_detail, name="branch"),
    path("sittings/<int:pk>/branches/file/", branches.upload, name="branch_file"),
    path("sittings/<int:pk>/branches/decide/", branches.decide, name="branch_decide"),
    path("practical/", practical.terms, name="practical"),
    path("practical/<int:pk>/", practical.entry, name="practical_entry"),
    path("practical/learner/<int:pk>/", practical.history, name="practical_history"),
]


@hooks.register("register_admin_urls")
def register_addresses() -> list[Any]:
    """/admin/exams/…"""
    return [path("exams/", include((PATTERNS, SPACE), namespace=SPACE))]


@hooks.register("lms_desk_cards")
def desk_card(request: HttpRequest, enrolment: Enrolment | None) -> DeskCard | None:
    """The exam that is running, open or announced: two queries."""
    return exam_card(enrolment) if enrolment is not None else None


@hooks.register("lms_me_links")
def me_links(request: HttpRequest) -> Sequence[MeLink]:
    """My exams."""
    return [MeLink(_("My exams"), reverse("lms_exams:list"), "exam", order=40)]


@hooks.register("lms_mark_sources")
def theory_source() -> MarkSource:
    """The theory part of the result (R11)."""
    return THEORY


@hooks.register("lms_mark_sources")
def practical_source() -> MarkSource:
    """The practical part of the result (R11)."""
    return PRACTICAL


def _item(label: Any, name: str, icon: str, order: int, action: str) -> MenuItem:
    return BackofficeItem(
        label,
        reverse(f"{SPACE}:{name}"),
        allowed=lambda user: exam_policy.allows(user, action),
        name=f"exams-{name}",
        icon_name=icon,
        order=order,
    )


def _items() -> Sequence[MenuItem]:
    return [
        _item(gettext_lazy("Exams"), "index", "form", 10, "view"),
        _item(gettext_lazy("Watch an exam"), "watch", "view", 20, "watch"),
        _item(gettext_lazy("Practical assessment"), "practical", "edit", 30, "practical"),
    ]


backoffice_group("exams", gettext_lazy("Exams"), icon="form", order=420, items=_items)


@hooks.register("lms_backoffice_home")
def home_jobs(request: HttpRequest) -> Sequence[HomeJob]:
    """Exams open now, exams to prepare, practical marks: one query."""
    jobs: list[HomeJob] = []
    if exam_policy.allows(request.user, "watch"):
        text = gettext("See who is writing, and help when somebody is stuck.")
        count = exams_open(timezone.now()).count()
        jobs.append(HomeJob(gettext("Exams open now"), reverse(f"{SPACE}:watch"), text, "view", count, 15))
    if exam_policy.allows(request.user, "change"):
        text = gettext("Set the window, choose the questions, publish.")
        jobs.append(HomeJob(gettext("Prepare an exam"), reverse(f"{SPACE}:index"), text, "form", order=140))
    if exam_policy.allows(request.user, "practical"):
        text = gettext("One sheet for each term, or from Excel.")
        jobs.append(HomeJob(gettext("Enter practical marks"), reverse(f"{SPACE}:practical"), text, "edit", order=150))
    return jobs
