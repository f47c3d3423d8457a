"""Screens of learners and staff, and the outsiders who must not see them."""

from datetime import timedelta
from io import BytesIO
from typing import Any

import openpyxl
import pytest
import time_machine
from django.urls import reverse
from django.utils import timezone

from lms.attendance.enums import CheckKind
from lms.attendance.models import AttendanceMark, CheckEntry, ClassroomMark, LeaveRequest, Session
from lms.attendance.services import check_in, close_session, default_pattern, generate_timetable
from lms.attendance.views.cards import desk_cards
from lms.people.enums import Role
from lms.programmes.models import Enrolment, HourEntry, Term
from tests import factories
from tests.attendance.factories import a_board, a_learner, a_session, at

pytestmark = pytest.mark.django_db

ADMIN = ["timetable", "term_sheet", "exclusions", "classroom", "leave"]


@pytest.fixture
def assistant(signed_in: Any) -> Any:
    return signed_in(factories.staff(Role.ASSISTANT))


def test_anonymous_people_are_sent_to_sign_in(client: Any, term: Term) -> None:
    session = a_session(term)
    for address in (
        "/attendance/",
        "/attendance/leave/",
        f"/attendance/sessions/{session.pk}/in/",
        f"/attendance/board/{session.pk}/",
        *(reverse(f"lms_attendance_admin:{name}") for name in ADMIN),
        reverse("lms_attendance_admin:sheet", args=[session.pk]),
        reverse("lms_attendance_sessions:index"),
    ):
        answer = client.get(address)
        assert answer.status_code == 302, address
        assert "login" in answer["Location"]


def test_the_wrong_role_gets_403(signed_in: Any, term: Term) -> None:
    session, finance = a_session(term), signed_in(factories.staff(Role.FINANCE))
    for name in ADMIN:
        assert finance.get(reverse(f"lms_attendance_admin:{name}")).status_code == 403, name
    for name in ("correct", "close", "cancel"):
        assert finance.post(reverse(f"lms_attendance_admin:{name}", args=[session.pk])).status_code == 403
    for name in ("generate", "publish"):
        assert finance.post(reverse(f"lms_attendance_admin:{name}", args=[term.pk])).status_code == 403
    assert finance.get(reverse("lms_attendance_sessions:index")).status_code == 403
    assert finance.get(reverse("lms_attendance_sessions:add")).status_code == 403
    supervisor = signed_in(factories.staff(Role.SUPERVISOR))
    assert supervisor.get(reverse("lms_attendance_admin:term_sheet")).status_code == 200
    assert supervisor.post(reverse("lms_attendance_admin:close", args=[session.pk])).status_code == 403
    assert supervisor.post(reverse("lms_attendance_admin:exclusions"), {"seat": 1}).status_code == 403


def test_an_assistant_runs_only_her_own_class(signed_in: Any, term: Term) -> None:
    mine, other = factories.a_group(term, "A"), factories.a_group(term, "B")
    me = factories.staff(Role.ASSISTANT)
    mine.assistants.add(me)
    other.assistants.add(factories.staff(Role.ASSISTANT))
    theirs, common = a_session(term, starts_at=at(11)), a_session(term)
    theirs.groups.add(other)
    stranger, own = a_learner(term, group=other), a_learner(term, group=mine)
    client = signed_in(me)
    assert client.get(reverse("lms_attendance_admin:sheet", args=[theirs.pk])).status_code == 403
    page = client.get(reverse("lms_attendance_admin:sheet", args=[common.pk]))
    assert [seat.pk for seat, _cell in page.context["rows"]] == [own.pk]
    client.post(
        reverse("lms_attendance_admin:correct", args=[common.pk]),
        {"seat": [stranger.pk, own.pk], "what": "present", "reason": "在场"},
    )
    assert [mark.enrolment_id for mark in AttendanceMark.objects.all()] == [own.pk]
    answer = client.post(reverse("lms_attendance_admin:exclusions"), {"seat": stranger.pk, "reason": "x"})
    assert answer.status_code == 403


def test_learner_without_seat_sees_a_calm_page(signed_in: Any, outsider: Any) -> None:
    for address in ("/attendance/", "/attendance/leave/"):
        answer = signed_in(outsider).get(address)
        assert answer.status_code == 200
        assert "lms_attendance/no_seat.html" in [template.name for template in answer.templates]


