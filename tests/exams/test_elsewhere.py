"""Attendance asks who was sitting an exam at certain moments; exams answers for a whole class at once."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from lms.exams.gates import name_sittings_between
from lms.exams.models import Exam, Sitting
from tests import factories

pytestmark = pytest.mark.django_db
NOW = timezone.now()
MINUTE = timedelta(minutes=1)


def a_sitting(exam: Exam, *, started: int = 0, submitted: int | None = None) -> Sitting:
    seat = factories.an_enrolment(exam.term)
    return Sitting.objects.create(
        exam=exam,
        enrolment=seat,
        owner=seat.person.user,
        seed="s",
        paper="{}",
        paper_digest="d",
        questions=1,
        drawn_at=NOW,
        started_at=NOW + started * MINUTE,
        deadline=NOW + (started + 60) * MINUTE,
        submitted_at=NOW + submitted * MINUTE if submitted is not None else None,
        epoch=1,
    )


@pytest.fixture
def exam() -> Exam:
    return Exam.objects.create(
        term=factories.a_term(),
        title="理论考试",
        opens_at=NOW,
        closes_at=NOW + 120 * MINUTE,
        duration_minutes=60,
        seed="s",
        made_at=NOW,
    )


def asked(sitting: Sitting, first: float, last: float) -> bool:
    span = (sitting.enrolment_id, NOW + timedelta(minutes=first), NOW + timedelta(minutes=last))
    return sitting.enrolment_id in name_sittings_between([span])


def test_from_the_start_to_the_submission_she_sits(exam: Exam) -> None:
    sitting = a_sitting(exam, submitted=40)
    assert [asked(sitting, at, at) for at in (-0.1, 0, 20, 40, 40.1)] == [False, True, True, True, False]


def test_without_a_submission_she_sits_until_the_deadline(exam: Exam) -> None:
    sitting = a_sitting(exam)
    assert [asked(sitting, at, at) for at in (60, 60.1)] == [True, False]


def test_a_span_that_only_touches_counts(exam: Exam) -> None:
    sitting = a_sitting(exam, submitted=40)
    assert asked(sitting, 40, 90)
    assert not asked(sitting, 41, 90)


def test_a_paper_that_was_never_opened_is_no_sitting(exam: Exam) -> None:
    sitting = a_sitting(exam)
    Sitting.objects.filter(pk=sitting.pk).update(started_at=None, deadline=None, epoch=0)
    assert not asked(sitting, 0, 60)


def test_the_answer_names_exam_and_times(exam: Exam) -> None:
    sitting = a_sitting(exam, submitted=40)
    refusal = name_sittings_between([(sitting.enrolment_id, NOW, NOW)])[sitting.enrolment_id]
    assert refusal.code == "sitting_an_exam"
    assert refusal.figures == {
        "title": "理论考试",
        "started_at": sitting.started_at,
        "ended_at": sitting.submitted_at,
    }


@pytest.mark.parametrize("learners", [1, 30])
def test_a_class_is_answered_in_one_query(exam: Exam, learners: int) -> None:
    sittings = [a_sitting(exam, submitted=40) for _number in range(learners)]
    with CaptureQueriesContext(
        connection,
    ) as queries:
        found = name_sittings_between([(row.enrolment_id, NOW, NOW) for row in sittings])
    assert len(found) == learners
    assert len(queries) == 1
    with CaptureQueriesContext(connection) as queries:
        assert name_sittings_between([]) == {}
    assert len(queries) == 0
