"""Courses with their lessons and how far one learner has come."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from django.db.models import OuterRef, QuerySet, Subquery

from lms.core.selectors import CompiledRead
from lms.modules.models import CourseIndexPage, CoursePage, LessonPage, LessonProgress
from lms.modules.pages import PICTURE
from lms.programmes.models import Course, Enrolment, Module, Programme

STEP = LessonPage.steplen
COURSE_FIELDS = (
    *("code", "title", "summary", "order", "module__title", "module__kind", "module__order", "module__programme"),
    *("content_page__path", "content_page__live", "content_page__intro", "content_page__cover"),
)
LESSON_FIELDS = ("title", "slug", "path", "live", "minutes", "body")
LINE_FIELDS = ("path", "pk", "title", "slug", "minutes")


@dataclass(frozen=True)
class LessonLine:
    """A lesson as lists show it; `completed_at` is this learner's, `minutes` what it counts."""

    pk: int
    title: str
    slug: str
    minutes: int
    completed_at: datetime | None

    @property
    def done(self) -> bool:
        """Whether this learner has finished it."""
        return self.completed_at is not None


@dataclass(frozen=True)
class CourseView:
    """A course with its published lessons, in their order."""

    course: Course
    lessons: tuple[LessonLine, ...]

    @property
    def done(self) -> int:
        """Lessons finished."""
        return sum(lesson.done for lesson in self.lessons)

    @property
    def total(self) -> int:
        """Lessons there are."""
        return len(self.lessons)

    @property
    def minutes(self) -> int:
        """Study minutes of all lessons."""
        return sum(lesson.minutes for lesson in self.lessons)

    @property
    def minutes_done(self) -> int:
        """Study minutes of the finished lessons."""
        return sum(lesson.minutes for lesson in self.lessons if lesson.done)

    @property
    def finished(self) -> bool:
        """Whether there are lessons and all are finished."""
        return bool(self.lessons) and self.done == self.total

    @property
    def next_lesson(self) -> LessonLine | None:
        """The first lesson not finished yet."""
        return next((lesson for lesson in self.lessons if not lesson.done), None)

    def around(self, pk: int) -> tuple[LessonLine | None, LessonLine | None, LessonLine | None]:
        """The lesson before, the lesson itself and the one after; None where there is none."""
        place = next((number for number, lesson in enumerate(self.lessons) if lesson.pk == pk), None)
        if place is None:
            return None, None, None
        before = self.lessons[place - 1] if place else None
        after = self.lessons[place + 1] if place + 1 < self.total else None
        return before, self.lessons[place], after


@dataclass(frozen=True)
class ModuleView:
    """A module with its courses."""

    module: Module
    courses: tuple[CourseView, ...]

    @property
    def done(self) -> int:
        """Lessons finished in the module."""
        return sum(course.done for course in self.courses)

    @property
    def total(self) -> int:
        """Lessons of the module."""
        return sum(course.total for course in self.courses)


def newest_programme() -> Programme | None:
    """What staff without a seat look at: the latest programme that has content."""
    return Programme.objects.filter(content_page__isnull=False).order_by("-year", "-pk").first()


def module_views(programme: Programme, enrolment: Enrolment | None) -> list[ModuleView]:
    """The whole curriculum (R8–R10) with this learner's progress; two queries however many courses and lessons."""
    if enrolment is None:
        lessons = _by_parent(_programme_lessons(programme=programme.pk))
    else:
        lessons = _by_parent(_programme_lessons_with_progress(programme=programme.pk, enrolment=enrolment.pk))
    grouped: dict[Module, list[CourseView]] = defaultdict(list)
    for course in _programme_courses(programme=programme.pk):
        grouped[course.module].append(CourseView(course, tuple(lessons.get(_path(course), ()))))
    return [ModuleView(module, tuple(views)) for module, views in grouped.items()]


