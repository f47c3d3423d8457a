"""A learner's surveys and the results in the back office."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from lms.evaluation.models import Survey, SurveyResponse
from lms.evaluation.services import answer_survey, open_survey
from lms.people.enums import Role
from tests import factories

pytestmark = pytest.mark.django_db
OFFICE = ["results", "not_answered", "not_answered_results"]


@pytest.fixture
def survey(db):
    now = timezone.now()
    days = {"opens_at": now - timedelta(days=1), "closes_at": now + timedelta(days=9)}
    return open_survey(factories.a_term(), actor=factories.a_user(), **days)


def form_of(survey, mark="5"):
    return {question.key: mark for question in survey.asked if question.kind == "scale"}


def test_a_learner_answers_once(survey, signed_in):
    seat = factories.an_enrolment(survey.term)
    client, where = signed_in(seat.person.user), reverse("lms_evaluation:survey", args=[survey.pk])
    assert client.get(reverse("lms_evaluation:surveys")).context["surveys"] == [survey]
    assert client.post(where, form_of(survey)).url == where
    assert client.post(where, form_of(survey, "1")).url == where
    assert client.get(where).context["answered"]
    assert [row.answers["overall"] for row in SurveyResponse.objects.all()] == [5]


def test_a_missing_answer_is_shown_at_its_question(survey, signed_in):
    seat = factories.an_enrolment(survey.term)
    form = form_of(survey) | {"overall": ""}
    answer = signed_in(seat.person.user).post(reverse("lms_evaluation:survey", args=[survey.pk]), form)
    assert list(answer.context["form"].errors) == ["overall"]
    assert not SurveyResponse.objects.exists()


def test_a_learner_of_another_term_does_not_find_it(survey, signed_in):
    other = factories.an_enrolment()
    assert signed_in(other.person.user).get(reverse("lms_evaluation:survey", args=[survey.pk])).status_code == 404


def test_outsiders_are_refused(survey, outsider, signed_in):
    assert signed_in(outsider).get(reverse("lms_evaluation:surveys")).status_code == 403
    assert signed_in(outsider).get(reverse("lms_evaluation:survey", args=[survey.pk])).status_code == 404


@pytest.mark.parametrize(("name", "arguments"), [("surveys", []), ("survey", [1])])
def test_anonymous_people_sign_in_first(name, arguments):
    answer = Client().get(reverse(f"lms_evaluation:{name}", args=arguments))
    assert (answer.status_code, answer.url.split("?")[0]) == (302, "/accounts/login/")


@pytest.mark.parametrize("name", OFFICE)
def test_staff_of_another_trade_get_403(survey, signed_in, name):
    where = reverse(f"lms_evaluation_office:{name}", args=[survey.pk])
    assert signed_in(factories.staff(Role.FINANCE)).get(where).status_code == 403
    assert signed_in(factories.staff(Role.ASSISTANT)).get(where).status_code == 200


def test_a_supervisor_sees_results_but_not_who_is_missing(survey, signed_in):
    client = signed_in(factories.staff(Role.SUPERVISOR))
    assert client.get(reverse("lms_evaluation_office:results", args=[survey.pk])).status_code == 200
    assert client.get(reverse("lms_evaluation_office:not_answered", args=[survey.pk])).status_code == 403
    assert client.post(reverse("lms_evaluation_office:remind", args=[survey.pk])).status_code == 403


def test_results_appear_with_the_fifth_answer(survey, signed_in):
    client, where = (
        signed_in(factories.staff(Role.ASSISTANT)),
        reverse("lms_evaluation_office:results", args=[survey.pk]),
    )
    for number in range(5):
        assert client.get(where).context["charts"] == []
        answers = dict.fromkeys(form_of(survey), 5) | {"useful": f"面谈{number}"}
        answer_survey(survey, factories.an_enrolment(survey.term), answers, at=timezone.now())
    page = client.get(where).content.decode()
    assert "面谈4" in page
    assert "5.00" in page


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_the_file_of_those_who_are_missing_takes_people_without_class_and_unit(survey, signed_in, kind):
    factories.an_enrolment(survey.term, group=None)
    client = signed_in(factories.staff(Role.ASSISTANT))
    answer = client.get(reverse("lms_evaluation_office:not_answered", args=[survey.pk]), {"export": kind})
    assert answer.status_code == 200
    assert answer.getvalue()


def test_an_assistant_sees_who_is_missing_of_her_own_classes(survey, signed_in):
    theirs = factories.a_group(survey.term)
    theirs.assistants.add(factories.staff(Role.ASSISTANT))
    factories.an_enrolment(survey.term, factories.a_person("李外人"), group=theirs)
    factories.an_enrolment(survey.term, factories.a_person("赵无班"), group=None)
    client = signed_in(factories.staff(Role.ASSISTANT))
    page = client.get(reverse("lms_evaluation_office:not_answered", args=[survey.pk])).content.decode()
    assert ("赵无班" in page, "李外人" in page) == (True, False)


def test_an_assistant_reminds_those_who_are_missing(survey, signed_in):
    factories.an_enrolment(survey.term)
    client = signed_in(factories.staff(Role.ASSISTANT))
    where = reverse("lms_evaluation_office:remind", args=[survey.pk])
    assert client.get(where).status_code == 405
    assert client.post(where).status_code == 302
    assert survey.reminders.get().count == 1


def test_an_assistant_opens_a_survey_with_the_usual_days(signed_in):
    term = factories.a_term()
    client = signed_in(factories.staff(Role.ASSISTANT))
    answer = client.post(reverse("lms_surveys:add"), {"term": term.pk, "opens_at": "", "closes_at": ""})
    assert answer.status_code == 302
    assert len(Survey.objects.get(term=term).asked) == 9


def test_days_turned_round_come_back_as_an_error(survey, signed_in):
    client = signed_in(factories.staff(Role.ASSISTANT))
    form = {"opens_at": "2025-04-02 08:00", "closes_at": "2025-04-01 08:00"}
    answer = client.post(reverse("lms_surveys:edit", args=[survey.pk]), form)
    assert answer.status_code == 200
    assert answer.context["form"].non_field_errors() or answer.context["form"].errors


@pytest.mark.parametrize("name", ["lms_surveys:index", "lms_surveys:add"])
def test_the_list_is_closed_to_others(signed_in, name):
    assert signed_in(factories.staff(Role.FINANCE)).get(reverse(name)).status_code == 403


def test_the_list_costs_the_same_with_three_and_two_hundred_rows(signed_in, django_assert_max_num_queries):
    user = factories.a_user()
    client, where, counts = signed_in(factories.staff(Role.ASSISTANT)), reverse("lms_surveys:index"), []
    client.get(where)
    for count in (3, 47):
        for _number in range(count):
            open_survey(factories.a_term(), actor=user)
        with django_assert_max_num_queries(20) as queries:
            client.get(where)
        counts.append(len(queries))
    assert counts[0] == counts[1]
