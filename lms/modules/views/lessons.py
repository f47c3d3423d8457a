"""Courses and lessons."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from lms.core.exceptions import DomainError
from lms.modules.models import LessonPage
from lms.modules.selectors import (
    CourseView,
    LessonLine,
    course_view,
    cover_of,
    module_views,
    pictures_of,
    read_lesson,
    works_of,
)
from lms.modules.services import complete_lesson, open_lesson
from lms.modules.views.access import Reader, for_readers
from lms.programmes.rules import show_hours


@require_safe
@for_readers
def courses(request: HttpRequest, reader: Reader) -> HttpResponse:
    """The whole curriculum with the reader's progress."""
    modules = module_views(reader.programme, reader.enrolment) if reader.programme else []
    views = [view for module in modules for view in module.courses]
    works = works_of(reader.enrolment, at=timezone.now()) if reader.enrolment else []
    context = {
        "reader": reader,
        "modules": [
            (module, [work for work in works if work.assignment.module_id == module.module.pk]) for module in modules
        ],
        "done": sum(view.done for view in views),
        "total": sum(view.total for view in views),
        "minutes_done": sum(view.minutes_done for view in views),
        "minutes": sum(view.minutes for view in views),
        "next": next((view for view in views if view.next_lesson), None) if reader.enrolment else None,
    }
    return render(request, "lms_modules/courses.html", context)


@require_safe
@for_readers
def course(request: HttpRequest, reader: Reader, code: str) -> HttpResponse:
    """One course: what it is, its lessons, the assignments of its module."""
    view = _course(reader, code)
    works = []
    if reader.enrolment:
        works = works_of(reader.enrolment, at=timezone.now(), module_id=view.course.module_id)
    context = {"reader": reader, "view": view, "course": view.course, "works": works, "cover": cover_of(view.course)}
    return render(request, "lms_modules/course.html", context)


@require_safe
@for_readers
def lesson(request: HttpRequest, reader: Reader, code: str, slug: str) -> HttpResponse:
    """One lesson to read."""
    view, line, page = _lesson(reader, code, slug)
    before, _here, after = view.around(line.pk)
    context = {
        "reader": reader,
        "course": view.course,
        "view": view,
        "line": line,
        "lesson": page,
        "pictures": pictures_of(page),
        "number": view.lessons.index(line) + 1,
        "before": before,
        "after": after,
        "counts": reader.studies and not line.done,
    }
    return render(request, "lms_modules/lesson.html", context)


@require_POST
@for_readers
def opened(request: HttpRequest, reader: Reader, code: str, slug: str) -> HttpResponse:
    """The page says that it was opened."""
    _view, _line, page = _lesson(reader, code, slug)
    if reader.studies and reader.enrolment:
        open_lesson(reader.enrolment, page, at=timezone.now())
    return HttpResponse(status=204)


@require_POST
@for_readers
def complete(request: HttpRequest, reader: Reader, code: str, slug: str) -> HttpResponse:
    """Read to the end: count it and lead on to the next lesson."""
    view, line, page = _lesson(reader, code, slug)
    if reader.enrolment is None:
        return redirect("lms_modules:lesson", code, slug)
    try:
        progress = complete_lesson(reader.enrolment, page, at=timezone.now(), actor=request.user)
    except DomainError as refused:
        messages.error(request, " ".join(f"{refusal.sentence} {refusal.explanation}" for refusal in refused.refusals))
        return redirect("lms_modules:lesson", code, slug)
    hours = show_hours(progress.minutes, reader.enrolment.term.programme.class_hour_minutes)
    messages.success(
        request,
        _("“%(lesson)s” is finished; %(hours)s class hours were counted.") % {"lesson": line.title, "hours": hours},
    )
    _before, _here, after = view.around(line.pk)
    return redirect("lms_modules:lesson", code, after.slug) if after else redirect("lms_modules:course", code)


def _course(reader: Reader, code: str) -> CourseView:
    found = course_view(reader.programme, code, reader.enrolment) if reader.programme else None
    if found is None:
        raise Http404
    return found


def _lesson(reader: Reader, code: str, slug: str) -> tuple[CourseView, LessonLine, LessonPage]:
    view = _course(reader, code)
    line = next((lesson for lesson in view.lessons if lesson.slug == slug), None)
    page = read_lesson(line.pk) if line else None
    if line is None or page is None:
        raise Http404
    return view, line, page
