"""The learner's own code: her phone's key, the text of the code, and the page that shows it."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lms.attendance.enums import CheckKind
from lms.attendance.models import LearnerKey, Session
from lms.attendance.services import Proof, check_in
from lms.attendance.services.devices import ask_device, decide_device
from lms.attendance.services.scanners import (
    PersonalCode,
    approve_key,
    install_key,
    is_signed,
    read_personal_code,
    refuse_key,
    write_personal_code,
)
from lms.attendance.tokens import mark_device
from lms.core.conf import core_settings
from lms.core.exceptions import DomainError
from lms.people.enums import Role
from lms.programmes.models import Enrolment
from tests import factories
from tests.attendance.factories import a_board, a_learner, a_session, a_timetable, at
from tests.attendance.phones import LearnersPhone, Phone

whole = st.integers(0, 10**12 - 1)


@given(whole, whole, whole, st.binary(min_size=64, max_size=64))
def test_a_code_reads_back_as_it_was_written(seat: int, key: int, step: int, signature: bytes) -> None:
    code = PersonalCode(seat, key, step, signature)
    text = write_personal_code(code)
    assert read_personal_code(text) == code
    assert set(text) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.")
    assert len(text) <= 110 + 36


@given(st.text(max_size=150))
def test_any_other_text_is_no_code(text: str) -> None:
    assert read_personal_code(text) is None


def test_a_signature_is_of_one_key_and_one_message_only() -> None:
    phone, other = Phone(), Phone()
    signature = phone.sign(b"seat")
    assert is_signed(phone.public_key, b"seat", signature)
    assert not is_signed(phone.public_key, b"seats", signature)
    assert not is_signed(other.public_key, b"seat", signature)
    assert not is_signed(phone.public_key, b"seat", signature + b"\0")
    assert not is_signed(phone.public_key, b"seat", b"\0" * 64)
    assert not is_signed("rubbish", b"seat", signature)


@pytest.mark.django_db
class TestKeys:
    def test_the_first_phone_counts_at_once_and_a_second_waits(self) -> None:
        seat, assistant = a_learner(factories.a_term()), factories.staff(Role.ASSISTANT)
        first = LearnersPhone(seat, installed=at(8)).key
        second = LearnersPhone(seat, installed=at(9)).key
        assert (first.approved_at, second.approved_at) == (at(8), None)
        approve_key(second, at=at(10), actor=assistant)
        first.refresh_from_db()
        second.refresh_from_db()
        assert (first.retired_at, second.approved_at, second.retired_at) == (at(10), at(10), None)

    def test_installing_again_changes_nothing(self) -> None:
        seat, phone = a_learner(factories.a_term()), Phone()
        keys = {install_key(seat, phone.public_key, at=at(day)).pk for day in (8, 9, 10)}
        assert len(keys) == LearnerKey.objects.count() == 1

    def test_a_refused_phone_leaves_the_first_in_use(self) -> None:
        seat, assistant = a_learner(factories.a_term()), factories.staff(Role.ASSISTANT)
        first, second = (LearnersPhone(seat, installed=at(day)).key for day in (8, 9))
        refuse_key(second, at=at(10), actor=assistant)
        first.refresh_from_db()
        assert first.retired_at is None
        for act in (approve_key, refuse_key):
            with pytest.raises(DomainError) as problem:
                act(second, at=at(10), actor=assistant)
            assert problem.value.code == "key_decided"

    def test_of_several_new_phones_the_last_waits(self) -> None:
        seat = a_learner(factories.a_term())
        _first, second, third = (LearnersPhone(seat, installed=at(day)).key for day in (8, 9, 10))
        waiting = LearnerKey.objects.filter(approved_at__isnull=True, retired_at__isnull=True)
        assert list(waiting) == [third]
        second.refresh_from_db()
        assert second.retired_at == at(10)


def mark_of(client: Any) -> str:
    """The mark of this browser, which gets its cookie with the first page."""
    client.get("/attendance/")
    return mark_device(core_settings.CODE_KEY, client.cookies["lms_device"].value)


def checked_in_with(client: Any, seat: Enrolment, session: Session, nonce: str) -> str:
    mark, moment = mark_of(client), at(10, "08:20")
    proof = Proof(device=mark)
    check_in(session.pk, seat.person.user, kind=CheckKind.IN, nonce=nonce, scanned_at=moment, at=moment, proof=proof)
    return mark


@pytest.mark.django_db
class TestPage:
    def install(self, client: Any, public_key: Any) -> Any:
        body = json.dumps({"public_key": public_key})
        return client.post("/attendance/my-code/key/", body, content_type="application/json")

    def test_the_phone_learns_whose_code_it_shows(self, signed_in: Any) -> None:
        group = factories.a_group(term := factories.a_term(), "A")
        seat, phone = a_learner(term, group=group), Phone()
        client = signed_in(seat.person.user)
        assert client.get("/attendance/my-code/").status_code == 200
        state = client.get("/attendance/my-code/state/").json()
        assert state["seat"] == {"id": seat.pk, "name": seat.person.name, "number": seat.number, "group": str(group)}
        assert (state["keys"], state["seconds"]) == ([], 15)
        keys = self.install(client, phone.public_key).json()["keys"]
        assert [(key["public_key"], key["state"]) for key in keys] == [(phone.public_key, "approved")]
        keys = self.install(client, Phone().public_key).json()["keys"]
        assert [key["state"] for key in keys] == ["approved", "waiting"]

    def test_the_page_itself_names_nobody(self, signed_in: Any) -> None:
        seat = a_learner(factories.a_term(), number=987654)
        page = signed_in(seat.person.user).get("/attendance/my-code/").content.decode()
        assert seat.person.name not in page
        assert str(seat.number) not in page

    def test_rubbish_and_people_without_a_seat(self, signed_in: Any, outsider: Any) -> None:
        learner, stranger = signed_in(a_learner(factories.a_term()).person.user), signed_in(outsider)
        assert self.install(learner, "x").status_code == 409
        assert learner.post("/attendance/my-code/key/", "{", content_type="application/json").status_code == 400
        assert self.install(stranger, Phone().public_key).status_code == 409
        assert stranger.get("/attendance/my-code/state/").json()["seat"] is None
        assert not LearnerKey.objects.exists()

    def test_another_phone_than_she_checked_in_with_waits_and_her_own_does_not(self, signed_in: Any) -> None:
        session = a_session(factories.a_term())
        seat, board = a_learner(session.term), a_board(session)
        own, other = signed_in(seat.person.user), signed_in(seat.person.user)
        checked_in_with(own, seat, session, board.nonce)
        assert self.states(other) == ["waiting"]
        assert self.states(own) == ["approved"]
        states = [key["state"] for key in own.get("/attendance/my-code/state/").json()["keys"]]
        assert states == ["retired", "approved"], "her own takes the place of the one that waited"

    def test_the_phone_she_checked_in_with_shows_her_code_at_once(self, signed_in: Any) -> None:
        session = a_session(factories.a_term())
        seat, board = a_learner(session.term), a_board(session)
        own = signed_in(seat.person.user)
        mark = checked_in_with(own, seat, session, board.nonce)
        assert self.states(own) == ["approved"]
        assert LearnerKey.objects.get().device == mark

    def test_an_approved_change_of_phone_holds_for_the_code_too(self, signed_in: Any) -> None:
        session = a_session(factories.a_term())
        seat, board = a_learner(session.term), a_board(session)
        checked_in_with(signed_in(seat.person.user), seat, session, board.nonce)
        other = signed_in(seat.person.user)
        change = ask_device(seat, mark_of(other), at=at(10))
        decide_device(change, approve=True, at=at(10), actor=factories.staff(Role.ASSISTANT))
        assert self.states(other) == ["approved"]

    @pytest.mark.parametrize("used_for", ["check-in", "code"])
    def test_the_phone_of_another_learner_waits(self, signed_in: Any, used_for: str) -> None:
        session = a_session(factories.a_term())
        friend, absent, board = a_learner(session.term), a_learner(session.term), a_board(session)
        phone = signed_in(friend.person.user)
        if used_for == "check-in":
            checked_in_with(phone, friend, session, board.nonce)
        else:
            assert self.states(phone) == ["approved"]
        phone.force_login(absent.person.user)
        assert self.states(phone) == ["waiting"]
        elsewhere = a_learner(factories.a_term())
        phone.force_login(elsewhere.person.user)
        assert self.states(phone) == ["approved"], "another term has other learners"

    def test_with_the_layers_off_every_first_key_counts(self, signed_in: Any, settings: Any) -> None:
        settings.LMS_ATTENDANCE_LAYERS = ("two_rooms",)
        session = a_session(factories.a_term())
        seat, board = a_learner(session.term), a_board(session)
        checked_in_with(signed_in(seat.person.user), seat, session, board.nonce)
        assert self.states(signed_in(seat.person.user)) == ["approved"]

    def states(self, client: Any) -> list[str]:
        return [key["state"] for key in self.install(client, Phone().public_key).json()["keys"]][-1:]

    def test_a_key_is_installed_with_a_csrf_token_only(self, client: Any) -> None:
        from django.test import Client

        strict = Client(enforce_csrf_checks=True)
        strict.force_login(a_learner(factories.a_term()).person.user)
        assert self.install(strict, Phone().public_key).status_code == 403
        token = strict.get("/attendance/my-code/state/").json()["csrf"]
        body = json.dumps({"public_key": Phone().public_key})
        sent = strict.post(
            "/attendance/my-code/key/", body, content_type="application/json", headers={"X-CSRFToken": token}
        )
        assert sent.status_code == 200

    def test_the_worker_keeps_every_file_the_page_loads(self, client: Any) -> None:
        script = client.get("/attendance/my-code/worker.js")
        assert script["Content-Type"] == "text/javascript; charset=utf-8"
        for name in ("my_code.js", "scanner/codes.js", "scanner/store.js", "vendor/qrcode.js", "scanning.css"):
            assert f"/static/lms_attendance/{name}" in script.content.decode()

    def test_where_only_staff_scan_the_code_stands_in_front(self, signed_in: Any) -> None:
        import time_machine

        a_timetable(term := factories.a_term())
        seat = a_learner(term)
        a_session(term, staff_scan_only=True)
        with time_machine.travel(at(10, "08:10"), tick=False):
            page = signed_in(seat.person.user).get("/attendance/").content.decode()
        assert page.count('href="/attendance/my-code/"') == 2
        assert 'name="code"' not in page
