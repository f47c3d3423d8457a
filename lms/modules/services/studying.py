"""Opening and finishing a lesson; finishing credits the class-hour ledger once."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from lms.core.exceptions import refuse
from lms.modules.models import CoursePage, LessonPage, LessonProgress
from lms.modules.selectors.journals import SOURCE
from lms.modules.signals import lesson_completed
from lms.programmes.enums import EnrolmentState, HourKind
from lms.programmes.models import Enrolment
from lms.programmes.services import Credit, set_credits

STEP = LessonPage.steplen


def open_lesson(enrolment: Enrolment, lesson: LessonPage, *, at: datetime) -> LessonProgress:
    """Record the first opening; later openings change nothing. Refuses as `complete_lesson`."""
    _require_open(lesson, [enrolment])
    progress, _made = LessonProgress.objects.get_or_create(
        enrolment=enrolment, lesson=lesson, defaults={"opened_at": at}
    )
    return progress


def complete_lesson(enrolment: Enrolment, lesson: LessonPage, *, at: datetime, actor: Any = None) -> LessonProgress:
    """The learner has read to the end: her ledger gets the lesson's study minutes, once (R2, R15).

    A repeat changes nothing, also when the lesson's minutes were edited since. Refuses `lesson_not_published`,
    `other_programme`, `seat_not_active`.
    """
    complete_lesson_together(lesson, [enrolment], at=at, actor=actor)
    return LessonProgress.objects.get(enrolment=enrolment, lesson=lesson)


@transaction.atomic
def complete_lesson_together(
    lesson: LessonPage, enrolments: Sequence[Enrolment], *, at: datetime, actor: Any = None
) -> int:
    """Several learners of one term finish a lesson at the same moment; answers how many had not finished before.

    Seven statements however many learners. `lesson_completed` is sent on commit for each of them.
    """
    _require_open(lesson, enrolments)
    LessonProgress.objects.bulk_create(
        [LessonProgress(enrolment=enrolment, lesson=lesson, opened_at=at) for enrolment in enrolments],
        ignore_conflicts=True,
    )
    rows = LessonProgress.objects.select_for_update().filter(
        lesson=lesson, enrolment__in=enrolments, completed_at__isnull=True
    )
    fresh = {progress.enrolment_id for progress in rows.order_by("enrolment_id")}
    LessonProgress.objects.filter(lesson=lesson, enrolment_id__in=fresh).update(completed_at=at, minutes=lesson.minutes)
    set_credits(
        [Credit(pk, lesson.minutes, lesson.title[:200]) for pk in sorted(fresh)],
        kind=HourKind.ONLINE,
        source=SOURCE,
        reference=str(lesson.pk),
        earned_on=timezone.localdate(at),
        at=at,
        actor=actor,
    )
    _announce([enrolment for enrolment in enrolments if enrolment.pk in fresh], lesson, at)
    return len(fresh)


def _announce(enrolments: Sequence[Enrolment], lesson: LessonPage, at: datetime) -> None:
    def send() -> None:
        for enrolment in enrolments:
            lesson_completed.send(LessonProgress, enrolment=enrolment, lesson=lesson, minutes=lesson.minutes, at=at)

    transaction.on_commit(send)


def _require_open(lesson: LessonPage, enrolments: Sequence[Enrolment]) -> None:
    if not lesson.live:
        raise refuse("lesson_not_published", _("This lesson is not open at present."))
    if any(enrolment.state != EnrolmentState.ACTIVE for enrolment in enrolments):
        raise refuse(
            "seat_not_active",
            _("Study time counts only while you are enrolled."),
            _("You can go on reading the lessons."),
        )
    parent = CoursePage.objects.filter(path=lesson.path[:-STEP])
    programme = parent.values_list("course__module__programme_id", flat=True).first()
    if any(enrolment.term.programme_id != programme for enrolment in enrolments):
        raise refuse("other_programme", _("This lesson belongs to another programme."))
