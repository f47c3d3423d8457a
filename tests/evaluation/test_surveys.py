"""One anonymous answer each; results only when nobody can be guessed (R27)."""

from datetime import datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from django.db import DatabaseError, IntegrityError, transaction

from lms.core.exceptions import DomainError
from lms.evaluation.models import Survey, SurveyResponse, SurveyToken
from lms.evaluation.selectors import due_survey, not_answered, results_of, verify_surveys
from lms.evaluation.services import answer_survey, open_survey, remind, reschedule_survey
from lms.evaluation.signals import survey_reminded
from lms.evaluation.simulation import answer_survey as live_survey
from lms.programmes.rules import day_end
from lms.programmes.simulation import SimulatedLearner, SimulatedTerm
from tests import factories

pytestmark = pytest.mark.django_db
AFTER = datetime(2025, 4, 2, 9, 0, tzinfo=ZoneInfo("Asia/Shanghai"))


@pytest.fixture
def survey(db):
    return open_survey(factories.a_term(), actor=factories.a_user())


def answers_to(survey, mark=5, **texts):
    return {question.key: mark for question in survey.asked if question.kind == "scale"} | texts


def test_a_survey_opens_with_the_last_day_of_the_term(survey):
    zone = ZoneInfo("Asia/Shanghai")
    assert survey.opens_at == datetime(2025, 3, 31, tzinfo=zone)
    assert survey.closes_at == datetime(2025, 4, 22, tzinfo=zone)
    assert open_survey(survey.term, actor=factories.a_user()).pk == survey.pk


def test_an_answer_is_taken_once(survey):
    seat = factories.an_enrolment(survey.term)
    answer_survey(survey, seat, answers_to(survey), at=AFTER)
    with pytest.raises(DomainError) as caught:
        answer_survey(survey, seat, answers_to(survey, 1), at=AFTER)
    assert caught.value.code == "answered"
    assert [row.answers["overall"] for row in SurveyResponse.objects.all()] == [5]
    assert list(verify_surveys()) == []


@pytest.mark.parametrize(
    ("at", "code"), [(AFTER - timedelta(days=10), "not_open"), (AFTER + timedelta(days=30), "not_open")]
)
def test_nobody_answers_outside_the_days(survey, at, code):
    with pytest.raises(DomainError) as caught:
        answer_survey(survey, factories.an_enrolment(survey.term), answers_to(survey), at=at)
    assert caught.value.code == code


def test_an_incomplete_answer_leaves_nothing(survey):
    seat = factories.an_enrolment(survey.term)
    with pytest.raises(DomainError) as caught:
        answer_survey(survey, seat, {"overall": 5}, at=AFTER)
    assert (caught.value.code, SurveyToken.objects.count()) == ("incomplete", 0)


def test_a_learner_of_another_term_is_refused(survey):
    with pytest.raises(DomainError) as caught:
        answer_survey(survey, factories.an_enrolment(), answers_to(survey), at=AFTER)
    assert caught.value.code == "not_invited"


def test_nothing_leads_from_the_participation_to_the_answer(survey):
    columns = {field.attname for field in SurveyResponse._meta.get_fields()}
    assert columns == {"id", "survey_id", "answers", "given_on"}
    assert {field.attname for field in SurveyToken._meta.get_fields()} == {"id", "survey_id", "enrolment_id"}


def test_keys_do_not_tell_the_order(survey):
    seats = [factories.an_enrolment(survey.term) for _number in range(12)]
    for number, seat in enumerate(seats):
        answer_survey(survey, seat, answers_to(survey, useful=str(number)), at=AFTER)
    by_key = [row.answers["useful"] for row in SurveyResponse.objects.order_by("pk")]
    assert sorted(by_key, key=int) == [str(number) for number in range(12)]
    participations = list(SurveyToken.objects.order_by("pk").values_list("enrolment_id", flat=True))
    in_order = [seat.pk for seat in seats]
    assert [in_order.index(pk) for pk in participations] != [int(text) for text in by_key]


