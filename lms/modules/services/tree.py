"""The page tree of a programme's content, prepared so that instructors only write."""

from typing import Any

from django.db import transaction

from lms.modules.models import CourseIndexPage, CoursePage
from lms.modules.pages import site_home
from lms.programmes.models import Course, Programme


@transaction.atomic
def prepare_tree(programme: Programme) -> CourseIndexPage:
    """Index page and one page a course under the default site's home; a second call changes nothing.

    Moves the section when the site got another home page since; follows a course's changed title; pages of
    courses that left the programme stay.
    """
    home = site_home()
    index = CourseIndexPage.objects.filter(programme=programme).first()
    if index is None:
        index = _add(
            home,
            CourseIndexPage(title=f"{programme.name} · 课程", slug=f"courses-{programme.slug}", programme=programme),
        )
    elif index.path[: -index.steplen] != home.path:
        index.move(home, pos="last-child")
        index = CourseIndexPage.objects.get(pk=index.pk)
    for course in Course.objects.filter(module__programme=programme).select_related("content_page"):
        _place(index, programme, course)
    return index


def _place(index: CourseIndexPage, programme: Programme, course: Course) -> None:
    page = getattr(course, "content_page", None)
    if page is None:
        _add(index, CoursePage(title=course.title, slug=f"{programme.slug}-{course.code}".lower(), course=course))
    elif page.title != course.title:
        page.title = page.draft_title = course.title
        page.save(update_fields=["title", "draft_title"])


def _add(parent: Any, page: Any) -> Any:
    """treebeard keeps counts on the parent object: read it again before adding."""
    page.show_in_menus = False
    return type(parent)._default_manager.get(pk=parent.pk).add_child(instance=page)
