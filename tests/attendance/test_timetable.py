"""Laying out, placing, changing and publishing sessions: what is written and what is refused."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime, time, timedelta
from itertools import pairwise
from threading import Barrier
from typing import Any

import pytest
from django.db import connection
from hypothesis import given
from hypothesis import strategies as st
from wagtail.models import ModelLogEntry

from lms.attendance.models import Session
from lms.attendance.rules import ZONE, HalfDay, half_days_fit, lanes, lay_out, teaching_days, week_of
from lms.attendance.services import (
    ClassPattern,
    SessionPlan,
    add_session,
    cancel_session,
    change_session,
    default_pattern,
    generate_timetable,
    plan_of,
    preview_timetable,
    publish_timetable,
)
from lms.core.exceptions import DomainError
from lms.people.enums import Role
from lms.programmes.models import Term
from tests import factories
from tests.attendance.factories import a_session, at

days = st.dates(date(2025, 1, 1), date(2027, 12, 31))
patterns = st.builds(HalfDay, st.integers(1, 6), st.integers(30, 60), st.integers(0, 30))


# rules


@given(
    first=days,
    length=st.integers(0, 60),
    weekdays=st.sets(st.integers(0, 6)),
    off=st.sets(days, max_size=20),
    on=st.sets(days, max_size=5),
    minutes=st.lists(st.integers(1, 600), max_size=12),
    pattern=patterns,
    starts=st.lists(st.times(time(6), time(20)).map(lambda t: t.replace(second=0, microsecond=0)), max_size=3),
)
def test_a_layout_is_complete_in_order_and_inside_its_days(
    first: date,
    length: int,
    weekdays: set[int],
    off: set[date],
    on: set[date],
    minutes: list[int],
    pattern: HalfDay,
    starts: list[time],
) -> None:
    starts = sorted(starts)
    last = first + timedelta(days=length)
    taught = teaching_days(first, last, weekdays, off, on)
    if not starts or not half_days_fit(starts, pattern):
        return
    courses = list(enumerate(minutes))
    try:
        rows = lay_out(courses, taught, starts, pattern)
    except ValueError:
        assert sum(minutes) > len(taught) * len(starts) * pattern.minutes
        return
    assert {key: sum(row.minutes for row in rows if row.course_id == key) for key, _m in courses} == dict(courses)
    assert [row.course_id for row in rows] == sorted(row.course_id for row in rows)
    assert all(row.starts_at < row.ends_at for row in rows)
    assert all(one.ends_at <= two.starts_at for one, two in pairwise(rows))
    assert all(row.minutes <= (row.ends_at - row.starts_at) // timedelta(minutes=1) for row in rows)
    for row in rows:
        day = row.starts_at.date()
        assert first <= day <= last
        assert row.ends_at.date() == day
        assert day in on or (day not in off and day.weekday() in weekdays)


def test_half_days_must_neither_overlap_nor_pass_midnight() -> None:
    pattern = HalfDay(4, 45, 20)
    assert half_days_fit([time(8, 30), time(11, 50)], pattern)
    assert not half_days_fit([time(8, 30), time(11, 49)], pattern)
    assert not half_days_fit([time(14), time(8, 30)], pattern)
    assert half_days_fit([time(20, 30)], pattern)
    assert not half_days_fit([time(20, 40)], pattern)


def test_the_week_of_a_sunday_began_on_monday() -> None:
    assert (week_of(date(2025, 3, 16))[0], week_of(date(2025, 3, 10))[6]) == (date(2025, 3, 10), date(2025, 3, 16))


@given(st.lists(st.tuples(st.integers(0, 600), st.integers(1, 200)), max_size=20))
def test_what_overlaps_stands_in_different_lanes(spans: list[tuple[int, int]]) -> None:
    zero = datetime(2025, 3, 10, tzinfo=ZONE)
    rows = sorted(
        (zero + timedelta(minutes=start), zero + timedelta(minutes=start + length)) for start, length in spans
    )
    chosen = lanes(rows)
    for n, (start, _end) in enumerate(rows):
        busy = {chosen[m] for m in range(n) if rows[m][1] > start}
        assert chosen[n] not in busy
        assert chosen[n] <= len(busy)


# services

db = pytest.mark.django_db


def code_of(refused: Any) -> str:
    return refused.value.code


def notice_courses(programme: Any) -> None:
    for n, hours in enumerate((6, 4, 8, 4, 8, 6, 6, 6, 6, 6, 6, 6)):
        factories.a_course(programme, f"C{n}", offline_minutes=hours * 45, order=n)


def a_plan(session: Session, **changes: Any) -> SessionPlan:
    return plan_of(session, **{"room": "302", "groups": [], **changes})


@db
def test_the_timetable_holds_the_72_hours_on_working_days() -> None:
    term = factories.a_term()
    notice_courses(term.programme)
    pattern = default_pattern(
        term,
        days_off=[date(2025, 3, 5)],
        workdays=[date(2025, 3, 8)],
        weekdays=[0, 1, 2, 3],
        classes=[ClassPattern(room="301")],
    )
    sessions = generate_timetable(term, pattern, at=at(1))
    assert sum(session.minutes for session in sessions) == 72 * 45
    days = {session.starts_at.date() for session in sessions}
    assert date(2025, 3, 5) not in days
    assert all(day.weekday() < 4 or day == date(2025, 3, 8) for day in days)
    assert all(session.check_in_from == session.starts_at - timedelta(minutes=30) for session in sessions)
    with pytest.raises(DomainError) as refused:
        generate_timetable(term, pattern, at=at(1))
    assert code_of(refused) == "timetable_exists"


@db
def test_each_class_has_its_room_and_its_instructors() -> None:
    term, teachers = factories.a_term(), [factories.staff(Role.INSTRUCTOR) for _n in range(2)]
    course = factories.a_course(term.programme, "C1", offline_minutes=8 * 45)
    groups = [factories.a_group(term, code) for code in "AB"]
    classes = [
        ClassPattern(group, room, {course.pk: teacher})
        for group, room, teacher in zip(groups, ("301", "302"), teachers, strict=True)
    ]
    sessions = generate_timetable(term, default_pattern(term, classes=classes), at=at(1))
    assert len(sessions) == 4
    found = {
        (session.starts_at, session.room): (list(session.groups.all()), session.instructor)
        for session in Session.objects.all()
    }
    assert found == {
        (at(day, clock), room): ([group], teacher)
        for (day, clock) in ((3, "08:30"), (3, "14:00"))
        for group, room, teacher in zip(groups, ("301", "302"), teachers, strict=True)
    }
    late = factories.a_group(term, "C")
    more = generate_timetable(term, default_pattern(term, classes=[ClassPattern(late, "303")]), at=at(1))
    assert [list(session.groups.all()) for session in more] == [[late], [late]]


@db
def test_two_classes_in_one_room_are_not_laid_out() -> None:
    term = factories.a_term()
    factories.a_course(term.programme, "C1", offline_minutes=4 * 45)
    classes = [ClassPattern(factories.a_group(term, code), "301") for code in "AB"]
    pattern = default_pattern(term, classes=classes)
    assert [(clash.index, clash.refusal.code) for clash in preview_timetable(term, pattern).clashes] == [
        (1, "room_taken")
    ]
    with pytest.raises(DomainError) as refused:
        generate_timetable(term, pattern, at=at(1))
    assert code_of(refused) == "room_taken"
    assert not Session.objects.exists()


@db
@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"last": date(2025, 3, 4)}, "days_too_few"),
        ({"first": date(2025, 2, 28)}, "outside_term"),
        ({"last": date(2025, 4, 1)}, "outside_term"),
        ({"starts": [time(8, 30), time(10)]}, "half_days_overlap"),
        ({"starts": []}, "half_days_overlap"),
        ({"weekdays": []}, "days_too_few"),
    ],
)
def test_an_impossible_pattern_leaves_nothing_behind(changes: dict[str, Any], code: str) -> None:
    term = factories.a_term()
    notice_courses(term.programme)
    with pytest.raises(DomainError) as refused:
        generate_timetable(term, default_pattern(term, **changes), at=at(1))
    assert code_of(refused) == code
    assert not Session.objects.exists()


@db
def test_below_the_required_hours_it_is_not_published(assistant: Any) -> None:
    term = factories.a_term()
    group = factories.a_group(term, "A")
    factories.a_group(term, "B")
    for n in range(17):
        a_session(term, starts_at=at(2 + n))
    a_session(term, starts_at=at(21), make_up=True)
    only_a = a_session(term, starts_at=at(20))
    only_a.groups.add(group)
    with pytest.raises(DomainError) as refused:
        publish_timetable(term, at=at(1), actor=assistant)
    refusal = refused.value.refusals[0]
    assert (refusal.code, refusal.rule) == ("hours_too_few", "R2")
    assert refusal.figures["scheduled"] == {"B班": 17 * 180}
    assert "68" in refusal.explanation
    only_a.groups.clear()
    timetable = publish_timetable(term, at=at(1), actor=assistant)
    assert publish_timetable(term, at=at(2), actor=assistant).published_at == timetable.published_at == at(1)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"starts_at": at(10, "11:00"), "ends_at": at(10, "14:20")}, "class_taken"),
        ({"starts_at": at(10, "14:00"), "ends_at": at(10, "14:30")}, "minutes_too_many"),
        ({"starts_at": at(12, "14:00"), "ends_at": at(12, "13:30")}, "outside_term"),
        (
            {"starts_at": at(1) - timedelta(days=1), "ends_at": at(1) - timedelta(days=1) + timedelta(hours=4)},
            "outside_term",
        ),
    ],
)
def test_impossible_sessions_are_refused(term: Term, assistant: Any, changes: dict[str, Any], code: str) -> None:
    session = a_session(term)
    with pytest.raises(DomainError) as refused:
        add_session(term, a_plan(session, **changes), at=at(1), actor=assistant)
    assert code_of(refused) == code
    assert Session.objects.count() == 1


def test_what_is_in_the_way_is_named(term: Term, assistant: Any) -> None:
    teacher = factories.staff(Role.INSTRUCTOR)
    factories.a_person("王敏", user=teacher)
    session = a_session(term, instructor=teacher)
    other = factories.a_term(term.programme, code="other")
    with pytest.raises(DomainError) as refused:
        add_session(other, a_plan(session, room="301"), at=at(1), actor=assistant)
    refusals = refused.value.refusals
    assert [refusal.code for refusal in refusals] == ["room_taken", "instructor_taken"]
    assert [refusal.figures["session"] for refusal in refusals] == [session.pk, session.pk]
    assert refusals[0].sentence == "301 2025年3月10日 周一 08:30–11:50 已有《绩效面谈技巧》。"
    assert refusals[1].sentence == "王敏 2025年3月10日 周一 08:30–11:50 讲授《绩效面谈技巧》。"
    assert add_session(other, a_plan(session, instructor=None), at=at(1), actor=assistant).room == "302"
    touching = a_plan(session, room="301", starts_at=session.ends_at, ends_at=at(10, "15:10"))
    assert add_session(term, touching, at=at(1), actor=assistant).starts_at == session.ends_at


def test_a_make_up_session_needs_its_room_but_no_class(term: Term, assistant: Any) -> None:
    session = a_session(term)
    with pytest.raises(DomainError) as refused:
        add_session(term, a_plan(session, room="301", make_up=True), at=at(1), actor=assistant)
    assert [refusal.code for refusal in refused.value.refusals] == ["room_taken"]
    extra = add_session(term, a_plan(session, make_up=True), at=at(1), actor=assistant)
    assert change_session(extra, plan_of(extra, room="303"), at=at(1), actor=assistant).make_up


def test_every_field_of_a_plan_is_kept(term: Term, assistant: Any) -> None:
    session = a_session(term)
    plan = a_plan(
        session, starts_at=at(12), ends_at=at(12, "11:50"), mid_check_minutes=5, staff_scan_only=True,
        check_out_required=False,
    )  # fmt: skip
    made = Session.objects.get(pk=add_session(term, plan, at=at(1), actor=assistant).pk)
    assert (made.mid_check_minutes, made.staff_scan_only, made.check_out_required) == (5, True, False)
    assert plan_of(made) == plan


def test_a_closed_session_is_not_changed(term: Term, assistant: Any) -> None:
    session = a_session(term, state="closed", closed_at=at(10, "12:00"))
    for act in (
        lambda: change_session(session, a_plan(session), at=at(11), actor=assistant),
        lambda: cancel_session(session, at=at(11), actor=assistant, reason="台风"),
    ):
        with pytest.raises(DomainError) as refused:
            act()
        assert code_of(refused) == "session_closed"


# hours of a published timetable


def published_with_72_hours(term: Term) -> list[Session]:
    return [a_session(term, starts_at=at(2 + n)) for n in range(18)]


def test_losing_hours_of_a_published_timetable_must_be_confirmed(term: Term, assistant: Any) -> None:
    first, second, *_rest = published_with_72_hours(term)
    with pytest.raises(DomainError) as refused:
        cancel_session(first, at=at(1), actor=assistant, reason="台风")
    refusal = refused.value.refusals[0]
    assert (refusal.code, refusal.rule) == ("hours_fall_short", "R2")
    assert refusal.figures == {"required": 3240, "scheduled": {term.name: 3060}}
    assert refusal.lines == [f"{term.name}：68 / 72 学时，少 4 学时"]
    with pytest.raises(DomainError) as refused:
        change_session(second, plan_of(second, minutes=135), at=at(1), actor=assistant)
    assert refused.value.refusals[0].figures["scheduled"] == {term.name: 3195}
    assert set(Session.objects.values_list("state", "minutes")) == {("planned", 180)}
    cancel_session(first, at=at(1), actor=assistant, reason="台风", short_confirmed=True)
    entry = ModelLogEntry.objects.get(action="lms_attendance.cancel_session")
    assert entry.data["after"] == {"hours_short": {term.name: 3060}}
    change_session(second, plan_of(second, room="302"), at=at(1), actor=assistant)
    spare = plan_of(first)
    assert add_session(term, spare, at=at(1), actor=assistant).minutes == 180


def test_taking_one_class_out_names_only_that_class(term: Term, assistant: Any) -> None:
    one, _two = factories.a_group(term, "A"), factories.a_group(term, "B")
    session = published_with_72_hours(term)[0]
    with pytest.raises(DomainError) as refused:
        change_session(session, plan_of(session, groups=[one]), at=at(1), actor=assistant)
    assert refused.value.refusals[0].figures["scheduled"] == {"B班": 3060}


def test_before_publication_hours_may_come_and_go(assistant: Any) -> None:
    session = a_session(factories.a_term())
    assert cancel_session(session, at=at(1), actor=assistant, reason="台风").state == "cancelled"


def test_a_reason_is_needed_to_cancel(term: Term, assistant: Any) -> None:
    with pytest.raises(DomainError) as refused:
        cancel_session(a_session(term), at=at(1), actor=assistant, reason=" ")
    assert code_of(refused) == "reason_missing"


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("shared", ["room", "instructor"])
def test_of_assistants_who_place_at_the_same_moment_one_wins(shared: str) -> None:
    """Eight sessions of eight terms want one room, or one instructor; a test that fails without the common lock."""
    programme, teacher = factories.a_programme(), factories.staff(Role.INSTRUCTOR)
    course, actor = factories.a_course(programme), factories.staff(Role.ASSISTANT)
    terms = [factories.a_term(programme) for _n in range(8)]
    start = Barrier(8)

    def place(n: int) -> str:
        room, instructor = ("301", None) if shared == "room" else (f"room {n}", teacher)
        plan = SessionPlan(course, at(10), at(10, "11:50"), 180, room, instructor)
        connection.ensure_connection()
        start.wait(10)
        try:
            add_session(terms[n], plan, at=at(1), actor=actor)
        except DomainError as refused:
            return refused.code
        finally:
            connection.close()
        return "placed"

    with ThreadPoolExecutor(8) as pool:
        outcomes = sorted(pool.map(place, range(8)))
    assert outcomes == sorted(["placed", *[f"{shared}_taken"] * 7])
    assert Session.objects.count() == 1


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_two_sessions_moved_into_one_room_at_the_same_moment() -> None:
    programme, actor = factories.a_programme(), factories.staff(Role.ASSISTANT)
    sessions = [a_session(factories.a_term(programme), room=f"room {n}") for n in range(4)]
    start = Barrier(4)

    def move(session: Session) -> str:
        connection.ensure_connection()
        start.wait(10)
        try:
            change_session(session, plan_of(session, room="301"), at=at(1), actor=actor)
        except DomainError as refused:
            return refused.code
        finally:
            connection.close()
        return "moved"

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(move, sessions)) == ["moved", *["room_taken"] * 3]
    assert Session.objects.filter(room="301").count() == 1
