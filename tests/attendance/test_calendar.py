"""The week of the back office, the pattern screen, and the feed in a phone's calendar."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.urls import reverse
from icalendar import Calendar

from lms.attendance.models import CalendarFeed, MakeUpSeat, Room, Session
from lms.attendance.selectors import calendar_entries, week_of_term
from lms.attendance.services import cancel_session, change_session, plan_of, renew_feed
from lms.people.enums import Role
from lms.programmes.models import Term
from tests import factories
from tests.attendance.factories import a_learner, a_session, a_timetable, at

pytestmark = pytest.mark.django_db


@pytest.fixture
def staff_member() -> Any:
    return factories.staff(Role.ASSISTANT)


@pytest.fixture
def assistant(signed_in: Any, staff_member: Any) -> Any:
    return signed_in(staff_member)


def events(client: Any, user: Any) -> list[Any]:
    secret = CalendarFeed.objects.get(user=user).secret
    answer = client.get(f"/attendance/calendar/{secret}.ics")
    assert answer.status_code == 200
    return list(Calendar.from_ical(answer.content).walk("VEVENT"))


# the feed


def test_the_feed_holds_a_session_as_a_calendar_reads_it(client: Any, term: Term, staff_member: Any) -> None:
    seat, teacher = a_learner(term), factories.staff(Role.INSTRUCTOR)
    factories.a_person("王敏", user=teacher)
    session = a_session(term, instructor=teacher)
    renew_feed(seat.person.user, at=at(1))
    with time_machine.travel(at(5), tick=False):
        change_session(session, plan_of(session, room="302"), at=at(5), actor=staff_member)
    [event] = events(client, seat.person.user)
    assert str(event["UID"]) == f"session-{session.pk}@testserver"
    assert event.decoded("DTSTART") == datetime(2025, 3, 10, 0, 30, tzinfo=UTC)
    assert event.decoded("DTEND") == datetime(2025, 3, 10, 3, 50, tzinfo=UTC)
    assert str(event["SUMMARY"]) == "绩效面谈技巧"
    assert str(event["LOCATION"]) == "302"
    assert "王敏" in str(event["DESCRIPTION"])
    assert "4学时" in str(event["DESCRIPTION"])
    assert str(event["STATUS"]) == "CONFIRMED"
    assert event.decoded("SEQUENCE") == 1
    assert event.decoded("LAST-MODIFIED") == at(5)
    assert [alarm.decoded("TRIGGER") for alarm in event.walk("VALARM")] == [timedelta(minutes=-30)]


def test_a_cancelled_session_stays_in_the_feed_as_cancelled(client: Any, term: Term, staff_member: Any) -> None:
    seat, session = a_learner(term), a_session(term)
    renew_feed(seat.person.user, at=at(1))
    [before] = events(client, seat.person.user)
    cancel_session(session, at=at(5), actor=staff_member, reason="台风", short_confirmed=True)
    [event] = events(client, seat.person.user)
    assert event["UID"] == before["UID"]
    assert event.decoded("SEQUENCE") > before.decoded("SEQUENCE")
    assert event.decoded("LAST-MODIFIED") > before.decoded("LAST-MODIFIED")
    assert (str(event["STATUS"]), "台风" in str(event["DESCRIPTION"])) == ("CANCELLED", True)
    assert list(event.walk("VALARM")) == []


def test_everybody_gets_her_own_sessions_and_no_others(client: Any, term: Term) -> None:
    one, two = factories.a_group(term, "A"), factories.a_group(term, "B")
    first, second = a_learner(term, group=one), a_learner(term, group=two)
    teacher = factories.staff(Role.INSTRUCTOR)
    common, only_b = a_session(term, instructor=teacher), a_session(term, starts_at=at(11))
    only_b.groups.add(two)
    make_up = a_session(term, starts_at=at(12), make_up=True)
    MakeUpSeat.objects.create(
        session=make_up, enrolment=first, missed=common, assigned_by=factories.a_user(), assigned_at=at(11)
    )
    hidden = factories.a_term(term.programme, code="hidden")
    a_timetable(hidden, published=False)
    a_session(hidden, starts_at=at(13), instructor=teacher)
    found = {}
    for name, user in (("first", first.person.user), ("second", second.person.user), ("teacher", teacher)):
        renew_feed(user, at=at(1))
        found[name] = [str(event["UID"]).split("@")[0] for event in events(client, user)]
    assert found == {
        "first": [f"session-{common.pk}", f"session-{make_up.pk}"],
        "second": [f"session-{common.pk}", f"session-{only_b.pk}"],
        "teacher": [f"session-{common.pk}"],
    }


def test_a_withdrawn_learner_gets_an_empty_calendar_and_a_locked_account_none(client: Any, term: Term) -> None:
    seat, _session = a_learner(term), a_session(term)
    user = seat.person.user
    renew_feed(user, at=at(1))
    seat.state = "withdrawn"
    seat.save()
    assert events(client, user) == []
    user.is_active = False
    user.save()
    secret = CalendarFeed.objects.get().secret
    assert client.get(f"/attendance/calendar/{secret}.ics").status_code == 404


def test_what_ended_before_the_seat_is_not_in_the_feed(client: Any, term: Term) -> None:
    seat = a_learner(term, enrolled_at=at(11))
    a_session(term)
    after = a_session(term, starts_at=at(12))
    renew_feed(seat.person.user, at=at(1))
    assert [str(event["UID"]) for event in events(client, seat.person.user)] == [f"session-{after.pk}@testserver"]


def test_an_address_is_made_and_renewed_by_post_and_the_old_one_dies(signed_in: Any, client: Any, term: Term) -> None:
    browser = signed_in(a_learner(term).person.user)
    assert "/attendance/calendar/" in browser.get("/attendance/").content.decode()
    assert browser.get("/attendance/calendar/").context["feed"] is None
    assert browser.get("/attendance/calendar/renew/").status_code == 405
    assert not CalendarFeed.objects.exists()
    assert browser.post("/attendance/calendar/renew/").status_code == 302
    old = CalendarFeed.objects.get().secret
    page = browser.get("/attendance/calendar/")
    assert page.context["address"] == f"http://testserver/attendance/calendar/{old}.ics"
    assert page.context["webcal"] == f"webcal://testserver/attendance/calendar/{old}.ics"
    assert len(old) == 43
    browser.post("/attendance/calendar/renew/")
    assert client.get(f"/attendance/calendar/{old}.ics").status_code == 404
    assert client.get(f"/attendance/calendar/{CalendarFeed.objects.get().secret}.ics").status_code == 200
    assert client.post("/attendance/calendar/renew/").status_code == 302
    assert CalendarFeed.objects.count() == 1


def test_nobody_reads_the_feed_of_another_without_its_secret(signed_in: Any, client: Any, term: Term) -> None:
    seat = a_learner(term)
    a_session(term)
    renew_feed(seat.person.user, at=at(1))
    stranger = signed_in(a_learner(term).person.user)
    assert stranger.get("/attendance/calendar/").context["feed"] is None
    for guess in ("x", str(seat.person.user.pk), str(seat.pk), CalendarFeed.objects.get().secret[:-1]):
        assert client.get(f"/attendance/calendar/{guess}.ics").status_code == 404
        assert stranger.get(f"/attendance/calendar/{guess}.ics").status_code == 404
    assert client.get("/attendance/calendar/").status_code == 302


def test_a_calendar_that_knows_the_feed_is_told_that_nothing_changed(
    client: Any, term: Term, staff_member: Any
) -> None:
    seat, session = a_learner(term), a_session(term)
    feed = renew_feed(seat.person.user, at=at(1))
    address = f"/attendance/calendar/{feed.secret}.ics"
    first = client.get(address)
    assert first["Content-Type"] == "text/calendar; charset=utf-8"
    assert first["Cache-Control"].startswith("private")
    assert client.get(address).content == first.content
    again = client.get(address, HTTP_IF_NONE_MATCH=first["ETag"])
    assert (again.status_code, again["ETag"], again.content) == (304, first["ETag"], b"")
    change_session(session, plan_of(session, room="302"), at=at(2), actor=staff_member)
    assert client.get(address, HTTP_IF_NONE_MATCH=first["ETag"]).status_code == 200


def test_the_feed_says_nothing_about_other_people(client: Any, term: Term) -> None:
    seat, other = a_learner(term), factories.an_enrolment(term, factories.a_person("李娜"))
    a_session(term)
    feed = renew_feed(seat.person.user, at=at(1))
    text = client.get(f"/attendance/calendar/{feed.secret}.ics").content.decode()
    for word in (other.person.name, seat.person.name, seat.person.phone, seat.person.id_number):
        assert word not in text


@pytest.mark.parametrize("count", [3, 200])
def test_the_feed_takes_four_queries(
    client: Any, term: Term, staff_member: Any, django_assert_num_queries: Any, count: int
) -> None:
    seat = a_learner(term)
    for n in range(count):
        start = at(1 + n % 28, f"{6 + n // 28:02}:00")
        a_session(term, starts_at=start, ends_at=start + timedelta(minutes=45), minutes=45)
    session = Session.objects.all()[0]
    change_session(session, plan_of(session, room="302"), at=at(2), actor=staff_member)
    feed = renew_feed(seat.person.user, at=at(1))
    with django_assert_num_queries(4):
        client.get(f"/attendance/calendar/{feed.secret}.ics")
    assert len(calendar_entries(seat.person.user)) == count


# the learner's page


def test_the_learner_sees_what_lies_ahead_and_what_changed(signed_in: Any, term: Term, staff_member: Any) -> None:
    seat = a_learner(term)
    moved, cancelled, _same = (a_session(term, starts_at=at(day)) for day in (11, 12, 18))
    a_session(term, starts_at=at(10))
    with time_machine.travel(at(8), tick=False):
        plan = plan_of(moved, starts_at=at(13), ends_at=at(13, "11:50"), room="302")
        change_session(moved, plan, at=at(8), actor=staff_member, reason="教室检修")
        cancel_session(cancelled, at=at(8), actor=staff_member, reason="台风", short_confirmed=True)
    client = signed_in(seat.person.user)
    with time_machine.travel(at(9), tick=False):
        page = client.get("/attendance/")
    weeks = page.context["weeks_ahead"]
    assert [monday for monday, _days in weeks] == [date(2025, 3, 10), date(2025, 3, 17)]
    assert [day for day, _rows in weeks[0][1]] == [date(2025, 3, 12), date(2025, 3, 13)]
    text = page.content.decode()
    for words in ("原定 3月11日 周二 08:30。", "原在 301。", "教室检修", "台风", "已取消", "有调整"):
        assert words in text
    with time_machine.travel(at(9) + timedelta(days=14), tick=False):
        assert "有调整" not in client.get("/attendance/").content.decode()


# the week in the back office


def test_the_week_shows_every_session_in_its_place(assistant: Any, term: Term, staff_member: Any) -> None:
    first, second = a_session(term), a_session(term, starts_at=at(10, "09:00"), room="302", make_up=True)
    gone = a_session(term, starts_at=at(16, "14:00"))
    cancel_session(gone, at=at(1), actor=staff_member, reason="台风", short_confirmed=True)
    a_session(term, starts_at=at(17))
    page = assistant.get(f"{reverse('lms_attendance_admin:timetable')}?term={term.pk}&day=2025-03-12")
    week = page.context["week"]
    assert [column.day for column in week.days] == [date(2025, 3, day) for day in range(10, 17)]
    assert [(block.session, block.row, block.rows, block.lane) for block in week.days[0].blocks] == [
        (first, 3, 20, 1),
        (second, 6, 20, 2),
    ]
    assert [block.session for block in week.days[6].blocks] == [gone]
    assert (week.first_hour, week.last_hour, week.days[0].lanes) == (8, 18, 2)
    text = page.content.decode()
    for words in ("补课", "台风", "已取消", "3月10日", f"/admin/attendance/sheet/{first.pk}/move/"):
        assert words in text
    assert f"/admin/attendance/sheet/{gone.pk}/move/" not in text
    assert "style=" not in text.split("lms-week ")[1].split("</section>")[0]


def test_a_session_at_night_widens_the_week(term: Term) -> None:
    a_session(term, starts_at=at(10, "22:00"))
    a_session(term, starts_at=at(11, "07:10"))
    week = week_of_term(term, date(2025, 3, 10))
    assert (week.first_hour, week.last_hour) == (7, 24)
    assert [(block.row, block.rows) for block in week.days[0].blocks] == [(90, 12)]


def test_up_to_an_hour_is_shown_in_short(assistant: Any, term: Term) -> None:
    a_session(term, starts_at=at(10), ends_at=at(10, "09:30"), minutes=60)
    a_session(term, starts_at=at(11), ends_at=at(11, "09:40"), minutes=70)
    page = assistant.get(f"{reverse('lms_attendance_admin:timetable')}?term={term.pk}&day=2025-03-12")
    assert [column.blocks[0].short for column in page.context["week"].days[:2]] == [True, False]
    assert page.content.decode().count("lms-short") == 1


def test_the_sheet_of_a_cancelled_session_offers_another_and_nothing_to_correct(
    assistant: Any, term: Term, staff_member: Any
) -> None:
    session = a_session(term)
    factories.an_enrolment(term)
    sheet = reverse("lms_attendance_admin:sheet", args=[session.pk])
    assert 'name="seat"' in assistant.get(sheet).content.decode()
    cancel_session(session, at=at(1), actor=staff_member, reason="台风", short_confirmed=True)
    page = assistant.get(sheet).content.decode()
    assert 'name="seat"' not in page
    assert f"{reverse('lms_attendance_sessions:add')}?from={session.pk}" in page


def test_the_list_of_all_days_stays(assistant: Any, term: Term) -> None:
    a_session(term)
    a_session(term, starts_at=at(20))
    page = assistant.get(f"{reverse('lms_attendance_admin:timetable')}?term={term.pk}&view=list")
    assert [day for day, _rows in page.context["days"]] == [date(2025, 3, 10), date(2025, 3, 20)]
    wrong = assistant.get(f"{reverse('lms_attendance_admin:timetable')}?term={term.pk}&day=x")
    assert wrong.context["shown"] == date(2025, 3, 10)


@pytest.mark.parametrize("count", [3, 200])
def test_the_week_takes_the_same_queries_however_full(
    assistant: Any, term: Term, django_assert_max_num_queries: Any, count: int
) -> None:
    for n in range(count):
        a_session(term, starts_at=at(10 + n % 7, f"{7 + n // 7 % 10:02}:00"))
    with django_assert_max_num_queries(24):
        assistant.get(f"{reverse('lms_attendance_admin:timetable')}?term={term.pk}&day=2025-03-10")


def test_a_session_is_moved_by_a_form_that_a_drop_fills_in(assistant: Any, term: Term) -> None:
    session, other = a_session(term), a_session(term, starts_at=at(11))
    move = reverse("lms_attendance_admin:move", args=[session.pk])
    form = assistant.get(f"{move}?day=2025-03-11&start=14:00").context["form"]
    assert (form["day"].value(), form["start"].value(), form["room"].value()) == ("2025-03-11", "14:00", "301")
    clash = assistant.post(move, {"day": "2025-03-11", "start": "11:00", "room": "301", "reason": "换天"})
    assert clash.status_code == 200
    assert "301 2025年3月11日 周二 08:30–11:50 已有《绩效面谈技巧》。" in clash.content.decode()
    same = assistant.post(move, {"day": "2025-03-10", "start": "08:30", "room": "301", "reason": "换天"})
    assert "与原来相同，没有改动。" in same.content.decode()
    done = assistant.post(move, {"day": "2025-03-11", "start": "14:00", "room": "302", "reason": "换天"})
    assert done["Location"].endswith(f"?term={term.pk}&day=2025-03-11")
    session.refresh_from_db()
    assert (session.starts_at, session.ends_at, session.room) == (at(11, "14:00"), at(11, "17:20"), "302")
    Session.objects.filter(pk=other.pk).update(state="closed", closed_at=at(12))
    assert assistant.get(reverse("lms_attendance_admin:move", args=[other.pk])).status_code == 302


def test_other_classes_are_not_moved(signed_in: Any, term: Term) -> None:
    mine, other = factories.a_group(term, "A"), factories.a_group(term, "B")
    me = factories.staff(Role.ASSISTANT)
    mine.assistants.add(me)
    other.assistants.add(factories.staff(Role.ASSISTANT))
    theirs = a_session(term)
    theirs.groups.add(other)
    client = signed_in(me)
    assert client.get(reverse("lms_attendance_admin:move", args=[theirs.pk])).status_code == 403
    page = client.get(f"{reverse('lms_attendance_admin:timetable')}?term={term.pk}&day=2025-03-10").content.decode()
    assert f"/sheet/{theirs.pk}/" not in page
    groups = client.get(reverse("lms_attendance_admin:generate", args=[term.pk])).context["form"].groups
    assert groups == [mine]
    for role in (Role.INSTRUCTOR, Role.FINANCE):
        outsider = signed_in(factories.staff(role))
        for name, key in (("move", theirs.pk), ("generate", term.pk), ("cancel", theirs.pk)):
            assert outsider.get(reverse(f"lms_attendance_admin:{name}", args=[key])).status_code == 403


def test_a_copy_starts_a_week_later(assistant: Any, term: Term) -> None:
    session = a_session(term, mid_check_minutes=5, staff_scan_only=True)
    form = assistant.get(f"{reverse('lms_attendance_sessions:add')}?from={session.pk}").context["form"]
    assert form.initial["starts_at"] == at(17)
    assert (form.initial["mid_check_minutes"], form.initial["staff_scan_only"]) == (5, True)
    assert (form.initial["hours"], form.initial["room"], form.initial["term"]) == ("4", "301", term)


def test_hours_that_are_shown_rounded_keep_their_minutes(assistant: Any, term: Term) -> None:
    session = a_session(term, minutes=131)
    edit = reverse("lms_attendance_sessions:edit", args=[session.pk])
    form = assistant.get(edit).context["form"]
    assert form.initial["hours"] == "2.91"
    values = {
        "course": session.course_id,
        "starts_at": "2025-03-10 08:30",
        "ends_at": "2025-03-10 11:50",
        "room": "302",
        "hours": "2.91",
    }
    assert assistant.post(edit, {**values, "hours": "2.9"}).context["form"].errors.keys() == {"hours"}
    assert assistant.post(edit, values).status_code == 302
    session.refresh_from_db()
    assert (session.minutes, session.room) == (131, "302")


def test_cancelling_says_by_how_much_hours_fall_short(assistant: Any, term: Term) -> None:
    for n in range(18):
        session = a_session(term, starts_at=at(2 + n))
    cancel = reverse("lms_attendance_admin:cancel", args=[session.pk])
    assert "68 / 72 学时，少 4 学时" in assistant.get(cancel).content.decode()
    refused = assistant.post(cancel, {"cancel-reason": "台风"})
    assert refused.context["cancel_form"].errors.keys() == {"short_confirmed"}
    assert Session.objects.get(pk=session.pk).state == "planned"
    assistant.post(cancel, {"cancel-reason": "台风", "cancel-short_confirmed": "on"})
    assert Session.objects.get(pk=session.pk).state == "cancelled"


def test_fewer_hours_in_the_form_of_a_session_must_be_confirmed(assistant: Any, term: Term) -> None:
    for n in range(18):
        session = a_session(term, starts_at=at(2 + n))
    edit = reverse("lms_attendance_sessions:edit", args=[session.pk])
    values = {
        "term": term.pk,
        "course": session.course_id,
        "starts_at": "2025-03-19 08:30",
        "ends_at": "2025-03-19 11:50",
        "room": "301",
        "hours": "3",
        "check_out_required": "on",
        "mid_check_minutes": "5",
        "staff_scan_only": "on",
    }
    asked = assistant.post(edit, values)
    assert asked.status_code == 200
    assert 'type="checkbox" name="short_confirmed"' in asked.content.decode()
    assert assistant.post(edit, {**values, "short_confirmed": "on"}).status_code == 302
    session.refresh_from_db()
    assert (session.minutes, session.mid_check_minutes, session.staff_scan_only) == (135, 5, True)


# the pattern


def filled(form: Any, **changes: Any) -> dict[str, Any]:
    """What a browser would send for the form as it stands."""
    sent = {}
    for bound in form:
        value = bound.value()
        if value not in (None, False, ""):
            sent[bound.html_name] = "on" if value is True else value
    return {**sent, **changes}


def test_the_pattern_is_shown_before_it_is_written(assistant: Any) -> None:
    term = factories.a_term(starts_on=date(2025, 10, 1), ends_on=date(2025, 10, 31))
    course = factories.a_course(term.programme, offline_minutes=72 * 45)
    teacher = factories.staff(Role.INSTRUCTOR)
    address = reverse("lms_attendance_admin:generate", args=[term.pk])
    form = assistant.get(address).context["form"]
    assert form.initial["off"] == [f"2025-10-0{day}" for day in range(1, 9)]
    assert form.initial["on"] == ["2025-10-11"]
    off = [day for day in form.initial["off"] if day != "2025-10-08"]
    sent = filled(form, off=off, more_off="2025-10-09，2025-10-10", room="301", **{f"teacher_{course.pk}": teacher.pk})
    shown = assistant.post(address, {**sent, "act": "preview"})
    assert not Session.objects.exists()
    assert shown.context["plan_totals"] == [("全体学员", 3240, True)]
    days = [day for day, _rows in shown.context["days"]]
    assert {date(2025, 10, 8), date(2025, 10, 11)} <= set(days)
    assert not {date(2025, 10, 9), date(2025, 10, 10)} & set(days)
    other = assistant.post(address, {**sent, "act": "make", "seen": shown.context["seen"], "room": "302"})
    assert (other.status_code, Session.objects.count()) == (200, 0)
    made = assistant.post(address, {**sent, "act": "make", "seen": shown.context["seen"]})
    assert made.status_code == 302
    assert Session.objects.filter(room="301", instructor=teacher).count() == 18
    again = assistant.post(address, {**sent, "act": "make", "seen": shown.context["seen"]})
    assert again.context["preview"].clashes
    assert Session.objects.count() == 18


def test_the_pattern_says_what_is_wrong_and_keeps_what_was_typed(assistant: Any) -> None:
    term = factories.a_term()
    factories.a_course(term.programme, offline_minutes=72 * 45)
    address = reverse("lms_attendance_admin:generate", args=[term.pk])
    sent = filled(assistant.get(address).context["form"])
    for changes, field in (
        ({"last": "2025-04-02"}, "last"),
        ({"start_2": "09:00"}, "start_1"),
        ({"more_off": "gestern"}, "more_off"),
        ({"weekdays": []}, "weekdays"),
        ({"last": "2025-03-05"}, "__all__"),
    ):
        form = assistant.post(address, {**sent, **changes}).context["form"]
        assert list(form.errors) == [field], changes
        assert form["hours"].value() == str(sent["hours"]), changes
    assert not Session.objects.exists()


def test_each_class_in_its_own_room(assistant: Any) -> None:
    term = factories.a_term()
    factories.a_course(term.programme, offline_minutes=4 * 45)
    one, two = factories.a_group(term, "A"), factories.a_group(term, "B")
    address = reverse("lms_attendance_admin:generate", args=[term.pk])
    rooms = {f"room_{one.pk}": "301", f"room_{two.pk}": "301"}
    sent = filled(assistant.get(address).context["form"], how="apart", **rooms)
    clash = assistant.post(address, sent)
    assert "301 2025年3月3日 周一 08:30–11:50 已有《课程T1》。" in clash.content.decode()
    assert 'value="make"' not in clash.content.decode()
    sent[f"room_{two.pk}"] = "302"
    seen = assistant.post(address, sent).context["seen"]
    assistant.post(address, {**sent, "act": "make", "seen": seen})
    assert set(Session.objects.values_list("room", "groups")) == {("301", one.pk), ("302", two.pk)}


def test_a_year_without_notice_is_said_and_not_guessed(assistant: Any) -> None:
    term = factories.a_term(starts_on=date(2031, 10, 8), ends_on=date(2031, 11, 8))
    page = assistant.get(reverse("lms_attendance_admin:generate", args=[term.pk]))
    assert page.context["unannounced"] == [2031]
    assert "国务院关于 2031 年放假安排的通知" in page.content.decode()
    known = factories.a_term(term.programme, code="known")
    assert assistant.get(reverse("lms_attendance_admin:generate", args=[known.pk])).context["unannounced"] == []


# rooms


def test_rooms_are_kept_checked_and_suggested(signed_in: Any, assistant: Any, term: Term) -> None:
    a_session(term, room="报告厅")
    add = reverse("lms_attendance_rooms:add")
    values = {"name": " 301 ", "radius_metres": "200", "networks": "10.20.0.0/16\n2001:db8::/32\n10.1.2.3"}
    wrong = assistant.post(add, {**values, "networks": "10.20.0.1/16", "latitude": "34.3"})
    assert wrong.context["form"].errors.keys() == {"networks", "longitude"}
    assert assistant.post(add, values).status_code == 302
    assert Room.objects.get().name == "301"
    assert Room.objects.get().networks == "10.20.0.0/16\n2001:db8::/32\n10.1.2.3/32"
    form = assistant.get(f"{reverse('lms_attendance_sessions:add')}?term={term.pk}").content.decode()
    assert '<option value="301"></option><option value="报告厅"></option>' in form
    assert assistant.get(reverse("lms_attendance_rooms:index")).status_code == 200
    supervisor = signed_in(factories.staff(Role.SUPERVISOR))
    assert supervisor.get(reverse("lms_attendance_rooms:index")).status_code == 200
    assert supervisor.get(add).status_code == 403
    assert signed_in(factories.staff(Role.FINANCE)).get(reverse("lms_attendance_rooms:index")).status_code == 403
