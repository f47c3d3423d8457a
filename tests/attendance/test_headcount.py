"""Heads counted, learners called by name, and the sheet that is not closed before the figures agree."""

from typing import Any

import pytest
import time_machine
from django.urls import reverse
from wagtail.models import ModelLogEntry

from lms.attendance.enums import CheckKind, CheckMethod, DeviceState
from lms.attendance.models import CheckEntry, DeviceChange, Headcount, Prompt, RollCall, Session
from lms.attendance.selectors import count_room, headcount_state, off_record, roll_rows, room_notes
from lms.attendance.services import Correction, call_roll, close_session, correct_attendance, enter_headcount
from lms.core.exceptions import DomainError
from lms.people.enums import Role
from lms.programmes.models import Enrolment, HourEntry, Term
from tests import factories
from tests.attendance.factories import a_board, a_learner, a_session, at

NINE = at(10, "09:00")


@pytest.fixture(autouse=True)
def layer(settings: Any) -> None:
    settings.LMS_ATTENDANCE_LAYERS = ("headcount",)


@pytest.fixture
def session(term: Term) -> Session:
    found = a_session(term)
    a_board(found)
    return found


def came(
    session: Session, name: str = "", *, clock: str = "08:25", seat: Enrolment | None = None, **fields: Any
) -> Enrolment:
    """A learner of the session with an entry of the journal."""
    seat = seat or factories.an_enrolment(session.term, factories.a_person(name or "张伟"))
    moment = at(10, clock)
    values = {"kind": CheckKind.IN, "method": CheckMethod.QR, "actor": seat.person.user, "recorded_at": moment}
    CheckEntry.objects.create(session=session, enrolment=seat, at=moment, **{**values, **fields})
    return seat


def refusal_of(session: Session, assistant: Any, **more: Any) -> Any:
    with pytest.raises(DomainError) as refused:
        close_session(session, at=at(10, "12:10"), actor=assistant, **more)
    return refused.value.refusals[0]


def test_a_headcount_keeps_what_was_on_record(session: Session, assistant: Any) -> None:
    came(session)
    left, late = came(session), came(session, clock="09:10")
    came(session, seat=left, clock="08:50", kind=CheckKind.OUT)
    a_learner(session.term)
    row = enter_headcount(session, 1, at=NINE, actor=assistant)
    assert (row.counted, row.on_record) == (1, 1)
    assert count_room(session, at=at(10, "09:10")) == 2
    assert headcount_state(session).matches
    assert late.check_entries.count() == 1


def test_the_same_press_twice_is_one_row(session: Session, assistant: Any) -> None:
    came(session)
    rows = {enter_headcount(session, 2, at=NINE, actor=assistant).pk for _n in range(2)}
    assert len(rows) == 1
    enter_headcount(session, 1, at=NINE, actor=assistant)
    enter_headcount(session, 1, at=NINE, actor=factories.staff(Role.INSTRUCTOR))
    assert Headcount.objects.count() == 3


@pytest.mark.parametrize("counted", [-1, 10_000])
def test_impossible_counts_are_refused(session: Session, assistant: Any, counted: int) -> None:
    with pytest.raises(DomainError) as refused:
        enter_headcount(session, counted, at=NINE, actor=assistant)
    assert refused.value.code == "count_out_of_range"


def test_calling_the_roll_brings_the_record_to_the_count(session: Session, assistant: Any) -> None:
    there, away = came(session), came(session)
    enter_headcount(session, 1, at=NINE, actor=assistant)
    assert headcount_state(session).difference == -1
    call_roll(session, there, seen=True, at=NINE, actor=assistant)
    call_roll(session, away, seen=False, at=NINE, actor=assistant)
    call_roll(session, away, seen=False, at=NINE, actor=assistant)
    assert headcount_state(session).matches
    assert [(call.enrolment_id, call.seen) for call in RollCall.objects.all()] == [
        (there.pk, True),
        (away.pk, False),
    ]
    call_roll(session, away, seen=True, at=at(10, "09:05"), actor=assistant)
    assert headcount_state(session).record == 2


def test_who_is_not_on_record_comes_in_by_a_correction(session: Session, assistant: Any) -> None:
    came(session)
    forgot = factories.an_enrolment(session.term, factories.a_person("欧阳静"))
    enter_headcount(session, 2, at=NINE, actor=assistant)
    assert headcount_state(session).difference == 1
    assert [seat.pk for seat in off_record(session, "欧阳", at=NINE)] == [forgot.pk]
    assert [seat.pk for seat in off_record(session, str(forgot.number), at=NINE)] == [forgot.pk]
    assert off_record(session, "张伟", at=NINE) == []
    correct_attendance(session, [Correction(forgot, 180)], reason="手机没电", at=NINE, actor=assistant)
    assert headcount_state(session).matches


