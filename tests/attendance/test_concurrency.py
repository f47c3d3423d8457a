"""Everybody taps at once: one row, the same answer for all; and a tap while the sheet is being closed."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier, Event
from time import sleep
from typing import Any

import pytest
import time_machine
from django.db import connection, transaction
from django.test import Client

from lms.attendance.enums import CheckKind, SessionState
from lms.attendance.models import CheckEntry, Session
from lms.attendance.selectors import verify_credits
from lms.attendance.services import CheckOutcome, check_in, close_session
from lms.attendance.tokens import board_code
from lms.core.conf import core_settings
from lms.core.exceptions import DomainError
from lms.people.enums import Role
from tests import factories
from tests.attendance.factories import a_board, a_learner, a_session, a_timetable, at

pytestmark = pytest.mark.django_db(transaction=True)
# SQLite lets one write at a time; a handful of threads proves the same there.
THREADS = 64 if connection.vendor == "postgresql" else 8


def test_64_threads_of_one_learner_give_one_row_and_one_answer() -> None:
    term = factories.a_term()
    a_timetable(term)
    session = a_session(term)
    board, seat = a_board(session), a_learner(term)
    user = seat.person.user

    def tap(n: int) -> CheckOutcome:
        moment = at(10, "08:20") + timedelta(milliseconds=n)
        try:
            return check_in(session.pk, user, kind=CheckKind.IN, nonce=board.nonce, scanned_at=moment, at=moment)
        finally:
            connection.close()

    with ThreadPoolExecutor(THREADS) as pool:
        outcomes = list(pool.map(tap, range(THREADS)))
    assert CheckEntry.objects.count() == 1
    assert sum(outcome.fresh for outcome in outcomes) == 1
    assert {outcome.at for outcome in outcomes} == {CheckEntry.objects.get().at}


def test_64_phones_tapping_with_one_ticket_read_one_time() -> None:
    """Through the whole site: the same answer, whoever came first."""
    term = factories.a_term()
    a_timetable(term)
    session, seat = a_session(term), a_learner(term)
    board, client = a_board(session), Client()
    client.force_login(seat.person.user)
    code = board_code(core_settings.CODE_KEY, session.pk, "in", board.nonce, at=at(10, "08:20"), seconds=5)
    start = Barrier(THREADS)

    def tap(_n: int) -> tuple[int, str, str]:
        phone = Client()
        phone.cookies.update(client.cookies)
        start.wait(30)
        try:
            answer = phone.post("/attendance/check-in/", {"ticket": ticket}, headers={"accept": "application/json"})
            return answer.status_code, answer.json()["state"], answer.json()["at"]
        finally:
            connection.close()

    with time_machine.travel(at(10, "08:20"), tick=False):
        ticket = client.get(f"/attendance/scan/{code}/").context["ticket"]
        with ThreadPoolExecutor(THREADS) as pool:
            answers = list(pool.map(tap, range(THREADS)))
    moment = CheckEntry.objects.get().at.isoformat()
    assert set(answers) == {(200, "recorded", moment)}


@pytest.mark.postgresql
def test_a_tap_during_the_closing_of_the_sheet_is_refused_and_not_lost() -> None:
    """The learner must not read "checked out" of a row that came too late for the credits."""
    term = factories.a_term()
    a_timetable(term)
    session = a_session(term)
    board, seat, staff = a_board(session), a_learner(term), factories.staff(Role.ASSISTANT)
    arrived, left = at(10, "08:20"), at(10, "11:50")
    check_in(session.pk, seat.person.user, kind=CheckKind.IN, nonce=board.nonce, scanned_at=arrived, at=arrived)
    locked, tapping = Event(), Event()

    def close() -> Session:
        try:
            with transaction.atomic():
                closed = close_session(session, at=left, actor=staff)
                locked.set()
                tapping.wait(5)
                sleep(0.3)
            return closed
        finally:
            connection.close()

    def leave() -> Any:
        locked.wait(5)
        tapping.set()
        try:
            return check_in(
                session.pk, seat.person.user, kind=CheckKind.OUT, nonce=board.nonce, scanned_at=left, at=left
            )
        except DomainError as refused:
            return refused.code
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        closing, leaving = pool.submit(close), pool.submit(leave)
        assert closing.result().state == SessionState.CLOSED
        assert leaving.result() == "session_closed"
    assert list(verify_credits()) == []
