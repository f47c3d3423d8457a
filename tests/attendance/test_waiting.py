"""Two people act on the same thing at the same moment: the second waits, and then sees what the first has done."""

from collections.abc import Callable
from typing import Any

import pytest
from wagtail.models import ModelLogEntry

from lms.attendance.enums import CheckKind, SessionState
from lms.attendance.models import MakeUpSeat, Session, Timetable
from lms.attendance.selectors import verify_credits
from lms.attendance.services import (
    SessionPlan,
    add_session,
    assign_make_up,
    cancel_session,
    check_in,
    close_session,
    publish_timetable,
    withdraw_make_up,
)
from lms.programmes.models import Enrolment, HourEntry, Term
from tests import factories
from tests.attendance.factories import a_board, a_learner, a_session, a_timetable, at
from tests.attendance.waiting import one_after_the_other

pytestmark = [pytest.mark.postgresql, pytest.mark.django_db(transaction=True)]


# publishing and cancelling (R2)


@pytest.fixture
def enough(assistant: Any) -> list[Session]:
    """Two sessions that add up to the required hours of a timetable nobody published yet."""
    term = factories.a_term(factories.a_programme(required_offline_minutes=360))
    a_timetable(term, published=False)
    return [a_session(term, starts_at=at(day)) for day in (10, 11)]


def test_what_is_being_cancelled_does_not_count_for_publishing(enough: list[Session], assistant: Any) -> None:
    _cancelled, published = one_after_the_other(
        lambda: cancel_session(enough[0], at=at(1), actor=assistant, reason="台风"),
        lambda: publish_timetable(enough[0].term, at=at(1), actor=assistant),
    )
    assert published == "hours_too_few"
    assert Timetable.objects.get().published_at is None


def test_what_is_being_published_loses_no_hours_unconfirmed(enough: list[Session], assistant: Any) -> None:
    _published, cancelled = one_after_the_other(
        lambda: publish_timetable(enough[0].term, at=at(1), actor=assistant),
        lambda: cancel_session(enough[0], at=at(1), actor=assistant, reason="台风"),
    )
    assert cancelled == "hours_fall_short"
    assert not Session.objects.filter(state=SessionState.CANCELLED).exists()


def test_a_session_is_not_cancelled_while_its_sheet_is_being_closed(enough: list[Session], assistant: Any) -> None:
    session = enough[0]
    _closed, cancelled = one_after_the_other(
        lambda: close_session(session, at=session.ends_at, actor=assistant),
        lambda: cancel_session(session, at=session.ends_at, actor=assistant, reason="台风"),
    )
    assert cancelled == "session_closed"
    assert Session.objects.get(pk=session.pk).state == SessionState.CLOSED


# make-up sessions (R12)


class MakingUp:
    """A learner who missed 10 March and came to the make-up session of 20 March, whose sheet is still open."""

    def __init__(self, term: Term, actor: Any) -> None:
        self.actor, self.seat = actor, a_learner(term)
        missed = a_session(term)
        self.missed = close_session(missed, at=missed.ends_at, actor=actor)
        self.make_up = a_session(term, starts_at=at(20, "19:00"), room="302", make_up=True)

    def assign(self, session: Session | None = None) -> MakeUpSeat:
        [held] = assign_make_up(session or self.make_up, self.missed, [self.seat], at=at(12), actor=self.actor)
        return held

    def attend(self) -> None:
        board, user = a_board(self.make_up), self.seat.person.user
        for kind, moment in ((CheckKind.IN, self.make_up.starts_at), (CheckKind.OUT, self.make_up.ends_at)):
            check_in(self.make_up.pk, user, kind=kind, nonce=board.nonce, scanned_at=moment, at=moment)

    def close(self) -> Session:
        return close_session(self.make_up, at=self.make_up.check_out_until, actor=self.actor)

    def withdraw(self, seat: MakeUpSeat) -> MakeUpSeat:
        return withdraw_make_up(seat, reason="改期", at=self.make_up.check_out_until, actor=self.actor)


@pytest.fixture
def making_up(term: Term, assistant: Any) -> MakingUp:
    return MakingUp(term, assistant)


def earned(seat: Enrolment) -> int:
    return sum(HourEntry.objects.filter(enrolment=seat).values_list("minutes", flat=True))


@pytest.mark.parametrize("closing_first", [True, False])
def test_a_seat_withdrawn_while_the_sheet_is_closed_restores_nothing(making_up: MakingUp, closing_first: bool) -> None:
    seat = making_up.assign()
    making_up.attend()
    acts: list[Callable[[], Any]] = [making_up.close, lambda: making_up.withdraw(seat)]
    one_after_the_other(*(acts if closing_first else reversed(acts)))
    assert earned(making_up.seat) == 0
    assert HourEntry.objects.count() == (2 if closing_first else 0), "given with the sheet, taken back with the seat"
    assert list(verify_credits()) == []


def test_a_seat_withdrawn_twice_at_once_is_withdrawn_once(making_up: MakingUp) -> None:
    seat = making_up.assign()
    first, second = one_after_the_other(lambda: making_up.withdraw(seat), lambda: making_up.withdraw(seat))
    assert first.withdrawn_at == second.withdrawn_at
    assert ModelLogEntry.objects.filter(action="lms_attendance.withdraw_make_up").count() == 1


def test_nobody_is_assigned_while_the_sheet_is_being_closed(making_up: MakingUp) -> None:
    _closed, assigned = one_after_the_other(making_up.close, making_up.assign)
    assert assigned == "session_closed"
    assert not MakeUpSeat.objects.exists()


def test_two_assistants_who_assign_one_learner_twice(term: Term, making_up: MakingUp) -> None:
    other = a_session(term, starts_at=at(21, "19:00"), room="303", make_up=True)
    _held, second = one_after_the_other(making_up.assign, lambda: making_up.assign(other))
    assert second == "made_up_elsewhere"
    assert MakeUpSeat.objects.get().session == making_up.make_up


def test_nothing_is_placed_where_somebody_is_being_assigned(term: Term, making_up: MakingUp) -> None:
    start, end = making_up.make_up.starts_at, making_up.make_up.ends_at
    plan = SessionPlan(making_up.missed.course, start, end, 180, "304")
    _held, placed = one_after_the_other(
        making_up.assign, lambda: add_session(term, plan, at=at(12), actor=making_up.actor)
    )
    assert placed == "learner_taken"
