"""Facts are told once the rows are committed, never before; who listens and fails harms nothing and silences nobody."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import connection, models, transaction
from django.dispatch import Signal

from lms.attendance import signals
from lms.attendance.models import (
    AttendanceMark,
    ExclusionDecision,
    LeaveRequest,
    MakeUpSeat,
    Session,
    Timetable,
)
from lms.attendance.services import (
    Correction,
    ask_leave,
    assign_make_up,
    cancel_session,
    close_session,
    confirm_exclusion,
    correct_attendance,
    decide_leave,
    lift_exclusion,
    publish_timetable,
    withdraw_make_up,
)
from lms.programmes.models import Term
from tests import factories
from tests.attendance.factories import a_learner, a_session, a_timetable, at

committing = pytest.mark.django_db(transaction=True)


class World:
    """A term with one closed session that the learner missed, and more ahead of it; the act is still to come."""

    def __init__(self, term: Term, actor: Any) -> None:
        self.term, self.actor, self.seat = term, actor, a_learner(term)
        held = a_session(term)
        self.missed = close_session(held, at=held.ends_at, actor=actor)
        self.ahead = a_session(term, starts_at=at(11))
        self.make_up = a_session(term, starts_at=at(20, "19:00"), room="302", make_up=True)

    def close(self) -> None:
        close_session(self.ahead, at=self.ahead.ends_at, actor=self.actor)

    def correct(self) -> None:
        correct_attendance(self.missed, [Correction(self.seat, 180)], reason="补", at=at(11), actor=self.actor)

    def cancel(self) -> None:
        cancel_session(self.ahead, at=at(9), actor=self.actor, reason="台风", short_confirmed=True)

    def publish(self) -> None:
        term = factories.a_term(factories.a_programme(required_offline_minutes=180))
        a_timetable(term, published=False)
        a_session(term, starts_at=at(14), room="309")
        publish_timetable(term, at=at(1), actor=self.actor)

    def ask(self) -> LeaveRequest:
        return ask_leave(self.seat, self.ahead, reason="差", at=at(9))

    def decide(self) -> None:
        decide_leave(self.ask(), approve=True, answer="", at=at(9), actor=self.actor)

    def assign(self) -> MakeUpSeat:
        return assign_make_up(self.make_up, self.missed, [self.seat], at=at(12), actor=self.actor)[0]

    def withdraw(self) -> None:
        withdraw_make_up(self.assign(), reason="改期", at=at(13), actor=self.actor)

    def exclude(self) -> None:
        confirm_exclusion(self.seat, reason="核对无误", at=at(20), actor=self.actor)

    def lift(self) -> None:
        self.exclude()
        lift_exclusion(self.seat, reason="申诉成立", at=at(21), actor=self.actor)


def closed() -> models.QuerySet[Any]:
    return Session.objects.filter(state="closed", starts_at__date=at(11).date())


FACTS: dict[str, tuple[Signal, Callable[[], models.QuerySet[Any]]]] = {
    "close": (signals.session_closed, closed),
    "correct": (signals.attendance_corrected, AttendanceMark.objects.all),
    "cancel": (signals.session_changed, lambda: Session.objects.filter(state="cancelled")),
    "publish": (signals.timetable_published, lambda: Timetable.objects.filter(published_at=at(1))),
    "ask": (signals.leave_asked, LeaveRequest.objects.all),
    "decide": (signals.leave_decided, lambda: LeaveRequest.objects.filter(state="approved")),
    "assign": (signals.make_up_assigned, MakeUpSeat.objects.all),
    "withdraw": (signals.make_up_withdrawn, lambda: MakeUpSeat.objects.filter(withdrawn_at__isnull=False)),
    "exclude": (signals.exclusion_confirmed, ExclusionDecision.objects.all),
    "lift": (signals.exclusion_lifted, lambda: ExclusionDecision.objects.filter(act="lifted")),
}
each_fact = pytest.mark.parametrize("act", FACTS)


@pytest.fixture
def world(term: Term, assistant: Any) -> World:
    return World(term, assistant)


@contextmanager
def hearing(signal: Signal, *listeners: Callable[..., Any]) -> Iterator[None]:
    for listener in listeners:
        signal.connect(listener, weak=False)
    try:
        yield
    finally:
        for listener in listeners:
            signal.disconnect(listener)


def seen_from_outside(rows: Callable[[], models.QuerySet[Any]]) -> int:
    """How many there are for somebody else, with a connection of her own."""

    def count() -> int:
        try:
            return rows().count()
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        return pool.submit(count).result()


@committing
@each_fact
def test_it_is_told_when_all_can_see_it_and_who_fails_silences_nobody(world: World, act: str, caplog: Any) -> None:
    signal, rows = FACTS[act]
    heard: list[int] = []

    def fail(sender: Any, **facts: Any) -> None:
        raise RuntimeError("the mail server is away")

    with hearing(signal, fail, lambda sender, **facts: heard.append(seen_from_outside(rows))):
        getattr(world, act)()
    assert heard == [1]
    assert rows().count() == 1
    assert "the mail server is away" in caplog.text


@pytest.mark.django_db
@each_fact
def test_what_is_taken_back_is_told_to_nobody(world: World, act: str, django_capture_on_commit_callbacks: Any) -> None:
    signal, rows = FACTS[act]
    heard: list[str] = []
    told = hearing(signal, lambda sender, **facts: heard.append(act))
    with told, django_capture_on_commit_callbacks(execute=True), transaction.atomic():
        getattr(world, act)()
        assert rows().count() == 1
        transaction.set_rollback(True)
    assert (rows().count(), heard) == (0, [])