def test_earlier_answers_are_rewritten_with_each_new_one(survey):
    for number in range(5):
        answer_survey(survey, factories.an_enrolment(survey.term), answers_to(survey), at=AFTER)
        if number == 3:
            before = set(SurveyResponse.objects.values_list("pk", flat=True))
    assert not before & set(SurveyResponse.objects.values_list("pk", flat=True))
    assert SurveyResponse.objects.count() == 5


def test_results_stay_hidden_below_five_answers(survey):
    for number in range(5):
        found = results_of(survey)
        assert (found.hidden, found.answered, list(found.scales)) == (True, number, [])
        answer_survey(survey, factories.an_enrolment(survey.term), answers_to(survey, 4), at=AFTER)
    found = results_of(survey)
    assert (found.hidden, found.answered, found.invited, found.rate) == (False, 5, 5, 100)
    assert (found.scales[0].mean, found.scales[0].satisfied) == (Decimal("4.00"), 100)


def test_those_who_have_not_answered_are_listed_and_reminded_once_a_day(survey, django_capture_on_commit_callbacks):
    heard = []
    survey_reminded.connect(
        lambda sender, survey, enrolments, **rest: heard.append(len(enrolments)), weak=False, dispatch_uid="t"
    )
    seats = [factories.an_enrolment(survey.term) for _number in range(3)]
    answer_survey(survey, seats[0], answers_to(survey), at=AFTER)
    assert list(not_answered(survey)) == seats[1:]
    try:
        with django_capture_on_commit_callbacks(execute=True):
            assert remind(survey, actor=factories.a_user(), at=AFTER) == 2
    finally:
        survey_reminded.disconnect(dispatch_uid="t")
    assert heard == [2]
    with pytest.raises(DomainError) as caught:
        remind(survey, actor=factories.a_user(), at=AFTER + timedelta(hours=2))
    assert caught.value.code == "reminded_today"
    assert remind(survey, actor=factories.a_user(), at=AFTER + timedelta(days=1)) == 2


def test_due_until_answered(survey, django_assert_num_queries):
    seat = factories.an_enrolment(survey.term)
    with django_assert_num_queries(1):
        assert due_survey(seat, at=AFTER) == survey
    assert due_survey(seat, at=AFTER - timedelta(days=10)) is None
    answer_survey(survey, seat, answers_to(survey), at=AFTER)
    assert due_survey(seat, at=AFTER) is None


def test_the_database_keeps_participations_for_ever_and_once(survey):
    seat = factories.an_enrolment(survey.term)
    SurveyToken.objects.create(survey=survey, enrolment=seat)
    with pytest.raises(IntegrityError), transaction.atomic():
        SurveyToken.objects.create(survey=survey, enrolment=seat)
    with pytest.raises(DatabaseError), transaction.atomic():
        SurveyToken.objects.all().delete()


def test_a_lost_answer_is_named(survey):
    answer_survey(survey, factories.an_enrolment(survey.term), answers_to(survey), at=AFTER)
    SurveyResponse.objects.all().delete()
    assert [(row.expected, row.found) for row in verify_surveys()] == [("1", "0")]


def test_the_days_can_be_changed_but_not_turned_round(survey):
    changed = reschedule_survey(survey, opens_at=AFTER, closes_at=AFTER + timedelta(days=1), actor=factories.a_user())
    assert changed.closes_at == AFTER + timedelta(days=1)
    with pytest.raises(DomainError) as caught:
        reschedule_survey(survey, opens_at=AFTER, closes_at=AFTER, actor=factories.a_user())
    assert caught.value.code == "dates"


def test_a_simulated_term_answers_and_a_second_run_adds_nothing():
    term = factories.a_term(code="lived")
    world = SimulatedTerm(term, seed=3, until=day_end(AFTER.date() + timedelta(days=40)), staff={})
    for number in range(1, 21):
        seat = factories.an_enrolment(term, number=number)
        world.learners.append(SimulatedLearner(seat.person, 0.7, 0.8, 0.9, seat))
    world.staff["assistant"] = factories.a_user()
    live_survey(world)
    given = world.counts["survey_answers"]
    assert SurveyResponse.objects.count() == given > 8
    live_survey(world)
    assert SurveyResponse.objects.count() == world.counts["survey_answers"] == given
    assert Survey.objects.count() == 1
