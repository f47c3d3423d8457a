"""The cards on the learner's desk."""

from datetime import timedelta

import pytest
from django.utils import timezone

from lms.modules.enums import SubmissionKind
from lms.modules.selectors import upcoming
from lms.modules.services import complete_lesson, submit_work
from lms.modules.wagtail_hooks import courses_place, desk_cards, mark_source
from lms.programmes.enums import EnrolmentState, MarkPart
from tests import factories
from tests.modules import factories as make

pytestmark = pytest.mark.django_db


@pytest.fixture
def enrolment():
    return factories.an_enrolment(factories.a_term(make.a_programme_with_courses(2)))


def test_the_next_lesson_and_assignment_take_one_query(enrolment, noon, django_assert_num_queries):
    first = make.a_lesson(make.course_of(enrolment.term.programme))
    second = make.a_lesson(make.course_of(enrolment.term.programme, "T2"), "考核等次")
    other = make.a_programme_with_courses()
    make.a_lesson(make.course_of(other))
    make.an_assignment(enrolment.term, "已截止", due_at=noon)
    done = make.an_assignment(enrolment.term, "已交", due_at=noon + timedelta(days=1))
    waiting = make.an_assignment(enrolment.term, "待交", due_at=noon + timedelta(days=2))
    make.an_assignment(enrolment.term, "更晚", due_at=noon + timedelta(days=3))
    complete_lesson(enrolment, first, at=noon)
    submit_work(enrolment, done, "正文", kind=SubmissionKind.FINAL, revision=1, at=noon)
    upcoming(enrolment, at=noon)
    with django_assert_num_queries(1):
        found = upcoming(enrolment, at=noon)
    assert found.lesson == {"title": "考核等次", "slug": second.slug, "code": "T2", "minutes": 30}
    assert found.assignment == {"pk": waiting.pk, "title": "待交"}
    assert (found.due_at, found.open_assignments) == (waiting.due_at, 2)


def test_the_cards_lead_to_the_lesson_and_the_assignment(enrolment, rf):
    lesson = make.a_lesson(make.course_of(enrolment.term.programme), "考核依据")
    task = make.an_assignment(enrolment.term, due_at=timezone.now() + timedelta(days=1))
    cards = desk_cards(rf.get("/"), enrolment)
    assert [(card.key, card.zone, card.actions[0].url) for card in cards] == [
        ("modules.assignment", "due", f"/courses/assignments/{task.pk}/"),
        ("modules.lesson", "due", f"/courses/T1/{lesson.slug}/"),
    ]


def test_nothing_to_do_gives_no_card(enrolment, rf):
    assert desk_cards(rf.get("/"), enrolment) == []
    assert desk_cards(rf.get("/"), None) == []
    make.a_lesson(make.course_of(enrolment.term.programme))
    enrolment.state = EnrolmentState.COMPLETED
    assert desk_cards(rf.get("/"), enrolment) == []


def test_the_place_and_the_mark_source_are_offered(enrolment):
    assert (courses_place().key, courses_place().url, courses_place().order) == ("courses", "/courses/", 20)
    source = mark_source()
    assert source.part == MarkPart.ASSIGNMENTS
    assert source.marks_of(enrolment.term) == {}