def test_who_is_corrected_to_absent_is_not_in_the_room(session: Session, assistant: Any) -> None:
    seat = came(session)
    correct_attendance(session, [Correction(seat, 0)], reason="代签", at=NINE, actor=assistant)
    assert count_room(session, at=NINE) == 0


def test_weak_signs_come_first(session: Session, term: Term) -> None:
    fine = came(session, "甲", device="p1")
    typed = came(session, "乙", device="p2", method=CheckMethod.TYPED)
    pair = [came(session, name, device="p3") for name in ("丙", "丁")]
    earlier = a_session(term, starts_at=at(9))
    other = came(earlier, "戊", device="p4")
    came(session, seat=other, device="p5", stale_tries=2, code_age_ms=8_500)
    used = came(earlier, "庚", device="p6")
    came(session, seat=used, device="p7")
    approved = {"state": DeviceState.APPROVED, "asked_at": NINE, "decided_at": NINE}
    DeviceChange.objects.create(enrolment=used, mark="p7", **approved)
    Prompt.objects.create(
        session=session, opens_at=at(10, "08:40"), until=at(10, "08:43"), made_by=factories.staff(Role.ASSISTANT)
    )
    for seat in (fine, typed, *pair, other, used):
        came(session, seat=seat, clock="08:41", kind=CheckKind.MID)
    silent = came(session, "己")
    rows = roll_rows(session, at=NINE)
    assert [(row.enrolment.person.name, row.signs) for row in rows] == [
        ("戊", ["不是最初使用的手机", "此前用过 2 个过期的码", "扫到的码即将过期"]),
        ("乙", ["输入验证码"]),
        ("丙", ["一部手机多名学员"]),
        ("丁", ["一部手机多名学员"]),
        ("己", ["课中核验未应答"]),
        ("甲", []),
        ("庚", []),
    ]
    assert silent.pk == rows[4].enrolment.pk


def test_where_staff_scan_those_they_did_not_scan_come_first(session: Session) -> None:
    for name in ("甲", "乙"):
        came(session, name, method=CheckMethod.SCAN)
    by_phone = came(session, "丙", device="p1")
    rows = roll_rows(session, at=NINE)
    assert (rows[0].enrolment.pk, rows[0].signs) == (by_phone.pk, ["没有工作人员扫码"])


@pytest.mark.parametrize("count", [3, 200])
def test_the_roll_takes_as_many_queries_for_200_as_for_3(
    session: Session, django_assert_max_num_queries: Any, count: int
) -> None:
    for n in range(count):
        came(session, device=f"p{n}")
    with django_assert_max_num_queries(8):
        assert len(roll_rows(session, at=NINE)) == count


def test_not_seen_costs_no_hours_and_stands_in_the_sheet(session: Session, assistant: Any) -> None:
    seat = came(session)
    came(session, seat=seat, clock="11:50", kind=CheckKind.OUT)
    enter_headcount(session, 0, at=NINE, actor=assistant)
    call_roll(session, seat, seen=False, at=NINE, actor=assistant)
    assert room_notes(session, at=NINE) == {seat.pk: ["点名未见"]}
    close_session(session, at=at(10, "12:10"), actor=assistant)
    assert HourEntry.objects.get().minutes == 180


# closing


def test_a_sheet_without_headcount_is_not_closed(session: Session, assistant: Any) -> None:
    assert refusal_of(session, assistant).code == "headcount_missing"
    assert refusal_of(session, assistant, without_headcount="  ").code == "headcount_missing"
    assert Session.objects.get().state == "open"


def test_a_sheet_whose_headcount_differs_is_not_closed(session: Session, assistant: Any) -> None:
    seat = came(session)
    came(session)
    enter_headcount(session, 1, at=NINE, actor=assistant)
    refusal = refusal_of(session, assistant)
    assert (refusal.code, refusal.figures) == (
        "headcount_differs",
        {"counted": 1, "on_record": 2, "time": "09:00"},
    )
    call_roll(session, seat, seen=False, at=at(10, "09:05"), actor=assistant)
    assert close_session(session, at=at(10, "12:10"), actor=assistant).state == "closed"


def test_leaving_after_the_headcount_does_not_disturb_it(session: Session, assistant: Any) -> None:
    seat = came(session)
    enter_headcount(session, 1, at=NINE, actor=assistant)
    came(session, seat=seat, clock="11:50", kind=CheckKind.OUT)
    assert close_session(session, at=at(10, "12:10"), actor=assistant).state == "closed"


def test_a_person_signs_it_off_with_a_reason_that_is_kept(session: Session, assistant: Any) -> None:
    came(session)
    enter_headcount(session, 3, at=NINE, actor=assistant)
    close_session(session, at=at(10, "12:10"), actor=assistant, without_headcount="两名旁听人员")
    entry = ModelLogEntry.objects.get(action="lms_attendance.close")
    assert entry.data["reason"] == "两名旁听人员"
    assert (entry.data["after"]["counted"], entry.data["after"]["on_record"]) == (3, 1)


