"""A term of 1,000 learners and 36 sessions, 30 of them closed, as a spring leaves it: for the sheet of a term."""

import random
from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import cache
from io import StringIO
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from django.core.management import call_command
from django.db import transaction

from bench.seed import SignedIn, sign_in

PROGRAMME = Path(__file__).resolve().parent.parent / "lms/programmes/data/xianyang-2025.toml"
TERM = "2025-summer"
LEARNERS, CLASSES, SESSIONS, CLOSED = 1000, 4, 36, 30
FIRST = datetime(2025, 7, 1, 8, 30, tzinfo=ZoneInfo("Asia/Shanghai"))
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
LENGTH, TAUGHT = 100 * MINUTE, 90
ABSENT, LATE, EARLY, ONCE = 0.04, 0.03, 0.02, 0.01  # shares of the rows
OFTEN = 0.4  # how often somebody who stays away is absent; one of thirty


@cache
def full_term(learners: int = LEARNERS) -> SignedIn:
    """Made once a run; gives the class assistant, signed in. The same rows every time."""
    from lms.people.enums import Role
    from lms.people.services import add_person, role_group
    from lms.programmes.models import Term

    call_command("load_programme", str(PROGRAMME), verbosity=0, stdout=StringIO())
    term = Term.objects.select_related("programme").get(code=TERM)
    assistant = add_person("班主任", phone="13700000000").user
    assistant.groups.add(role_group(Role.ASSISTANT))
    dice = random.Random(72)
    with transaction.atomic():
        seats = _seats(term, learners)
        sessions = _sessions(term, assistant)
        _leaves(seats, sessions, assistant)
        _entries(seats, sessions, assistant, dice)
    _close(seats, sessions, assistant)
    return sign_in(assistant, 0)


def _seats(term: Any, learners: int) -> list[Any]:
    """Two in a hundred get their seat in the middle of the term."""
    from django.contrib.auth import get_user_model

    from lms.people.models import Person, Unit
    from lms.people.services import spell_name
    from lms.programmes.models import ClassGroup, Enrolment

    groups = [
        ClassGroup.objects.create(term=term, code=f"{number}", name=f"{number}班", capacity=learners)
        for number in range(1, CLASSES + 1)
    ]
    units = [Unit.objects.create(name=f"测试单位{number:02d}") for number in range(40)]
    account = get_user_model()
    users = account.objects.bulk_create(
        account(username=f"sheet{number:04d}", password="!") for number in range(learners)
    )
    people = Person.objects.bulk_create(
        Person(user=user, name=name, pinyin=spell_name(name), unit=units[number % len(units)])
        for number, user in enumerate(users)
        for name in [f"学员{number:04d}"]
    )
    return Enrolment.objects.bulk_create(
        Enrolment(
            person=person,
            term=term,
            group=groups[number * CLASSES // learners],
            number=number + 1,
            enrolled_at=FIRST + (5 * DAY if number % 50 == 7 else -9 * DAY),
        )
        for number, person in enumerate(people)
    )


def _sessions(term: Any, assistant: Any) -> list[Any]:
    from lms.attendance.models import Session
    from lms.programmes.models import Course

    courses = list(Course.objects.filter(module__programme=term.programme).order_by("pk"))
    starts = [FIRST + (place // 2) * DAY + (place % 2) * 330 * MINUTE for place in range(SESSIONS)]
    made = Session.objects.bulk_create(
        Session(
            term=term,
            course=courses[place % len(courses)],
            instructor=assistant,
            room=f"{place:03d}",
            starts_at=start,
            ends_at=start + LENGTH,
            minutes=TAUGHT,
            check_in_from=start - 30 * MINUTE,
            check_out_until=start + LENGTH + 15 * MINUTE,
        )
        for place, start in enumerate(starts)
    )
    through: Any = Session.groups.through
    groups = list(term.groups.filter(enrolments__isnull=False).values_list("pk", flat=True).distinct())
    through.objects.bulk_create(
        through(session_id=session.pk, classgroup_id=group) for session in made for group in groups
    )
    return made


def _leaves(seats: list[Any], sessions: list[Any], assistant: Any) -> None:
    from lms.attendance.enums import LeaveState
    from lms.attendance.models import LeaveRequest

    LeaveRequest.objects.bulk_create(
        LeaveRequest(
            session=session,
            enrolment=seat,
            reason="会议",
            asked_at=session.starts_at - DAY,
            state=LeaveState.APPROVED,
            decided_by=assistant,
            decided_at=session.starts_at - DAY,
        )
        for session in sessions[:CLOSED]
        for seat in seats[session.pk % 97 :: 97]
    )


def _entries(seats: list[Any], sessions: list[Any], assistant: Any, dice: random.Random) -> None:
    from lms.attendance.enums import CheckKind, CheckMethod
    from lms.attendance.models import CheckEntry

    def rows() -> Iterator[CheckEntry]:
        for session in sessions[:CLOSED]:
            for seat in seats[: session.pk % 97] + [
                seat for place, seat in enumerate(seats[session.pk % 97 :]) if place % 97
            ]:
                drawn = dice.random()
                absent = OFTEN if seat.number % 30 == 4 else ABSENT
                if seat.enrolled_at > session.starts_at or drawn < absent:
                    continue
                late, early, once = _luck(drawn)
                moments = {CheckKind.IN: session.starts_at + (12 if late else -5) * MINUTE}
                if not once:
                    moments[CheckKind.OUT] = session.ends_at + (-9 if early else 2) * MINUTE
                for kind, moment in moments.items():
                    yield CheckEntry(
                        session=session,
                        enrolment=seat,
                        kind=kind,
                        at=moment,
                        method=CheckMethod.QR,
                        actor=assistant,
                        recorded_at=moment,
                    )

    CheckEntry.objects.bulk_create(rows(), batch_size=2000)


def _luck(drawn: float) -> tuple[bool, bool, bool]:
    """Late, left early, checked only once: at most one of them."""
    late, early, once = ABSENT + LATE, ABSENT + LATE + EARLY, ABSENT + LATE + EARLY + ONCE
    return drawn < late, late <= drawn < early, early <= drawn < once


def _close(seats: list[Any], sessions: list[Any], assistant: Any) -> None:
    """Through the services of the screens: closed sheets, ten corrections a sheet of every third, one make-up."""
    from lms.attendance.models import MakeUpSeat, Session
    from lms.attendance.services import Correction, close_session, correct_attendance

    held = sessions[:CLOSED]
    for place, session in enumerate(held):
        close_session(session, at=session.check_out_until, actor=assistant)
        if place % 3 == 0:
            changes = [Correction(seat, 60) for seat in seats[place :: len(seats) // 10]]
            correct_attendance(session, changes, reason="核对", at=session.check_out_until + DAY, actor=assistant)
    missed, last = held[0], held[-1]
    again = Session.objects.create(
        term=missed.term,
        course=missed.course,
        room="make-up",
        make_up=True,
        starts_at=last.starts_at + 600 * MINUTE,
        ends_at=last.starts_at + 600 * MINUTE + LENGTH,
        minutes=TAUGHT,
        check_in_from=last.starts_at + 570 * MINUTE,
        check_out_until=last.starts_at + 615 * MINUTE + LENGTH,
    )
    MakeUpSeat.objects.bulk_create(
        MakeUpSeat(session=again, enrolment=seat, missed=missed, assigned_by=assistant, assigned_at=last.ends_at)
        for seat in seats[: len(seats) // 40]
    )
    close_session(again, at=again.check_out_until, actor=assistant)
