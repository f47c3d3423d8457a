"""Re-sit and make-up exams: papers only for those chosen, the best mark counts."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from lms.core.exceptions import DomainError
from lms.exams.enums import Audience
from lms.exams.models import Candidate, Sitting
from lms.exams.selectors import candidate_rows, seats_of, sittings_of, theory_marks
from lms.exams.services import (
    add_exam,
    choose_candidates,
    prepare_papers,
    publish_exam,
    save_answers,
    start_sitting,
    submit_sitting,
)
from lms.people.enums import Role
from lms.programmes.services import enrol_person
from tests import factories as base
from tests.exams import factories

pytestmark = pytest.mark.django_db
DAY, MINUTE = timedelta(days=1), timedelta(minutes=1)
SPACE = "lms_exams_backoffice"


@pytest.fixture
def first(noon):
    return factories.an_exam(noon, learners=3)


@pytest.fixture
def resit(first, noon):
    values = factories.exam_values(noon + 7 * DAY, title="补考", audience=Audience.CHOSEN)
    return add_exam(first.term, values, at=noon + DAY, seed="resit")


def sit(exam, seat, answers_of, at):
    sitting = start_sitting(factories.a_sitting(exam, seat), at=at)
    save_answers(sitting.pk, answers_of(sitting), owner=sitting.owner_id, epoch=1, seq=1, at=at)
    return submit_sitting(sitting, at=at + MINUTE)


def seats(exam):
    return list(exam.term.enrolments.order_by("number"))


def test_those_absent_and_those_who_failed_are_told_apart(first, resit, noon):
    good, bad, _absent = seats(first)
    sit(first, good, factories.right_answers, noon)
    sit(first, bad, factories.wrong_answers, noon)
    rows = candidate_rows(resit, noon + DAY)
    assert [(row.standing, row.mark) for row in rows] == [
        ("passed", Decimal(100)),
        ("failed", Decimal(0)),
        ("absent", None),
    ]


def test_who_is_writing_now_is_not_absent(first, resit, noon):
    start_sitting(factories.a_sitting(first, seats(first)[0]), at=noon)
    assert [row.standing for row in candidate_rows(resit, noon + MINUTE)] == ["writing", "absent", "absent"]


def test_papers_are_drawn_for_the_chosen_only_and_nobody_else_sees_the_exam(first, resit, noon):
    good, bad, absent = seats(first)
    choose_candidates(resit, [bad.pk, absent.pk], at=noon + DAY)
    publish_exam(resit, at=noon + 2 * DAY)
    assert set(Sitting.objects.filter(exam=resit).values_list("enrolment_id", flat=True)) == {bad.pk, absent.pk}
    assert seats_of(resit) == 2
    assert [row.exam for row in sittings_of(good.person.user)] == [first]
    enrol_person(base.a_person("李丽"), first.term, at=noon + 3 * DAY)
    assert Sitting.objects.filter(exam=resit).count() == 2
    assert Sitting.objects.filter(exam=first).count() == 3


def test_the_best_mark_counts(first, resit, noon):
    good, bad, _absent = seats(first)
    sit(first, good, factories.right_answers, noon)
    sit(first, bad, factories.wrong_answers, noon)
    choose_candidates(resit, [good.pk, bad.pk], at=noon + DAY)
    publish_exam(resit, at=noon + 2 * DAY)
    sit(resit, good, factories.wrong_answers, noon + 7 * DAY)
    sit(resit, bad, factories.right_answers, noon + 7 * DAY)
    marks = theory_marks(first.term, noon + 8 * DAY)
    assert (marks[good.pk].value, marks[bad.pk].value) == (Decimal(100), Decimal(100))


def test_an_exam_for_nobody_is_not_published(resit, noon):
    with pytest.raises(DomainError) as caught:
        publish_exam(resit, at=noon + 2 * DAY)
    assert [refusal.code for refusal in caught.value.refusals] == ["nobody_chosen"]


def test_a_published_list_grows_and_keeps_who_has_a_paper(first, resit, noon):
    good, bad, absent = seats(first)
    assert choose_candidates(resit, [bad.pk], at=noon + DAY) == 1
    assert choose_candidates(resit, [absent.pk], at=noon + DAY) == 2
    publish_exam(resit, at=noon + 2 * DAY)
    choose_candidates(resit, [absent.pk, good.pk], at=noon + 3 * DAY)
    assert Sitting.objects.filter(exam=resit).count() == 2
    with pytest.raises(DomainError) as caught:
        choose_candidates(resit, [good.pk], at=noon + 3 * DAY)
    assert caught.value.code == "has_paper"
    assert Candidate.objects.filter(exam=resit).count() == 2
    assert prepare_papers(resit, at=noon + 3 * DAY) == 0


def test_strangers_to_the_term_and_exams_for_everybody_are_refused(first, resit, noon):
    stranger = base.an_enrolment(base.a_term(first.term.programme))
    with pytest.raises(DomainError) as caught:
        choose_candidates(resit, [stranger.pk], at=noon)
    assert caught.value.code == "seat_unknown"
    with pytest.raises(DomainError) as caught:
        choose_candidates(first, [], at=noon)
    assert caught.value.code == "for_everybody"


def test_the_list_costs_the_same_for_many(first, resit, noon):
    def statements():
        with CaptureQueriesContext(connection) as captured:
            candidate_rows(resit, noon)
        return len(captured)

    few = statements()
    for _number in range(40):
        base.an_enrolment(first.term)
    assert statements() == few


def test_the_screen_ticks_and_saves(signed_in, first, resit, noon):
    good, bad, absent = seats(first)
    sit(first, good, factories.right_answers, noon)
    sit(first, bad, factories.wrong_answers, noon)
    desk, address = signed_in(base.staff(Role.EXAMINER)), reverse(f"{SPACE}:candidates", args=[resit.pk])

    def ticked(pick):
        return [row.seat.pk for row, _words, tick in desk.get(address, {"pick": pick}).context["rows"] if tick]

    assert (ticked(""), ticked("absent"), ticked("failed")) == ([], [absent.pk], [bad.pk])
    assert desk.post(address, {"seat": [bad.pk, absent.pk]}).status_code == 302
    assert set(Candidate.objects.values_list("enrolment_id", flat=True)) == {bad.pk, absent.pk}
    assert signed_in(base.staff(Role.ASSISTANT)).post(address, {"seat": []}).status_code == 403


def test_an_outsider_chooses_nobody(signed_in, outsider, resit):
    assert signed_in(outsider).get(reverse(f"{SPACE}:candidates", args=[resit.pk])).status_code in (302, 403)