def test_without_the_layer_nobody_asks(session: Session, assistant: Any, settings: Any) -> None:
    settings.LMS_ATTENDANCE_LAYERS = ()
    assert close_session(session, at=at(10, "12:10"), actor=assistant).state == "closed"


def test_a_closed_session_takes_no_headcount_and_no_call(session: Session, assistant: Any) -> None:
    seat = came(session)
    close_session(session, at=at(10, "12:10"), actor=assistant, without_headcount="投影损坏")
    for act in (
        lambda: enter_headcount(session, 1, at=NINE, actor=assistant),
        lambda: call_roll(session, seat, seen=True, at=NINE, actor=assistant),
    ):
        with pytest.raises(DomainError) as refused:
            act()
        assert refused.value.code == "session_not_open"


# screens


def test_from_the_board_to_the_roll_call_to_the_sheet(session: Session, assistant: Any, signed_in: Any) -> None:
    there, away = came(session, "李明"), came(session, "王芳")
    client = signed_in(assistant)
    room = reverse("lms_attendance_admin:room", args=[session.pk])
    with time_machine.travel(NINE, tick=False):
        client.post(reverse("lms_attendance_admin:headcount", args=[session.pk]), {"counted": "1", "from": "board"})
        assert "多于实到 1 人" in client.get(f"/attendance/board/{session.pk}/").content.decode()
        call = reverse("lms_attendance_admin:roll_call", args=[session.pk])
        plain = client.post(call, {"seat": there.pk, "seen": "yes"})
        assert plain["Location"] == f"{room}#seat-{there.pk}"
        answer = client.post(call, {"seat": away.pk, "seen": "no"}, headers={"accept": "application/json"}).json()
        assert (answer["seen"], answer["matches"], answer["unseen"]) == (False, True, 1)
        sheet = client.get(answer["unseen_url"])
        assert sheet.context["ticked"] == {away.pk}
        assert "点名未见" in sheet.content.decode()
        page = client.get(room + "?q=李")
        assert page.context["found"] == []
        assert [row.enrolment.pk for row in page.context["rows"]] == [there.pk, away.pk]


def test_the_closing_page_asks_for_the_reason(session: Session, assistant: Any, signed_in: Any) -> None:
    client, close = signed_in(assistant), reverse("lms_attendance_admin:close", args=[session.pk])
    with time_machine.travel(at(10, "12:10"), tick=False):
        assert "without_headcount" in client.get(close).content.decode()
        assert client.post(close)["Location"] == close
        assert Session.objects.get().state == "open"
        client.post(close, {"without_headcount": "无人到课"})
    assert Session.objects.get().state == "closed"


@pytest.mark.parametrize("typed", ["", "x", "-1", "1.5", "九", "²"])
def test_what_is_no_number_is_not_entered(session: Session, assistant: Any, signed_in: Any, typed: str) -> None:
    signed_in(assistant).post(reverse("lms_attendance_admin:headcount", args=[session.pk]), {"counted": typed})
    assert not Headcount.objects.exists()


def test_an_assistant_calls_only_her_own_class(session: Session, signed_in: Any) -> None:
    mine, other = factories.a_group(session.term, "A"), factories.a_group(session.term, "B")
    me = factories.staff(Role.ASSISTANT)
    mine.assistants.add(me)
    other.assistants.add(factories.staff(Role.ASSISTANT))
    own, stranger = (came(session, seat=a_learner(session.term, group=group)) for group in (mine, other))
    client, call = signed_in(me), reverse("lms_attendance_admin:roll_call", args=[session.pk])
    enter_headcount(session, 2, at=NINE, actor=me)
    assert client.post(call, {"seat": stranger.pk, "seen": "no"}).status_code == 404
    assert client.post(call, {"seat": own.pk, "seen": "yes"}).status_code == 302
    page = client.get(reverse("lms_attendance_admin:room", args=[session.pk]))
    assert ([row.enrolment.pk for row in page.context["rows"]], page.context["others"]) == ([own.pk], 1)
    session.groups.add(other)
    for name in ("room", "headcount", "roll_call"):
        address = reverse(f"lms_attendance_admin:{name}", args=[session.pk])
        assert (client.get(address) if name == "room" else client.post(address)).status_code == 403


def test_other_roles_stay_outside(session: Session, signed_in: Any) -> None:
    for role in (Role.FINANCE, Role.SUPERVISOR, Role.EXAMINER):
        client = signed_in(factories.staff(role))
        assert client.get(reverse("lms_attendance_admin:room", args=[session.pk])).status_code == 403
        for name in ("headcount", "roll_call"):
            assert client.post(reverse(f"lms_attendance_admin:{name}", args=[session.pk])).status_code == 403
    assert not Headcount.objects.exists()