def test_overview_shows_figures_of_what(signed_in: Any, term: Term) -> None:
    seat, session = a_learner(term), a_session(term)
    a_session(term, starts_at=at(20))
    close_session(session, at=at(10, "12:00"), actor=factories.staff(Role.ASSISTANT))
    with time_machine.travel(at(11), tick=False):
        page = signed_in(seat.person.user).get("/attendance/")
    standing = page.context["standing"]
    assert (standing.earned, standing.so_far, standing.scheduled, standing.missed) == (0, 180, 360, 180)
    assert page.context["outlook"]
    assert "style=" not in page.content.decode()


def test_whoever_has_checked_in_is_told_so_and_what_comes_next(signed_in: Any, term: Term) -> None:
    seat, session = a_learner(term), a_session(term)
    nonce, client = a_board(session).nonce, signed_in(seat.person.user)
    with time_machine.travel(at(10, "08:25"), tick=False):
        assert "正在签到" in client.get("/attendance/").content.decode()
        check_in(
            session.pk, seat.person.user, kind=CheckKind.IN, nonce=nonce, scanned_at=at(10, "08:20"), at=at(10, "08:20")
        )
        page = client.get("/attendance/").content.decode()
    assert "08:20 已签到" in page
    assert "正在签到" not in page


def test_whoever_is_on_record_by_paper_is_asked_for_nothing_more(signed_in: Any, term: Term) -> None:
    """No board was opened; the roll was confirmed while the time to check out still ran."""
    seat, session = a_learner(term), a_session(term)
    client, entry = signed_in(seat.person.user), {"method": "paper", "recorded_at": at(10, "11:55")}
    actor = factories.staff(Role.ASSISTANT)
    with time_machine.travel(at(10, "08:10"), tick=False):
        assert "请假</a>" in client.get("/attendance/").content.decode().split('id="code"')[1].split("</section>")[0]
    for kind, clock in (("in", "08:30"), ("out", "11:50")):
        CheckEntry.objects.create(session=session, enrolment=seat, kind=kind, at=at(10, clock), actor=actor, **entry)
    with time_machine.travel(at(10, "11:56"), tick=False):
        card = client.get("/attendance/").content.decode().split('id="code"')[1].split("</section>")[0]
    assert "本次课无需其他操作" in card
    assert "请假</a>" not in card
    assert "班主任打开签到屏" not in card


@pytest.mark.parametrize("count", [3, 60])
def test_overview_queries(signed_in: Any, term: Term, django_assert_max_num_queries: Any, count: int) -> None:
    seat = a_learner(term)
    for n in range(count):
        a_session(term, starts_at=at(1 + n % 28, f"{8 + n // 28 * 5:02}:00"))
    client = signed_in(seat.person.user)
    with django_assert_max_num_queries(8):
        assert client.get("/attendance/").status_code == 200


def test_desk_cards_take_two_queries(term: Term, django_assert_max_num_queries: Any, rf: Any) -> None:
    seat, session = a_learner(term), a_session(term)
    a_board(session)
    seat = Enrolment.objects.select_related("term__programme", "group").get(pk=seat.pk)
    request = rf.get("/desk/")
    with time_machine.travel(at(10, "08:20"), tick=False), django_assert_max_num_queries(2):
        now, hours = desk_cards(request, seat)
    assert (now.zone, now.actions[0].primary) == ("now", True)
    assert [(figure.value, figure.of) for figure in hours.figures] == [("0", "72"), ("1.33", "1.33")]
    assert desk_cards(request, None) == []


def test_leave_is_asked_on_screen_and_answered_in_the_back_office(signed_in: Any, term: Term, assistant: Any) -> None:
    seat, session = a_learner(term), a_session(term)
    client = signed_in(seat.person.user)
    with time_machine.travel(at(9), tick=False):
        assert client.post("/attendance/leave/", {"session": session.pk}).context["form"].errors
        client.post("/attendance/leave/", {"session": session.pk, "reason": "出差"})
    leave = LeaveRequest.objects.get()
    assert "出差" in assistant.get(reverse("lms_attendance_admin:leave")).content.decode()
    assistant.post(reverse("lms_attendance_admin:leave"), {"leave": leave.pk, "act": "refuse"})
    assert LeaveRequest.objects.get().state == "pending"
    assistant.post(reverse("lms_attendance_admin:leave"), {"leave": leave.pk, "act": "approve"})
    assert LeaveRequest.objects.get().state == "approved"
    stranger = signed_in(a_learner(term).person.user)
    assert stranger.post(f"/attendance/leave/{leave.pk}/withdraw/").status_code == 404
    assert client.get("/attendance/leave/").status_code == 200


