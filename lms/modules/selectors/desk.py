"""What the learner's desk shows of lessons and assignments, in one query."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, Exists, OuterRef, QuerySet, Subquery
from django.db.models.functions import JSONObject, Left, Length

from lms.core.selectors import CompiledRead
from lms.modules.enums import SubmissionKind
from lms.modules.models import Assignment, CourseIndexPage, CoursePage, LessonPage, LessonProgress, Submission
from lms.programmes.models import Enrolment, Term

STEP = LessonPage.steplen


@dataclass(frozen=True)
class Upcoming:
    """The next lesson and the next assignment; empty keys where there is none."""

    lesson: dict[str, Any]
    assignment: dict[str, Any]
    due_at: datetime | None
    open_assignments: int


def upcoming(enrolment: Enrolment, *, at: datetime) -> Upcoming:
    """The first lesson not finished and the first assignment not handed in whose deadline lies ahead; one query."""
    term = enrolment.term
    found = _upcoming.first(enrolment=enrolment.pk, term=term.pk, programme=term.programme_id, at=at)
    lesson, assignment, due, waiting = found or (None, None, None, None)
    return Upcoming(lesson or {}, assignment or {}, due, waiting or 0)


def _waiting_for(enrolment: int, term: int, programme: int, at: datetime) -> QuerySet[Any]:
    done = LessonProgress.objects.filter(lesson=OuterRef("pk"), enrolment=enrolment, completed_at__isnull=False)
    root = CourseIndexPage.objects.filter(programme_id=programme).values("path")[:1]
    parent = CoursePage.objects.filter(path=Left(OuterRef("path"), Length(OuterRef("path")) - STEP))
    lessons = LessonPage.objects.live().filter(path__startswith=Subquery(root)).exclude(Exists(done))
    lesson = lessons.order_by("path").annotate(code=Subquery(parent.values("course__code")[:1]))
    handed_in = Submission.objects.filter(assignment=OuterRef("pk"), enrolment=enrolment, kind=SubmissionKind.FINAL)
    waiting = Assignment.objects.filter(term=OuterRef("pk"), published=True, due_at__gt=at).exclude(Exists(handed_in))
    return (
        Term.objects.filter(pk=term)
        .annotate(
            lesson=Subquery(
                lesson.values(data=JSONObject(title="title", slug="slug", code="code", minutes="minutes"))[:1]
            ),
            assignment=Subquery(waiting.order_by("due_at").values(data=JSONObject(pk="pk", title="title"))[:1]),
            due=Subquery(waiting.order_by("due_at").values("due_at")[:1]),
            waiting=Subquery(waiting.order_by().values("term").annotate(number=Count("pk")).values("number")[:1]),
        )
        .values_list("lesson", "assignment", "due", "waiting")
    )


_upcoming = CompiledRead(_waiting_for, enrolment=int, term=int, programme=int, at=datetime)
