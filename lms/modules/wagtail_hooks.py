"""Registration only."""

from collections.abc import Sequence
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import include, path, reverse
from django.utils import timezone
from django.utils.translation import gettext, gettext_lazy
from django.utils.translation import gettext as _
from wagtail import hooks
from wagtail.admin.menu import MenuItem
from wagtail.permissions import register_permission_policy

from lms.core.audit import declare_action, declare_fact
from lms.core.screens import Action, DeskCard, HomeJob, Place
from lms.core.templatetags.lms_ui import when
from lms.core.viewsets import BackofficeItem, backoffice_group
from lms.modules.marks import assignment_marks
from lms.modules.models import Assignment, CourseIndexPage, LessonProgress
from lms.modules.pages import lesson_url
from lms.modules.permissions import assignment_policy, lesson_policy, mark_policy
from lms.modules.selectors import Upcoming, count_unmarked, upcoming
from lms.modules.viewsets import AssignmentViewSet, WorksView, assignment_permissions, mark, mark_next
from lms.people.viewsets import answer_forbidden, role_required
from lms.programmes.enums import EnrolmentState
from lms.programmes.marks import MarkSource
from lms.programmes.models import Enrolment

register_permission_policy(Assignment, assignment_permissions)
declare_action("lms_modules.mark", gettext_lazy("Mark an assignment"))

declare_fact("lms_modules.mark", gettext_lazy("Mark"))
assignments = AssignmentViewSet()


@hooks.register("register_admin_viewset")
def register_assignments() -> AssignmentViewSet:
    """Setting assignments."""
    return assignments


@hooks.register("register_admin_urls")
def register_marking() -> list[Any]:
    """The marking desk and the way to the pages."""
    guard = role_required(mark_policy, "view")
    urls = [
        path("<int:pk>/", guard(WorksView.as_view()), name="works"),
        path("<int:pk>/results/", guard(WorksView.as_view(results_only=True)), name="works_results"),
        path("<int:pk>/next/", guard(mark_next), name="next"),
        path("<int:pk>/<int:enrolment_pk>/", guard(mark), name="mark"),
        path("pages/", answer_forbidden(open_pages), name="pages"),
    ]
    return [path("course-work/", include((urls, "lms_modules_admin"), namespace="lms_modules_admin"))]


def open_pages(request: HttpRequest) -> HttpResponse:
    """The newest programme's lessons in Wagtail's explorer."""
    lesson_policy.require(request.user, "change")
    index = CourseIndexPage.objects.order_by("-programme__year", "-pk").first()
    return redirect("wagtailadmin_explore", index.pk) if index else redirect("wagtailadmin_explore_root")


def menu_items() -> Sequence[MenuItem]:
    """What the group holds."""
    return [
        BackofficeItem(
            gettext_lazy("Lessons"),
            reverse("lms_modules_admin:pages"),
            allowed=lambda user: lesson_policy.allows(user, "change"),
            icon_name="doc-full",
            order=10,
        ),
        BackofficeItem(
            gettext_lazy("Assignments"),
            reverse("lms_assignments:index"),
            allowed=lambda user: assignment_policy.allows(user, "view"),
            icon_name="edit",
            order=20,
        ),
    ]


backoffice_group("modules", gettext_lazy("Course content"), icon="doc-full-inverse", order=320, items=menu_items)


@hooks.register("lms_places")
def courses_place() -> Place:
    """课程 in the learner's bar."""
    return Place("courses", _("Courses"), reverse("lms_modules:courses"), "course", 20)


@hooks.register("lms_mark_sources")
def mark_source() -> MarkSource:
    """Assignments (R11)."""
    return assignment_marks


@hooks.register("lms_desk_cards")
def desk_cards(request: HttpRequest, enrolment: Enrolment | None) -> list[DeskCard]:
    """The next assignment that is due and the next lesson; one query."""
    if enrolment is None or enrolment.state != EnrolmentState.ACTIVE:
        return []
    found = upcoming(enrolment, at=timezone.now())
    return [*_assignment_card(found), *_lesson_card(found)]


@hooks.register("before_delete_page")
def keep_studied_lessons(request: HttpRequest, page: Any) -> HttpResponse | None:
    """Study hours point to their lesson: a lesson somebody opened is unpublished, not deleted."""
    if LessonProgress.objects.filter(lesson__path__startswith=page.path).exists():
        messages.error(request, _("Learners have studied this lesson, so it cannot be deleted. Unpublish it instead."))
        return redirect("wagtailadmin_explore", page.get_parent().pk)
    return None


def _assignment_card(found: Upcoming) -> list[DeskCard]:
    if not found.assignment:
        return []
    address = reverse("lms_modules:assignment", args=[found.assignment["pk"]])
    more = found.open_assignments - 1
    return [
        DeskCard(
            key="modules.assignment",
            zone="due",
            title=_("Assignment: %(title)s") % found.assignment,
            text=_("Due %(due)s") % {"due": when(found.due_at)},
            order=30,
            icon="edit",
            state="attention",
            state_label=_("To hand in"),
            lines=(_("%(number)s more assignments follow.") % {"number": more},) if more else (),
            actions=(Action(_("Write"), address),),
        )
    ]


def _lesson_card(found: Upcoming) -> list[DeskCard]:
    lesson = found.lesson
    if not lesson:
        return []
    return [
        DeskCard(
            key="modules.lesson",
            zone="due",
            title=_("Next lesson: %(title)s") % lesson,
            text=_("About %(minutes)s min of online study") % lesson,
            order=60,
            icon="course",
            actions=(Action(_("Read this lesson"), lesson_url(lesson["code"], lesson["slug"])),),
        )
    ]


@hooks.register("lms_backoffice_home")
def home_jobs(request: HttpRequest) -> Sequence[HomeJob]:
    """Lessons to write and works to mark: one query."""
    jobs: list[HomeJob] = []
    if mark_policy.allows(request.user, "change"):
        text = gettext("Texts handed in that have no mark yet.")
        url = reverse("lms_assignments:index")
        jobs.append(HomeJob(gettext("Works to mark"), url, text, "edit", count_unmarked(), 40))
    if lesson_policy.allows(request.user, "change"):
        text = gettext("Text, pictures and videos, course by course.")
        jobs.append(HomeJob(gettext("Write lessons"), reverse("lms_modules_admin:pages"), text, "doc-full", order=120))
    return jobs
