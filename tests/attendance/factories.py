"""Sessions, boards and a class for attendance tests."""

import secrets
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from lms.attendance.enums import CheckKind
from lms.attendance.models import Board, Flag, PaperRoll, PaperSheet, Session, Timetable
from lms.attendance.rules import draw_code
from lms.people.enums import Role
from lms.programmes.models import Course, Enrolment, Term
from tests import factories

ZONE = ZoneInfo("Asia/Shanghai")


def at(day: int, clock: str = "08:30") -> datetime:
    """A moment in March 2025, in Shanghai."""
    return datetime.combine(date(2025, 3, day), datetime.strptime(clock, "%H:%M").time(), tzinfo=ZONE)


def a_timetable(term: Term | None = None, *, published: bool = True) -> Timetable:
    term = term or factories.a_term()
    return Timetable.objects.create(term=term, published_at=at(1, "08:00") if published else None)


def a_session(term: Term, *, starts_at: datetime | None = None, **fields: Any) -> Session:
    """10 March 2025, 08:30–11:50 with 180 class minutes (4 class hours) unless told otherwise."""
    starts_at = starts_at or at(10)
    ends_at = fields.pop("ends_at", starts_at + timedelta(minutes=200))
    course = fields.pop("course", None) or Course.objects.filter(module__programme=term.programme).first()
    values = {
        "course": course or factories.a_course(term.programme, title="绩效面谈技巧"),
        "room": "301",
        "minutes": 180,
        "check_in_from": starts_at - timedelta(minutes=30),
        "check_out_until": ends_at + timedelta(minutes=15),
    }
    return Session.objects.create(term=term, starts_at=starts_at, ends_at=ends_at, **{**values, **fields})


def a_board(session: Session, kind: CheckKind = CheckKind.IN, *, opened_by: Any = None) -> Board:
    """An open board; the session is open from now on."""
    if session.state == "planned":
        Session.objects.filter(pk=session.pk).update(state="open")
        session.state = "open"
    return Board.objects.create(
        session=session,
        nonce=f"nonce{session.pk}",
        kind=kind,
        opened_by=opened_by or factories.staff(Role.ASSISTANT),
        opened_at=session.check_in_from,
    )


def a_learner(term: Term, **fields: Any) -> Enrolment:
    return factories.an_enrolment(term, factories.a_person(), **fields)


def a_roll(session: Session, *, printed_by: Any = None) -> PaperRoll:
    """A printed roll with a code of its own."""
    return PaperRoll.objects.create(
        session=session,
        code=draw_code(secrets.choice),
        printed_by=printed_by or factories.staff(Role.ASSISTANT),
        printed_at=session.check_in_from,
    )


def a_typed_roll(session: Session, seats: list[Enrolment], *, entered_by: Any = None) -> PaperSheet:
    """These were there the whole time, by a typed roll that waits for a second person."""
    times = {"in": session.starts_at.isoformat(), "out": session.ends_at.isoformat()}
    typist = entered_by or factories.staff(Role.ASSISTANT)
    return PaperSheet.objects.create(
        roll=a_roll(session, printed_by=typist),
        lines=[{"enrolment": seat.pk, **times} for seat in seats],
        entered_by=typist,
        entered_at=session.ends_at,
    )


def a_flag(session: Session, seat: Enrolment) -> Flag:
    """Something that does not fit together; the same flag when called again."""
    found, _made = Flag.objects.get_or_create(
        session=session,
        enrolment=seat,
        kind="two_rooms",
        defaults={"evidence": {"session": session.pk, "other_checks": []}, "at": session.ends_at},
    )
    return found
