"""Opening and finishing lessons, the ledger, and its verifier."""

from datetime import timedelta

import pytest

from lms.core.exceptions import DomainError
from lms.modules.models import LessonProgress
from lms.modules.selectors import course_view, module_views, verify_online_hours
from lms.modules.services import complete_lesson, complete_lesson_together, open_lesson
from lms.modules.signals import lesson_completed
from lms.programmes.enums import EnrolmentState, HourKind
from lms.programmes.models import HourEntry
from lms.programmes.selectors import minutes_earned
from tests import factories
from tests.modules import factories as make

pytestmark = pytest.mark.django_db


@pytest.fixture
def programme():
    return make.a_programme_with_courses(2)


@pytest.fixture
def enrolment(programme):
    return factories.an_enrolment(factories.a_term(programme))


@pytest.fixture
def lesson(programme):
    return make.a_lesson(make.course_of(programme), minutes=29)


def test_finishing_a_lesson_credits_its_minutes_once(enrolment, lesson, noon):
    complete_lesson(enrolment, lesson, at=noon)
    lesson.minutes = 60
    progress = complete_lesson(enrolment, lesson, at=noon + timedelta(hours=1))
    assert (progress.opened_at, progress.completed_at, progress.minutes) == (noon, noon, 29)
    assert minutes_earned(enrolment, HourKind.ONLINE) == 29
    assert minutes_earned(enrolment, HourKind.OFFLINE) == 0
    entry = HourEntry.objects.get()
    assert (entry.source, entry.reference, str(entry.earned_on)) == ("modules.lesson", str(lesson.pk), "2025-03-10")


def test_opening_keeps_the_first_moment(enrolment, lesson, noon):
    open_lesson(enrolment, lesson, at=noon)
    open_lesson(enrolment, lesson, at=noon + timedelta(hours=2))
    progress = complete_lesson(enrolment, lesson, at=noon + timedelta(hours=3))
    assert (progress.opened_at, progress.completed_at) == (noon, noon + timedelta(hours=3))


def test_several_learners_finish_together(enrolment, lesson, noon, django_assert_num_queries):
    learners = [factories.an_enrolment(enrolment.term) for _learner in range(20)]
    complete_lesson(learners[0], lesson, at=noon)
    with django_assert_num_queries(10):
        assert complete_lesson_together(lesson, learners, at=noon) == 19
    assert HourEntry.objects.count() == 20


def test_finishing_is_announced_after_commit(enrolment, lesson, noon, django_capture_on_commit_callbacks):
    heard = []

    def listen(sender, **facts):
        heard.append((facts["enrolment"].pk, facts["lesson"].pk, facts["minutes"]))

    lesson_completed.connect(listen)
    try:
        with django_capture_on_commit_callbacks(execute=True):
            complete_lesson(enrolment, lesson, at=noon)
            complete_lesson(enrolment, lesson, at=noon)
    finally:
        lesson_completed.disconnect(listen)
    assert heard == [(enrolment.pk, lesson.pk, 29)]


@pytest.mark.parametrize("state", [EnrolmentState.COMPLETED, EnrolmentState.WITHDRAWN, EnrolmentState.DEFERRED])
def test_time_counts_only_while_enrolled(enrolment, lesson, noon, state):
    enrolment.state = state
    with pytest.raises(DomainError) as refused:
        complete_lesson(enrolment, lesson, at=noon)
    assert refused.value.code == "seat_not_active"
    assert not LessonProgress.objects.exists()


def test_a_draft_lesson_cannot_be_finished(enrolment, programme, noon):
    draft = make.a_lesson(make.course_of(programme), live=False)
    with pytest.raises(DomainError) as refused:
        complete_lesson(enrolment, draft, at=noon)
    assert refused.value.code == "lesson_not_published"


def test_a_lesson_of_another_programme_cannot_be_finished(enrolment, noon):
    other = make.a_lesson(make.course_of(make.a_programme_with_courses()))
    with pytest.raises(DomainError) as refused:
        open_lesson(enrolment, other, at=noon)
    assert refused.value.code == "other_programme"


def test_progress_is_seen_in_the_curriculum(enrolment, programme, lesson, noon):
    second = make.a_lesson(make.course_of(programme), minutes=31)
    make.a_lesson(make.course_of(programme), live=False)
    complete_lesson(enrolment, lesson, at=noon)
    (module,) = module_views(programme, enrolment)
    first, empty = module.courses
    assert (first.done, first.total, first.minutes_done, first.minutes) == (1, 2, 29, 60)
    assert first.next_lesson.pk == second.pk
    assert (empty.total, empty.next_lesson, empty.finished) == (0, None, False)
    view = course_view(programme, "T1", enrolment)
    assert view.lessons == first.lessons
    before, here, after = view.around(second.pk)
    assert (before.pk, here.pk, after) == (lesson.pk, second.pk, None)
    assert course_view(programme, "T9", enrolment) is None


def test_the_verifier_finds_a_credit_without_a_finished_lesson(enrolment, lesson, noon):
    complete_lesson(enrolment, lesson, at=noon)
    assert list(verify_online_hours()) == []
    LessonProgress.objects.update(minutes=45)
    (difference,) = verify_online_hours()
    assert (difference.expected, difference.found) == ("45 min", "29 min")
