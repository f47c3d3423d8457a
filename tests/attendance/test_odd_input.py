"""What no form of ours sends: a word where a key belongs, a number beyond all keys, a character that cannot be kept."""

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.urls import reverse

from lms.attendance.models import AttendanceMark, ExclusionDecision, RollCall
from lms.attendance.services import open_board
from lms.attendance.views.asked import number_of, numbers_of, words_of
from lms.people.enums import Role
from lms.programmes.models import Enrolment
from tests import factories
from tests.attendance.factories import a_learner, a_session, a_timetable, at

pytestmark = pytest.mark.django_db
ODD = ["abc", "", "-1", "1.5", "²", "٣", "\x00", "9" * 18, "9" * 30, "9" * 5000]
POSTS = {
    "exclusions": {"reason": "核对\x00无误"},
    "roll_call": {"seen": "yes"},
    "correct": {"minutes": "180", "reason": "补", "preview": "1"},
    "enter_leave": {"reason": "差"},
    "leave": {"act": "approve", "answer": ""},
    "missed": {"reason": "x"},
    "phones": {"act": "approve"},
    "scanners": {"act": "approve"},
    "conflicts": {"act": "accept", "reason": "\x00"},
}
KEYS = {"leave": ("leave",), "phones": ("phone",), "scanners": ("key", "scanner", "phone"), "conflicts": ("scan",)}
OF_SESSION = {"roll_call", "correct", "enter_leave", "missed", "sheet", "room"}
GETS = {
    "sheet": ("seat", "status"),
    "room": ("q",),
    "flags": ("term", "group", "session", "page", "kind", "state"),
    "phones": ("state", "page", "term"),
    "leave": ("state", "page"),
    "timetable": ("day", "term", "view"),
    "term_sheet": ("group", "q", "status", "limit"),
    "classroom": ("group", "term"),
    "make_ups": ("term", "page"),
    "conflicts": ("term", "page"),
    "paper": ("code",),
}


@pytest.fixture
def seat(settings: Any) -> Enrolment:
    settings.LMS_ATTENDANCE_LAYERS = ["headcount"]
    term = factories.a_term()
    a_timetable(term)
    session = a_session(term)
    found = a_learner(term)
    open_board(session, at=at(10), actor=factories.staff(Role.ASSISTANT))
    return found


def address(name: str, seat: Enrolment) -> str:
    pk = seat.term.sessions.get().pk
    return reverse(f"lms_attendance_admin:{name}", args=[pk] if name in OF_SESSION else [])


@pytest.mark.parametrize("odd", ODD, ids=lambda text: ascii(text[:20]))
def test_a_key_that_is_none_changes_nothing_and_breaks_nothing(signed_in: Any, seat: Enrolment, odd: str) -> None:
    client = signed_in(factories.staff(Role.ADMINISTRATOR))
    with time_machine.travel(at(10, "09:00"), tick=False):
        for name, fields in POSTS.items():
            sent = {**fields, **dict.fromkeys(KEYS.get(name, ("seat",)), odd)}
            answer = client.post(address(name, seat), sent)
            assert answer.status_code in {200, 302, 400, 403, 404}, name
    for journal in (RollCall, AttendanceMark, ExclusionDecision):
        assert not journal.objects.exists()


@pytest.mark.parametrize("odd", [*ODD, "0001-01-01", "9999-12-31"], ids=lambda text: ascii(text[:20]))
def test_an_odd_filter_is_ignored_or_not_found(signed_in: Any, seat: Enrolment, odd: str) -> None:
    client = signed_in(factories.staff(Role.ADMINISTRATOR))
    with time_machine.travel(at(10, "09:00"), tick=False):
        for name, fields in GETS.items():
            for field in fields:
                assert client.get(address(name, seat), {field: odd}).status_code in {200, 404}, (name, field)
        for field in ("from", "term"):
            assert client.get(reverse("lms_attendance_sessions:add"), {field: odd}).status_code == 200


def test_the_roll_call_and_the_exclusion_of_nobody_are_not_found(signed_in: Any, seat: Enrolment) -> None:
    client = signed_in(factories.staff(Role.ASSISTANT))
    for name in ("roll_call", "exclusions"):
        assert client.post(address(name, seat), {"seat": "abc", "reason": "x"}).status_code == 404


def test_a_reason_is_kept_without_what_the_database_cannot_keep(signed_in: Any, seat: Enrolment) -> None:
    for day in range(11, 13):
        a_session(seat.term, starts_at=at(day), room="")
    for session in seat.term.sessions.all():
        session.state, session.closed_at = "closed", session.ends_at + timedelta(minutes=1)
        session.save()
    sent = {"seat": seat.pk, "reason": "核对\x00无误"}
    signed_in(factories.staff(Role.ASSISTANT)).post(reverse("lms_attendance_admin:exclusions"), sent)
    assert ExclusionDecision.objects.get().reason == "核对无误"


def test_numbers_are_read_plainly() -> None:
    assert [number_of(text) for text in ("7", "007", *ODD[:7])] == [7, 7, 0, 0, 0, 0, 0, 0, 0]
    assert numbers_of(["3", "x", "3", "0", "4"]) == {3, 4}
    assert words_of("a\x00bc", 2) == "ab"


@pytest.mark.parametrize("kind", ["\x00", "in\x00", "later"])
def test_a_kind_of_check_that_there_is_not_is_no_address(seat: Enrolment, signed_in: Any, kind: str) -> None:
    learner, pk = signed_in(seat.person.user), seat.term.sessions.get().pk
    for path in (f"/attendance/sessions/{pk}/{kind}/", f"/attendance/sessions/{pk}/{kind}/hint/"):
        assert learner.get(path).status_code == 404
        assert learner.post(path).status_code == 404
    assert learner.get("/attendance/calendar/\x00.ics").status_code == 404
