"""Phones that upload at once: each scan once, each learner one row, and the same answers."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection

from lms.attendance.enums import CheckKind
from lms.attendance.models import CheckEntry, StaffScan
from lms.attendance.services import check_in
from lms.attendance.services.scanners import UploadOutcome
from lms.people.enums import Role
from tests import factories
from tests.attendance.factories import a_board, a_learner, a_session, a_timetable, at
from tests.attendance.phones import LearnersPhone, ScanningPhone

pytestmark = [pytest.mark.postgresql, pytest.mark.django_db(transaction=True)]

EVE, SECOND = at(9, "18:00"), timedelta(seconds=1)


def test_four_phones_and_the_board_at_once_give_one_row_for_each_learner() -> None:
    term = factories.a_term()
    a_timetable(term)
    session = a_session(term)
    board = a_board(session)
    learners = [LearnersPhone(a_learner(term), installed=EVE) for _number in range(8)]
    phones = [ScanningPhone(factories.staff(Role.ASSISTANT), EVE) for _number in range(4)]
    for phone in phones:
        for number, learner in enumerate(learners):
            moment = at(10, "08:20") + number * SECOND
            phone.scan(session, moment, learner.code(moment))

    def act(number: int) -> UploadOutcome | None:
        try:
            if number < 16:
                return phones[number % 4].upload(at(10, "08:25"))
            tap: dict[str, Any] = {"nonce": board.nonce, "scanned_at": at(10, "08:21"), "at": at(10, "08:21")}
            check_in(session.pk, learners[number - 16].seat.person.user, kind=CheckKind.IN, **tap)
            return None
        finally:
            connection.close()

    with ThreadPoolExecutor(24) as pool:
        found = [outcome for outcome in pool.map(act, range(24)) if outcome is not None]
    assert CheckEntry.objects.count() == 8
    assert StaffScan.objects.count() == 32
    answers = {answer.nonce: set[Any]() for outcome in found for answer in outcome.answers}
    for outcome in found:
        for answer in outcome.answers:
            answers[answer.nonce].add(answer)
    assert all(len(same) == 1 for same in answers.values())
    assert {answer.outcome for same in answers.values() for answer in same} <= {"recorded", "repeated"}
