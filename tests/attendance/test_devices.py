"""The phone of the first check-in is hers; another one is approved by whoever sees the person."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from wagtail.models import ModelLogEntry

from lms.attendance.enums import CheckKind, CheckMethod, DeviceState
from lms.attendance.models import CheckEntry, DeviceChange, Flag
from lms.attendance.selectors.evidence import phone_standing, phones_of
from lms.attendance.services.devices import ask_device, decide_device
from lms.attendance.services.flags import find_flags
from lms.attendance.tokens import mark_device
from lms.attendance.views.phones import DEVICE
from lms.core.conf import core_settings
from lms.core.exceptions import DomainError
from lms.people.enums import Role
from lms.programmes.models import Enrolment
from tests import factories
from tests.attendance.factories import a_learner, a_session, a_timetable, at

pytestmark = pytest.mark.django_db
PHONES = reverse("lms_attendance_admin:phones")
COOKIE = "a" * 32


@pytest.fixture
def term() -> Any:
    return a_timetable().term


@pytest.fixture
def anna(term: Any) -> Enrolment:
    return a_learner(term)


def used(seat: Enrolment, mark: str, *, day: int = 10, session: Any = None, **fields: Any) -> CheckEntry:
    session = session or a_session(seat.term, starts_at=at(day))
    values = {"kind": CheckKind.IN, "method": CheckMethod.QR, "recorded_at": at(day)}
    return CheckEntry.objects.create(
        session=session, enrolment=seat, at=at(day), actor=seat.person.user, device=mark, **{**values, **fields}
    )


class TestBinding:
    def test_the_first_phone_is_hers_and_the_second_is_new(self, anna: Enrolment) -> None:
        used(anna, "first", day=10)
        used(anna, "second", day=11)
        assert phones_of(anna) == {"first"}
        assert phone_standing(anna, "first") == ""
        assert phone_standing(anna, "second") == "new"

    def test_a_computer_that_never_checked_her_in_is_not_asked_about(self, anna: Enrolment) -> None:
        used(anna, "first")
        assert phone_standing(anna, "desk") == ""

    def test_before_her_first_check_every_phone_may_become_hers(self, anna: Enrolment) -> None:
        assert phones_of(anna) == set()
        assert phone_standing(anna, "any") == ""

    def test_a_check_by_staff_binds_nothing(self, anna: Enrolment) -> None:
        used(anna, "desk", method=CheckMethod.MANUAL)
        assert phones_of(anna) == set()

    def test_an_approved_phone_is_hers_too(self, anna: Enrolment) -> None:
        used(anna, "first", day=10)
        used(anna, "second", day=11)
        change = ask_device(anna, "second", at=at(11))
        assert phone_standing(anna, "second") == "asked"
        decide_device(change, approve=True, at=at(11), actor=factories.staff(Role.ASSISTANT))
        assert phones_of(anna) == {"first", "second"}
        assert phone_standing(anna, "second") == ""


class TestAsking:
    def test_asking_twice_is_one_request(self, anna: Enrolment) -> None:
        used(anna, "first")
        assert ask_device(anna, "new", at=at(11)) == ask_device(anna, "new", at=at(12))
        assert DeviceChange.objects.get().asked_at == at(11)

    @pytest.mark.parametrize(("mark", "code"), [("", "phone_unknown"), ("first", "phone_is_yours")])
    def test_some_questions_need_no_answer(self, anna: Enrolment, mark: str, code: str) -> None:
        used(anna, "first")
        with pytest.raises(DomainError) as problem:
            ask_device(anna, mark, at=at(11))
        assert problem.value.code == code

    def test_a_decision_is_audited_and_a_refusal_may_become_an_approval(self, anna: Enrolment) -> None:
        used(anna, "first")
        change, assistant = ask_device(anna, "new", at=at(11)), factories.staff(Role.ASSISTANT)
        decide_device(change, approve=False, at=at(11), actor=assistant)
        found = decide_device(change, approve=True, at=at(12), actor=assistant)
        assert (found.state, found.decided_by, found.decided_at) == (DeviceState.APPROVED, assistant, at(12))
        assert decide_device(change, approve=True, at=at(13), actor=assistant).decided_at == at(12)
        assert ModelLogEntry.objects.filter(action="lms_attendance.decide_device").count() == 2

    def test_an_approval_is_not_taken_back(self, anna: Enrolment) -> None:
        used(anna, "first")
        change, assistant = ask_device(anna, "new", at=at(11)), factories.staff(Role.ASSISTANT)
        decide_device(change, approve=True, at=at(11), actor=assistant)
        with pytest.raises(DomainError) as problem:
            decide_device(change, approve=False, at=at(12), actor=assistant)
        assert problem.value.code == "already_approved"


@pytest.mark.parametrize(("approve", "flags"), [(True, 0), (False, 1)])
def test_an_approved_phone_is_no_flag_and_a_refused_one_is(anna: Enrolment, approve: bool, flags: int) -> None:
    used(anna, "first", day=10)
    session = a_session(anna.term, starts_at=at(11), state="closed", closed_at=at(11, "12:00"))
    used(anna, "new", day=11, session=session)
    decide_device(ask_device(anna, "new", at=at(11)), approve=approve, at=at(11), actor=factories.staff(Role.ASSISTANT))
    assert find_flags(session, at=at(11, "12:10")) == flags
    assert Flag.objects.filter(kind="other_device").count() == flags


class TestScreens:
    def phone(self, client: Client, seat: Enrolment) -> str:
        """Her present phone has a cookie; an earlier one was the first."""
        used(seat, "first", day=10)
        mark = mark_device(core_settings.CODE_KEY, COOKIE)
        used(seat, mark, day=11)
        client.cookies[DEVICE] = COOKIE
        client.force_login(seat.person.user)
        return mark

    def test_the_learner_asks_with_one_press_and_shows_herself(self, client: Client, anna: Enrolment) -> None:
        mark = self.phone(client, anna)
        address = reverse("lms_attendance:ask_phone")
        assert address in client.get(reverse("lms_attendance:overview")).content.decode()
        client.post(address)
        assert DeviceChange.objects.get().mark == mark
        page = client.get(reverse("lms_attendance:overview"))
        assert page.context["phone_standing"] == "asked"
        assert address not in page.content.decode()

    def test_after_a_check_by_script_the_question_comes_by_itself(self, client: Client, anna: Enrolment) -> None:
        self.phone(client, anna)
        other = CheckEntry.objects.exclude(device="first").get()
        page = client.get(reverse("lms_attendance:after_check", args=[other.session_id, "in"]))
        assert reverse("lms_attendance:ask_phone") in page.content.decode()
        first = CheckEntry.objects.get(device="first")
        page = client.get(reverse("lms_attendance:after_check", args=[first.session_id, "in"]))
        assert (page.status_code, page.content) == (204, b"")
        client.force_login(factories.a_user())
        assert client.get(reverse("lms_attendance:after_check", args=[other.session_id, "in"])).status_code == 404

    def test_with_the_layer_off_nobody_is_asked(self, client: Client, anna: Enrolment, settings: Any) -> None:
        settings.LMS_ATTENDANCE_LAYERS = ()
        self.phone(client, anna)
        assert client.get(reverse("lms_attendance:overview")).context["phone_standing"] == ""

    def test_whoever_has_no_seat_cannot_ask(self, client: Client) -> None:
        client.force_login(factories.a_user())
        assert client.post(reverse("lms_attendance:ask_phone")).status_code == 403

    @pytest.mark.parametrize("role", [Role.ASSISTANT, Role.INSTRUCTOR])
    def test_one_press_approves(self, client: Client, anna: Enrolment, role: Role) -> None:
        used(anna, "first")
        change = ask_device(anna, "new", at=at(11))
        client.force_login(factories.staff(role))
        assert anna.person.name in client.get(f"{PHONES}?term={anna.term_id}").content.decode()
        client.post(f"{PHONES}?term={anna.term_id}", {"phone": change.pk, "act": "approve"})
        change.refresh_from_db()
        assert change.state == DeviceState.APPROVED

    def test_the_list_says_whose_phone_it_was_before(self, client: Client, anna: Enrolment) -> None:
        berta = factories.an_enrolment(anna.term, factories.a_person("李娜"))
        used(anna, "first", day=10)
        used(berta, "hers", day=11)
        ask_device(anna, "hers", at=at(12))
        client.force_login(factories.staff(Role.ASSISTANT))
        assert "李娜" in client.get(f"{PHONES}?term={anna.term_id}").content.decode()

    def test_an_assistant_of_other_classes_neither_sees_nor_approves(self, client: Client, anna: Enrolment) -> None:
        mine, others = factories.a_group(anna.term, "A"), factories.a_group(anna.term, "B")
        one = factories.staff(Role.ASSISTANT)
        mine.assistants.add(one)
        others.assistants.add(factories.staff(Role.ASSISTANT))
        Enrolment.objects.filter(pk=anna.pk).update(group=others)
        used(anna, "first")
        change = ask_device(anna, "new", at=at(11))
        client.force_login(one)
        assert client.get(f"{PHONES}?term={anna.term_id}").context["rows"] == []
        client.post(PHONES, {"phone": change.pk, "act": "approve"})
        change.refresh_from_db()
        assert change.state == DeviceState.ASKED

    def test_a_learner_cannot_approve_herself(self, client: Client, anna: Enrolment) -> None:
        used(anna, "first")
        change = ask_device(anna, "new", at=at(11))
        client.force_login(anna.person.user)
        assert client.post(PHONES, {"phone": change.pk, "act": "approve"}).status_code in (302, 403)
        change.refresh_from_db()
        assert change.state == DeviceState.ASKED
