"""R12 the whole way through the exam's door: 24 of 72 missed may sit, a minute more may not, made up she may again."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest

from lms.appeals.services import decide_appeal, file_appeal
from lms.attendance.models import Session
from lms.attendance.selectors import appealable_exclusions, verify_credits
from lms.attendance.services import (
    Correction,
    assign_make_up,
    close_session,
    confirm_exclusion,
    correct_attendance,
    lift_exclusion,
)
from lms.core.exceptions import DomainError
from lms.exams.models import Exam
from lms.exams.services import start_sitting
from lms.people.enums import Role
from lms.programmes.models import Enrolment, Term
from tests import factories
from tests.attendance.factories import a_session, a_timetable, at
from tests.exams.factories import a_sitting, an_exam

pytestmark = pytest.mark.django_db
OPENS = datetime(2025, 3, 28, 9, 0, tzinfo=factories.ZONE)
INSIDE = OPENS + timedelta(minutes=5)


@pytest.fixture
def assistant() -> Any:
    return factories.staff(Role.ASSISTANT)


@pytest.fixture
def exam() -> Exam:
    return an_exam(OPENS)


@pytest.fixture
def seat(exam: Exam) -> Enrolment:
    found: Enrolment = exam.term.enrolments.get()
    return found


@pytest.fixture
def sessions(exam: Exam, assistant: Any, seat: Enrolment) -> list[Session]:
    """18 sessions of 4 class hours; she missed six of them wholly: 24 of 72."""
    a_timetable(exam.term)
    found = [a_session(exam.term, starts_at=at(2 + n), room="") for n in range(18)]
    for n, session in enumerate(found):
        close_session(session, at=session.check_out_until, actor=assistant)
        if n >= 6:
            correct_attendance(session, [Correction(seat, 180)], reason="纸质签到", at=at(27), actor=assistant)
    return found


def refusal(exam: Exam) -> Iterator[Any]:
    """What stands in the way at the exam's door."""
    try:
        start_sitting(a_sitting(exam), at=INSIDE)
    except DomainError as problem:
        yield from problem.refusals


def test_24_of_72_may_sit(exam: Exam, sessions: list[Session]) -> None:
    assert list(refusal(exam)) == []
    assert a_sitting(exam).started_at == INSIDE


def test_a_minute_more_may_not_once_a_person_has_confirmed_it_and_may_again_when_it_is_made_up(
    exam: Exam, sessions: list[Session], seat: Enrolment, assistant: Any
) -> None:
    term: Term = exam.term
    correct_attendance(sessions[17], [Correction(seat, 179)], reason="早退", at=at(27), actor=assistant)
    confirm_exclusion(seat, reason="核对无误", at=at(27), actor=assistant)
    [found] = refusal(exam)
    assert (found.code, found.rule, found.figures["missed_minutes"]) == ("absence_limit", "R12", 1081)
    assert len(found.lines) == 7
    make_up = a_session(term, starts_at=at(26, "19:00"), room="", make_up=True)
    assign_make_up(make_up, sessions[17], [seat], at=at(25), actor=assistant)
    close_session(make_up, at=make_up.check_out_until, actor=assistant)
    assert [problem.code for problem in refusal(exam)] == ["absence_limit"], "she did not come there"
    correct_attendance(make_up, [Correction(seat, 1)], reason="纸质签到", at=at(27), actor=assistant)
    assert list(refusal(exam)) == []
    assert not list(verify_credits())


def test_nobody_is_refused_before_a_person_has_confirmed(
    exam: Exam, sessions: list[Session], seat: Enrolment, assistant: Any
) -> None:
    correct_attendance(sessions[17], [Correction(seat, 179)], reason="早退", at=at(27), actor=assistant)
    assert list(refusal(exam)) == []


def test_an_appeal_that_is_upheld_lets_her_sit(
    exam: Exam, sessions: list[Session], seat: Enrolment, assistant: Any
) -> None:
    correct_attendance(sessions[17], [Correction(seat, 179)], reason="早退", at=at(27), actor=assistant)
    confirm_exclusion(seat, reason="核对无误", at=at(27), actor=assistant)
    [appealable] = appealable_exclusions(seat)
    appeal = file_appeal(
        seat,
        "attendance.exclusion",
        appealable,
        grounds="当日有公务，签退时系统故障。",
        at=at(27, "18:00"),
        actor=seat.person.user,
    )
    decide_appeal(
        appeal,
        upheld=True,
        reason="经核对签退记录，情况属实。",
        at=at(27, "20:00"),
        actor=factories.staff(Role.ASSISTANT),
    )
    assert [problem.code for problem in refusal(exam)] == ["absence_limit"], "the decision itself is lifted by a person"
    lift_exclusion(seat, reason="申诉成立", at=at(27, "21:00"), actor=assistant)
    assert list(refusal(exam)) == []
