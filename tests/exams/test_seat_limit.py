"""SQLite writes one save after the other: an exam for too many people is refused there, and only there."""

from datetime import timedelta

import pytest
from django.core.checks import run_checks
from django.db import connection

from lms.core.exceptions import DomainError
from lms.exams.enums import ExamState
from lms.exams.models import Exam
from lms.exams.services import add_exam, publish_exam
from tests import factories as base
from tests.exams import factories

pytestmark = pytest.mark.django_db
ON_SQLITE = connection.vendor == "sqlite"


@pytest.fixture
def draft(noon, settings):
    """For four people, where three are carried; the window lies in the future of every clock."""
    settings.LMS_EXAMS_SQLITE_SEATS = 3
    term = base.a_term()
    factories.a_bank(term, noon)
    for _number in range(4):
        base.an_enrolment(term)
    return add_exam(term, factories.exam_values(noon.replace(year=2999)), at=noon, seed="seed")


def warnings():
    return [found for found in run_checks(databases=["default"]) if found.id == "lms_exams.W002"]


def test_an_exam_for_too_many_people_is_refused_with_the_figures(draft, noon):
    if not ON_SQLITE:
        assert publish_exam(draft, at=noon).sittings.count() == 4
        return
    with pytest.raises(DomainError) as caught:
        publish_exam(draft, at=noon)
    refusal = caught.value.refusals[0]
    assert (refusal.code, refusal.figures) == ("seats_over_limit", {"limit": 3, "seats": 4})
    assert "PostgreSQL" in str(refusal.sentence)
    assert Exam.objects.get().state == ExamState.DRAFT
    assert not draft.sittings.exists()


def test_exactly_as_many_as_are_carried_are_let_in(draft, noon, settings):
    settings.LMS_EXAMS_SQLITE_SEATS = 4
    assert publish_exam(draft, at=noon).sittings.count() == 4
    assert warnings() == []


def test_a_simulation_sits_one_after_the_other_and_is_not_asked(draft, noon):
    assert publish_exam(draft, at=noon, replayed=True).sittings.count() == 4


def test_the_check_names_an_exam_that_grew_after_it_was_published(draft, noon, settings):
    settings.LMS_EXAMS_SQLITE_SEATS = 4
    exam = publish_exam(draft, at=noon)
    base.an_enrolment(exam.term)
    assert [warning.obj for warning in warnings()] == ([exam] if ON_SQLITE else [])


def test_an_exam_that_is_over_or_filed_is_not_named(draft, noon):
    Exam.objects.update(opens_at=noon - timedelta(hours=2), closes_at=noon)
    assert warnings() == []


def test_without_a_database_the_check_asks_none(draft, django_assert_num_queries):
    with django_assert_num_queries(0):
        assert [found for found in run_checks() if found.id == "lms_exams.W002"] == []


def test_the_office_reads_why_it_cannot_be_published(draft, signed_in, administrator):
    response = signed_in(administrator).post(f"/admin/exams/{draft.pk}/act/", {"act": "publish"}, follow=True)
    told = [str(message) for message in response.context["messages"]]
    assert any("PostgreSQL" in sentence for sentence in told) == ON_SQLITE