def course_view(programme: Programme, code: str, enrolment: Enrolment | None) -> CourseView | None:
    """One course with its lessons, or None when the programme has no such course; two queries."""
    course = _one_course.first(programme=programme.pk, code=code)
    if course is None:
        return None
    path = _path(course)
    if not path:
        return CourseView(course, ())
    rows = _lessons_with_progress(path=path, enrolment=enrolment.pk) if enrolment else _lessons(path=path)
    return CourseView(course, tuple(_by_parent(rows).get(path, ())))


def read_lesson(pk: int) -> LessonPage | None:
    """A published lesson with its text."""
    lesson: LessonPage | None = _one_lesson.first(lesson=pk)
    return lesson


def pictures_of(lesson: LessonPage) -> dict[int, Any]:
    """Image id -> its rendition in page size, of all pictures of the text; at most one query."""
    found = {raw["value"].get("image") for raw in lesson.body.raw_data if raw["type"] == "image"}
    images = sorted(image for image in found if image)
    if not images:
        return {}
    rows = _renditions_of(len(images))(**{f"image{place}": image for place, image in enumerate(images)})
    return {row.image_id: row for row in rows}


def cover_of(course: Course) -> Any:
    """The course's picture in page size, or None when there is none or publishing has not made it yet; one query."""
    page = getattr(course, "content_page", None)
    return _renditions_of(1).first(image0=page.cover_id) if page is not None and page.cover_id else None


def _courses(programme: int) -> QuerySet[Course]:
    found = Course.objects.filter(module__programme=programme).select_related("module", "content_page")
    return found.only(*COURSE_FIELDS).order_by("module__order", "module_id", "order", "pk")


def _path(course: Course) -> str:
    page = getattr(course, "content_page", None)
    return page.path if page and page.live else ""


def _live_lessons(*, path: Any = None, programme: int = 0, enrolment: int = 0) -> QuerySet[LessonPage]:
    """Lines of the published lessons below a path or a programme's section, with the learner's progress or without."""
    root = path or Subquery(CourseIndexPage.objects.filter(programme=programme).values("path")[:1])
    lessons = LessonPage.objects.live().filter(path__startswith=root).order_by("path")
    if not enrolment:
        return lessons.values_list(*LINE_FIELDS)
    mine = LessonProgress.objects.filter(lesson=OuterRef("pk"), enrolment=enrolment).values("completed_at")[:1]
    return lessons.annotate(completed_at=Subquery(mine)).values_list(*LINE_FIELDS, "completed_at")


def _by_parent(rows: Sequence[tuple[Any, ...]]) -> dict[str, list[LessonLine]]:
    """Path of the course page -> its lessons."""
    found: dict[str, list[LessonLine]] = defaultdict(list)
    for path, pk, title, slug, minutes, *completed in rows:
        found[path[:-STEP]].append(LessonLine(pk, title, slug, minutes, completed[0] if completed else None))
    return found


def _renditions(**images: int) -> QuerySet[Any]:
    pictures: Any = CoursePage._meta.get_field("cover").related_model
    renditions = pictures._meta.get_field("renditions").related_model._default_manager
    return renditions.filter(image_id__in=images.values(), filter_spec=PICTURE).only("image", "file", "width", "height")


@cache
def _renditions_of(count: int) -> CompiledRead:
    return CompiledRead(_renditions, **{f"image{place}": int for place in range(count)})


_programme_courses = CompiledRead(_courses, programme=int)
_one_course = CompiledRead(lambda programme, code: _courses(programme).filter(code=code), programme=int, code=str)
_lessons = CompiledRead(_live_lessons, path=str)
_lessons_with_progress = CompiledRead(_live_lessons, path=str, enrolment=int)
_programme_lessons = CompiledRead(_live_lessons, programme=int)
_programme_lessons_with_progress = CompiledRead(_live_lessons, programme=int, enrolment=int)
_one_lesson = CompiledRead(lambda lesson: LessonPage.objects.live().filter(pk=lesson).only(*LESSON_FIELDS), lesson=int)