def test_the_outcome_of_another_is_not_shown(signed_in: Any, term: Term) -> None:
    session = a_session(term)
    assert signed_in(a_learner(term).person.user).get(f"/attendance/sessions/{session.pk}/in/").status_code == 404


def test_sheet_correct_close_cancel(term: Term, assistant: Any) -> None:
    session, seat = a_session(term), a_learner(term)
    sheet = reverse("lms_attendance_admin:sheet", args=[session.pk])
    assert assistant.get(sheet).status_code == 200
    answer = assistant.post(reverse("lms_attendance_admin:correct", args=[session.pk]), {"what": "present"})
    assert answer.context["form"].errors.keys() == {"reason", "__all__"}
    assistant.post(
        reverse("lms_attendance_admin:correct", args=[session.pk]),
        {"seat": [seat.pk], "what": "minutes", "minutes": "90", "reason": "迟到"},
    )
    assert AttendanceMark.objects.get().minutes == 90
    assistant.post(reverse("lms_attendance_admin:close", args=[session.pk]))
    assert HourEntry.objects.get().minutes == 90
    assert Session.objects.get().state == "closed"
    other = a_session(term, starts_at=at(12))
    cancel = reverse("lms_attendance_admin:cancel", args=[other.pk])
    assert assistant.post(cancel, {"cancel-reason": ""}).context["cancel_form"].errors
    assistant.post(cancel, {"cancel-reason": "台风", "cancel-short_confirmed": "on"})
    assert Session.objects.get(pk=other.pk).state == "cancelled"
    assert assistant.get(reverse("lms_attendance_admin:timetable") + f"?term={term.pk}").status_code == 200


def test_closing_and_cancelling_say_what_follows_before_they_do_it(term: Term, assistant: Any) -> None:
    now = timezone.now()
    running, _seat = a_session(term, starts_at=now - timedelta(hours=1)), a_learner(term)
    page = assistant.get(reverse("lms_attendance_admin:close", args=[running.pk]))
    assert page.context["early"] is True
    assert (page.context["here"], page.context["open"], page.context["away"]) == (0, 0, 1)
    assert assistant.get(reverse("lms_attendance_admin:cancel", args=[running.pk])).status_code == 200
    assert Session.objects.get(pk=running.pk).state == "planned"
    over = a_session(term, starts_at=at(2))
    close = reverse("lms_attendance_admin:close", args=[over.pk])
    assert assistant.get(close).context["early"] is False
    assistant.post(close)
    for name in ("close", "cancel"):
        assert assistant.get(reverse(f"lms_attendance_admin:{name}", args=[over.pk])).status_code == 302


def test_a_new_session_from_a_timetable_knows_its_term(term: Term, assistant: Any) -> None:
    mine, other = factories.a_group(term, "A", name="一班"), factories.a_group(factories.a_term(), "A", name="二班")
    add = reverse("lms_attendance_sessions:add")
    timetable = assistant.get(f"{reverse('lms_attendance_admin:timetable')}?term={term.pk}").content.decode()
    assert f"{add}?term={term.pk}" in timetable
    form = assistant.get(f"{add}?term={term.pk}").context["form"]
    assert form.initial["term"] == term
    assert list(form.fields["groups"].queryset) == [mine]
    everywhere = assistant.get(f"{add}?term=x").context["form"].fields["groups"]
    assert set(everywhere.queryset) == {mine, other}
    assert everywhere.label_from_instance(other) == f"{other.term} · 二班"


def test_excel_matches_the_ledger_to_the_minute(term: Term, assistant: Any) -> None:
    session, seat = a_session(term), a_learner(term)
    a_session(term, starts_at=at(12))
    assistant.post(
        reverse("lms_attendance_admin:correct", args=[session.pk]),
        {"seat": [seat.pk], "what": "minutes", "minutes": "131", "reason": "迟到"},
    )
    assistant.post(reverse("lms_attendance_admin:close", args=[session.pk]))
    answer = assistant.get(reverse("lms_attendance_admin:term_sheet") + f"?term={term.pk}&export=xlsx")
    page = openpyxl.load_workbook(BytesIO(answer.content)).worksheets[0]
    row = [cell.value for cell in page[4]]
    assert row[1] == "张伟"
    assert row[4:10] == [131, "", 131, 49, 180, 360]
    assert sum(HourEntry.objects.values_list("minutes", flat=True)) == 131


