"""Applying and deciding."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from lms.admissions import services
from lms.admissions.enums import ApplicationState
from lms.admissions.models import Application, ApplicationEvent
from lms.admissions.selectors import application_differences, ranking
from lms.core.exceptions import DomainError
from lms.people.enums import Role
from lms.programmes.enums import EnrolmentState
from lms.programmes.models import Enrolment
from lms.programmes.services import end_enrolment
from tests import factories
from tests.admissions.factories import INSIDE, a_draft, a_filled_draft, a_submitted

pytestmark = pytest.mark.django_db
ZONE = factories.ZONE


@pytest.fixture
def reviewer(db: None) -> Any:
    return factories.staff(Role.REVIEWER)


@pytest.mark.parametrize(
    ("at", "opens"),
    [
        (datetime(2025, 1, 14, 23, 59, 59, tzinfo=ZONE), False),
        (datetime(2025, 1, 15, 0, 0, 0, tzinfo=ZONE), True),
        (datetime(2025, 2, 15, 23, 59, 59, tzinfo=ZONE), True),
        (datetime(2025, 2, 16, 0, 0, 0, tzinfo=ZONE), False),
    ],
)
def test_the_window_closes_at_the_end_of_its_last_day(at: datetime, opens: bool) -> None:
    if opens:
        assert a_draft(at=at).state == ApplicationState.DRAFT
        return
    with pytest.raises(DomainError) as refused:
        a_draft(at=at)
    assert refused.value.code == "window_closed"
    assert refused.value.refusals[0].rule == "R1"


def test_a_closed_window_names_the_next_one() -> None:
    programme = factories.a_programme()
    spring = factories.a_term(programme)
    day = datetime(2025, 5, 15).date()
    factories.a_term(
        programme,
        starts_on=day.replace(month=7),
        ends_on=day.replace(month=7),
        registration_opens_on=day,
        registration_closes_on=day.replace(month=6),
    )
    with pytest.raises(DomainError) as refused:
        a_draft(spring, at=datetime(2025, 2, 16, tzinfo=ZONE))
    assert "2025年5月15日" in refused.value.refusals[0].explanation


def test_one_live_application_a_year() -> None:
    person = factories.a_person()
    first = a_draft(person=person)
    assert a_draft(first.term, person) == first
    with pytest.raises(DomainError) as refused:
        a_draft(factories.a_term(), person)
    assert refused.value.code == "already_applied"
    with pytest.raises(IntegrityError), transaction.atomic():
        Application.objects.create(person=person, term=factories.a_term(), year=2025, started_at=INSIDE)


def test_after_withdrawing_one_may_apply_again() -> None:
    person = factories.a_person()
    first = a_draft(person=person)
    services.withdraw_application(first, at=INSIDE, actor=person.user)
    assert a_draft(first.term, person) != first


def test_an_incomplete_application_is_refused_with_every_missing_step() -> None:
    term = factories.a_term()
    factories.a_group(term)
    draft = a_draft(term)
    with pytest.raises(DomainError) as refused:
        services.submit_application(draft, at=INSIDE, actor=draft.person.user)
    codes = [refusal.code for refusal in refused.value.refusals]
    assert codes == ["missing_identity", "missing_class", "missing_materials"]
    draft.refresh_from_db()
    assert draft.state == ApplicationState.DRAFT


def test_a_draft_cannot_be_submitted_after_the_window() -> None:
    draft = a_filled_draft()
    late = datetime(2025, 2, 16, 0, 0, 0, tzinfo=ZONE)
    with pytest.raises(DomainError) as refused:
        services.submit_application(draft, at=late, actor=draft.person.user)
    assert refused.value.code == "window_closed"
    in_time = late - timedelta(seconds=1)
    assert services.submit_application(draft, at=in_time, actor=draft.person.user).submitted_at == in_time


def test_submitting_twice_is_answered_with_the_first_time() -> None:
    application = a_submitted()
    again = services.submit_application(application, at=INSIDE + timedelta(hours=1), actor=application.person.user)
    assert again.submitted_at == INSIDE
    assert ApplicationEvent.objects.filter(application=application, act="submitted").count() == 1


def test_admitting_gives_a_seat_in_the_wanted_class(reviewer: Any) -> None:
    term = factories.a_term()
    group = factories.a_group(term)
    application = services.admit_application(a_submitted(term), at=INSIDE, actor=reviewer)
    assert application.state == ApplicationState.ADMITTED
    assert application.enrolment.group == group
    assert application.enrolment.person == application.person


def test_a_full_term_refuses_and_nothing_is_written(reviewer: Any) -> None:
    term = factories.a_term(capacity=1)
    services.admit_application(a_submitted(term), at=INSIDE, actor=reviewer)
    second = a_submitted(term)
    with pytest.raises(DomainError) as refused:
        services.admit_application(second, at=INSIDE, actor=reviewer)
    assert refused.value.code == "term_full"
    second.refresh_from_db()
    assert second.state == ApplicationState.SUBMITTED
    assert Enrolment.objects.filter(term=term).count() == 1
    assert services.wait_list_application(second, at=INSIDE, actor=reviewer).state == "wait_listed"


def test_nobody_decides_on_her_own_application(reviewer: Any) -> None:
    application = a_submitted(person=factories.a_person(user=reviewer))
    for verb in (services.admit_application, services.wait_list_application):
        with pytest.raises(DomainError) as refused:
            verb(application, at=INSIDE, actor=reviewer)
        assert refused.value.code == "own_application"


def test_rejecting_and_returning_need_a_reason(reviewer: Any) -> None:
    application = a_submitted()
    for verb in (services.reject_application, services.return_application):
        with pytest.raises(DomainError) as refused:
            verb(application, at=INSIDE, actor=reviewer, reason=" 不 ")
        assert refused.value.code == "reason_too_short"


def test_a_returned_application_keeps_its_time_and_may_come_back_late(reviewer: Any) -> None:
    application = a_submitted()
    returned = services.return_application(application, at=INSIDE, actor=reviewer, reason="学历证书不清晰")
    assert returned.is_draft
    late = datetime(2025, 2, 20, 9, tzinfo=ZONE)
    again = services.submit_application(returned, at=late, actor=application.person.user)
    assert again.submitted_at == INSIDE


def test_the_seat_that_ends_takes_its_application_with_it(reviewer: Any) -> None:
    application = services.admit_application(a_submitted(), at=INSIDE, actor=reviewer)
    end_enrolment(application.enrolment, state=EnrolmentState.WITHDRAWN, at=INSIDE, reason="工作调动", actor=reviewer)
    application.refresh_from_db()
    assert application.state == ApplicationState.WITHDRAWN


def test_the_ranking_follows_grounds_and_time() -> None:
    programme = factories.a_programme(priority_grounds=["a", "b"])
    term = factories.a_term(programme)
    late = a_submitted(term, grounds=("a",), at=INSIDE + timedelta(hours=1))
    early = a_submitted(term)
    both = a_submitted(term, grounds=("a", "b"), at=INSIDE + timedelta(hours=2))
    assert ranking(term) == [both, late, early]


def test_states_agree_with_the_journal(reviewer: Any) -> None:
    application = services.admit_application(a_submitted(), at=INSIDE, actor=reviewer)
    a_draft()
    assert list(application_differences()) == []
    Application.objects.filter(pk=application.pk).update(state="wait_listed")
    assert [(row.expected, row.found) for row in application_differences()] == [("admitted", "wait_listed")]