def test_a_timetable_is_published_on_screen(assistant: Any) -> None:
    term = factories.a_term()
    factories.a_course(term.programme, offline_minutes=72 * 45)
    address = reverse("lms_attendance_admin:timetable") + f"?term={term.pk}"
    assert assistant.get(address).status_code == 200
    generate_timetable(term, default_pattern(term), at=at(1))
    assert Session.objects.count() == 18
    assistant.post(reverse("lms_attendance_admin:publish", args=[term.pk]))
    term.refresh_from_db()
    assert term.timetable.published_at is not None
    assert assistant.get(address).context["totals"] == [(term.name, 3240, True)]


def test_sessions_are_added_and_moved_through_the_services(term: Term, assistant: Any) -> None:
    course = factories.a_course(term.programme)
    add = reverse("lms_attendance_sessions:add")
    assert assistant.get(add).status_code == 200
    values = {
        "term": term.pk,
        "course": course.pk,
        "starts_at": "2025-03-10 08:30",
        "ends_at": "2025-03-10 11:50",
        "room": "301",
        "hours": "4",
        "check_out_required": "on",
    }
    assert assistant.post(add, values).status_code == 302
    session = Session.objects.get()
    assert (session.minutes, session.check_in_from) == (180, at(10, "08:00"))
    clash = assistant.post(add, values)
    assert clash.status_code == 200
    assert clash.context["form"].non_field_errors()
    edit = reverse("lms_attendance_sessions:edit", args=[session.pk])
    assert assistant.get(edit).status_code == 200
    assert assistant.post(edit, {**values, "hours": "3.5"}).context["form"].errors.keys() == {"hours"}
    assert assistant.post(edit, {**values, "room": "302", "hours": "3.2", "short_confirmed": "on"}).status_code == 302
    session.refresh_from_db()
    assert (session.room, session.minutes) == ("302", 144)


def test_the_list_of_sessions_filters_and_exports(
    term: Term, assistant: Any, django_assert_max_num_queries: Any
) -> None:
    for n in range(3):
        a_session(term, starts_at=at(2 + n))
    index = reverse("lms_attendance_sessions:index")
    assert assistant.get(index).status_code == 200
    page = assistant.get(index + "?q=绩效面谈&state=planned")
    assert page.content.decode().count("301") >= 3
    assert assistant.get(index + "?export=xlsx").status_code == 200


def test_exclusion_is_confirmed_and_lifted_on_screen(term: Term, assistant: Any) -> None:
    seat, session = a_learner(term), a_session(term)
    close_session(session, at=at(10, "12:00"), actor=factories.staff(Role.ASSISTANT))
    address = reverse("lms_attendance_admin:exclusions") + f"?term={term.pk}"
    assert [found[0].enrolment.pk for found in assistant.get(address).context["rows"]] == [seat.pk]
    assistant.post(address, {"seat": seat.pk, "act": "confirm", "reason": ""})
    assert not seat.exclusion_decisions.exists()
    assistant.post(address, {"seat": seat.pk, "act": "confirm", "reason": "核对无误"})
    assert assistant.get(address).context["rows"][0][1].reason == "核对无误"
    assistant.post(address, {"seat": seat.pk, "act": "lift", "reason": "申诉成立"})
    assert list(seat.exclusion_decisions.values_list("act", flat=True)) == ["confirmed", "lifted"]


def test_classroom_marks_for_a_whole_class(term: Term, assistant: Any) -> None:
    first, second = a_learner(term), a_learner(term)
    address = reverse("lms_attendance_admin:classroom") + f"?term={term.pk}"
    wrong = assistant.post(address, {f"mark-{first.pk}": "88", f"mark-{second.pk}": "abc"})
    assert [row[2] for row in wrong.context["rows"]] == [False, True]
    assert wrong.context["rows"][1][1] == "abc"
    assert not ClassroomMark.objects.exists()
    assistant.post(address, {f"mark-{first.pk}": "88", f"mark-{second.pk}": ""})
    assert ClassroomMark.objects.get().value == 88
    assert assistant.get(address).context["rows"][0][1] == "88"


@pytest.mark.parametrize("count", [3, 60])
def test_back_office_queries(term: Term, assistant: Any, django_assert_max_num_queries: Any, count: int) -> None:
    session = a_session(term)
    for _n in range(count):
        a_learner(term)
    for address in (
        reverse("lms_attendance_admin:sheet", args=[session.pk]),
        reverse("lms_attendance_admin:term_sheet") + f"?term={term.pk}",
        reverse("lms_attendance_admin:exclusions") + f"?term={term.pk}",
        reverse("lms_attendance_admin:classroom") + f"?term={term.pk}",
    ):
        with django_assert_max_num_queries(26):
            assert assistant.get(address).status_code == 200
