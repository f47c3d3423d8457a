"""The check during class: planned at random, told to nobody, answered within its minutes, free of hours."""

from datetime import datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from lms.attendance.enums import CheckKind
from lms.attendance.models import CheckEntry, Prompt, Session
from lms.attendance.rules import Watched, face_of, look_out, minutes_left, prompt_until, prompt_window
from lms.attendance.selectors import board_view, open_prompt_for, room_notes, unanswered
from lms.attendance.services import (
    call_off_prompt,
    check_in,
    close_session,
    find_typed_session,
    open_board,
    start_prompt,
    switch_board,
)
from lms.attendance.tokens import board_typed_code
from lms.core.conf import core_settings
from lms.core.exceptions import DomainError
from lms.people.enums import Role
from lms.programmes.models import Enrolment, Term
from tests import factories
from tests.attendance.factories import a_learner, a_session, at

MINUTE = timedelta(minutes=1)
moments = st.datetimes(datetime(2025, 3, 10, 7), datetime(2025, 3, 10, 13))


@pytest.fixture
def session(term: Term) -> Session:
    """08:30–11:50 with three minutes to answer."""
    return a_session(term, mid_check_minutes=3)


def came(session: Session, seat: Enrolment, clock: str, kind: CheckKind = CheckKind.IN) -> None:
    moment, nonce = at(10, clock), session.boards.get().nonce
    check_in(session.pk, seat.person.user, kind=kind, nonce=nonce, scanned_at=moment, at=moment)


def opened(session: Session, assistant: Any, *, minute: int = 0) -> Prompt:
    """The board opened at 08:00; the check begins `minute` minutes after the first quarter (09:20)."""
    open_board(session, at=at(10, "08:00"), actor=assistant, choose=lambda _below: minute * 60)
    session.refresh_from_db()
    return session.prompt


# rules


@given(moments, st.integers(20, 300), st.integers(0, 30), moments)
def test_the_moment_lies_in_the_middle_half_and_leaves_all_minutes(
    starts_at: datetime, length: int, minutes: int, opened_at: datetime
) -> None:
    ends_at = starts_at + length * MINUTE
    window = prompt_window(starts_at, ends_at, minutes, not_before=opened_at)
    if window is None:
        answer = minutes * MINUTE
        assert (
            not minutes
            or opened_at > starts_at + length * MINUTE * 3 / 4
            or max(opened_at + answer, starts_at + length * MINUTE / 4 + answer) > ends_at
        )
        return
    first, last = window
    assert starts_at + length * MINUTE / 4 <= first <= last <= starts_at + length * MINUTE * 3 / 4
    assert opened_at <= first
    assert prompt_until(last, minutes, ends_at=ends_at) - last >= minutes * MINUTE


def test_it_closes_at_a_full_minute_and_never_after_the_end() -> None:
    assert prompt_until(at(10, "09:20") + timedelta(seconds=1), 3, ends_at=at(10, "11:50")) == at(10, "09:24")
    assert prompt_until(at(10, "09:20"), 3, ends_at=at(10, "11:50")) == at(10, "09:23")
    assert prompt_until(at(10, "11:49"), 3, ends_at=at(10, "11:50")) == at(10, "11:50")
    assert minutes_left(at(10, "09:23"), at(10, "09:20")) == 3
    assert minutes_left(at(10, "09:23"), at(10, "09:22") + timedelta(seconds=59)) == 1
    assert minutes_left(at(10, "09:23"), at(10, "09:24")) == 0


@pytest.mark.parametrize(
    ("chosen", "clock", "required", "face"),
    [
        ("in", "07:59", True, "early"),
        ("in", "08:00", True, "in"),
        ("in", "09:20", True, "mid"),
        ("out", "09:23", True, "mid"),
        ("in", "09:24", True, "in"),
        ("out", "11:30", True, "out"),
        ("in", "11:49", True, "in"),
        ("in", "11:50", True, "out"),
        ("in", "11:50", False, "over"),
        ("out", "11:50", False, "out"),
        ("in", "12:05", True, "out"),
        ("in", "12:06", True, "over"),
    ],
)
def test_the_board_turns_by_itself(chosen: str, clock: str, required: bool, face: str) -> None:
    doors, prompt = (at(10, "08:00"), at(10, "11:50"), at(10, "12:05")), (at(10, "09:20"), at(10, "09:23"))
    assert face_of(chosen, doors, prompt=prompt, check_out_required=required, at=at(10, clock)) == face


# planning


def test_opening_the_board_plans_it_once(session: Session, assistant: Any) -> None:
    asked: list[int] = []

    def choose(below: int) -> int:
        asked.append(below)
        return 60

    open_board(session, at=at(10, "08:00"), actor=assistant, choose=choose)
    open_board(session, at=at(10, "08:10"), actor=assistant, choose=lambda _below: 0)
    prompt = Prompt.objects.get()
    assert (prompt.opens_at, prompt.until) == (at(10, "09:21"), at(10, "09:24"))
    assert asked == [100 * 60 + 1]


def test_without_minutes_or_without_room_there_is_none(term: Term, assistant: Any) -> None:
    open_board(a_session(term), at=at(10, "08:00"), actor=assistant)
    open_board(a_session(term, mid_check_minutes=3, room="302"), at=at(10, "11:10"), actor=assistant)
    assert not Prompt.objects.exists()


def test_a_session_that_was_moved_gets_a_new_moment(session: Session, assistant: Any) -> None:
    opened(session, assistant)
    moved = {"starts_at": at(10, "14:00"), "ends_at": at(10, "17:20"), "check_out_until": at(10, "17:35")}
    Session.objects.filter(pk=session.pk).update(**moved)
    open_board(session, at=at(10, "13:40"), actor=assistant, choose=lambda _below: 0)
    assert Prompt.objects.get().opens_at == at(10, "14:50")


def test_its_moment_is_told_to_nobody_before_it_comes(session: Session, assistant: Any, signed_in: Any) -> None:
    seat, client = a_learner(session.term), signed_in(assistant)
    opened(session, assistant, minute=17)
    came(session, seat, "08:25")
    learner = signed_in(seat.person.user)
    with time_machine.travel(at(10, "09:00"), tick=False):
        told = [
            client.get(f"/attendance/board/{session.pk}/").content.decode(),
            client.get(f"/attendance/board/{session.pk}/state/").content.decode(),
            client.get(reverse("lms_attendance_admin:room", args=[session.pk])).content.decode(),
            client.get(reverse("lms_attendance_admin:sheet", args=[session.pk])).content.decode(),
            learner.get("/attendance/").content.decode(),
        ]
    for text in told:
        assert "09:37" not in text
        assert "09:40" not in text
    with time_machine.travel(at(10, "09:37"), tick=False):
        board = client.get(f"/attendance/board/{session.pk}/state/").json()
        assert board["kind"] == "mid"
        assert "09:40" in board["html"]
        assert "09:40" in learner.get("/attendance/").content.decode()


# by hand


def test_it_is_started_by_hand_once(session: Session, assistant: Any) -> None:
    opened(session, assistant)
    first = start_prompt(session, at=at(10, "08:40"), actor=assistant)
    assert (first.opens_at, first.until) == (at(10, "08:40"), at(10, "08:43"))
    assert start_prompt(session, at=at(10, "08:41"), actor=assistant).opens_at == first.opens_at
    with pytest.raises(DomainError) as refused:
        start_prompt(session, at=at(10, "08:44"), actor=assistant)
    assert refused.value.code == "prompt_used"
    assert Prompt.objects.count() == 1


@pytest.mark.parametrize(
    ("clock", "minutes", "code"), [("08:29", 3, "too_early"), ("11:50", 3, "too_late"), ("09:00", 0, "prompt_off")]
)
def test_when_it_cannot_be_started(term: Term, assistant: Any, clock: str, minutes: int, code: str) -> None:
    session = a_session(term, mid_check_minutes=minutes)
    with pytest.raises(DomainError) as refused:
        start_prompt(session, at=at(10, clock), actor=assistant)
    assert refused.value.code == "session_not_open"
    open_board(session, at=at(10, "08:00"), actor=assistant)
    with pytest.raises(DomainError) as refused:
        start_prompt(session, at=at(10, clock), actor=assistant)
    assert refused.value.code == code


def test_the_planned_one_is_called_off_with_a_reason(session: Session, assistant: Any) -> None:
    opened(session, assistant)
    with pytest.raises(DomainError) as refused:
        call_off_prompt(session, reason=" ", at=at(10, "09:00"), actor=assistant)
    assert refused.value.code == "reason_missing"
    call_off_prompt(session, reason="消防演练", at=at(10, "09:00"), actor=assistant)
    call_off_prompt(session, reason="消防演练", at=at(10, "09:00"), actor=assistant)
    open_board(session, at=at(10, "09:01"), actor=assistant)
    assert not Prompt.objects.exists()
    start_prompt(session, at=at(10, "10:00"), actor=assistant)
    with pytest.raises(DomainError) as refused:
        call_off_prompt(session, reason="消防演练", at=at(10, "10:01"), actor=assistant)
    assert refused.value.code == "prompt_used"


def test_turning_to_check_out_takes_the_planned_one_back(session: Session, assistant: Any) -> None:
    opened(session, assistant, minute=60)
    switch_board(session.boards.get(), CheckKind.OUT, at=at(10, "10:00"), actor=assistant)
    assert not Prompt.objects.exists()


def test_a_running_one_stays_when_the_board_is_turned(session: Session, assistant: Any) -> None:
    opened(session, assistant)
    switch_board(session.boards.get(), CheckKind.OUT, at=at(10, "09:21"), actor=assistant)
    assert Prompt.objects.get().opens_at == at(10, "09:20")


# answering


def test_its_typed_code_is_found_and_the_last_code_of_check_in_still_counts(session: Session, assistant: Any) -> None:
    seat, prompt = a_learner(session.term), opened(session, assistant)
    nonce, key = session.boards.get().nonce, core_settings.CODE_KEY

    def digits(kind: str, moment: datetime) -> str:
        return board_typed_code(key, session.pk, kind, nonce, at=moment, seconds=5)

    start = prompt.opens_at
    found = find_typed_session(seat, digits("mid", start), at=start)
    assert (found.session_id, found.kind) == (session.pk, "mid")
    before = start - timedelta(seconds=1)
    assert find_typed_session(seat, digits("in", before), at=start + timedelta(seconds=2)).kind == "in"
    with pytest.raises(DomainError) as refused:
        find_typed_session(seat, digits("in", start), at=start + timedelta(seconds=30))
    assert refused.value.code == "code_wrong"
    with pytest.raises(DomainError):
        find_typed_session(seat, digits("mid", before), at=before)


def test_who_did_not_answer_and_who_was_not_asked(session: Session, assistant: Any) -> None:
    opened(session, assistant)
    answered, silent, late, gone, away = (a_learner(session.term) for _n in range(5))
    for seat in (answered, silent, gone):
        came(session, seat, "08:25")
    came(session, gone, "09:10", CheckKind.OUT)
    came(session, answered, "09:21", CheckKind.MID)
    came(session, late, "09:22")
    view = board_view(session, "mid", refused_since=at(10, "09:00"))
    assert (view.expected, len(view.present), len(view.missing)) == (2, 1, 1)
    assert unanswered(session, at=at(10, "09:23")) == set()
    assert unanswered(session, at=at(10, "09:23") + timedelta(seconds=1)) == {silent.pk}
    assert room_notes(session, at=at(10, "09:30")) == {silent.pk: ["课中核验未应答"]}
    assert CheckEntry.objects.filter(enrolment=away).count() == 0


def test_who_comes_while_it_runs_is_checked_in_by_answering(session: Session, assistant: Any) -> None:
    early, late = a_learner(session.term), a_learner(session.term)
    opened(session, assistant)
    came(session, early, "08:25")
    for seat in (early, late):
        came(session, seat, "09:22", CheckKind.MID)
    found = CheckEntry.objects.filter(kind=CheckKind.IN).order_by("at")
    assert [(entry.enrolment_id, entry.at) for entry in found] == [
        (early.pk, at(10, "08:25")),
        (late.pk, at(10, "09:22")),
    ]


def test_an_answer_whose_arrival_was_lost_gets_it_with_the_repeat(session: Session, assistant: Any) -> None:
    opened(session, assistant)
    seat, moment = a_learner(session.term), at(10, "09:22")
    CheckEntry.objects.create(
        session=session, enrolment=seat, kind="mid", at=moment, method="qr", actor=assistant, recorded_at=moment
    )
    came(session, seat, "09:22", CheckKind.MID)
    assert list(CheckEntry.objects.order_by("pk").values_list("kind", "at")) == [("mid", moment), ("in", moment)]


def test_missing_it_costs_no_minutes(session: Session, assistant: Any) -> None:
    seat = a_learner(session.term)
    opened(session, assistant)
    came(session, seat, "08:25")
    came(session, seat, "11:50", CheckKind.OUT)
    close_session(session, at=at(10, "12:10"), actor=assistant)
    assert unanswered(session, at=at(10, "12:10")) == {seat.pk}
    assert seat.hour_entries.get().minutes == 180


def test_the_learner_is_asked_on_her_page_until_she_answers(session: Session, assistant: Any, signed_in: Any) -> None:
    seat, stranger = a_learner(session.term), a_learner(factories.a_term())
    prompt = opened(session, assistant)
    nonce, client = session.boards.get().nonce, signed_in(seat.person.user)
    with time_machine.travel(at(10, "09:20"), tick=False):
        assert client.get("/attendance/").context["prompt"] is None
        came(session, seat, "08:25")
        page = client.get("/attendance/")
        assert (page.context["prompt"], page.context["prompt_left"]) == (prompt, "剩余 3 分")
        assert page.content.decode().count('name="code"') == 1
        code = board_typed_code(core_settings.CODE_KEY, session.pk, "mid", nonce, at=at(10, "09:20"), seconds=5)
        answer = client.post("/attendance/", {"code": code})
        assert answer["Location"] == f"/attendance/sessions/{session.pk}/mid/"
        assert client.get("/attendance/").context["prompt"] is None
        assert open_prompt_for(stranger, at=at(10, "09:20")) is None


# screens


def test_staff_start_it_from_the_board_and_outsiders_do_not(session: Session, signed_in: Any, assistant: Any) -> None:
    opened(session, assistant)
    start = reverse("lms_attendance_admin:start_check", args=[session.pk])
    off = reverse("lms_attendance_admin:call_off_check", args=[session.pk])
    other = factories.a_group(session.term, "B")
    other.assistants.add(factories.staff(Role.ASSISTANT))
    with time_machine.travel(at(10, "08:45"), tick=False):
        for role in (Role.FINANCE, Role.SUPERVISOR):
            assert signed_in(factories.staff(role)).post(start).status_code == 403
            assert signed_in(factories.staff(role)).post(off).status_code == 403
        session.groups.add(other)
        assert signed_in(factories.staff(Role.ASSISTANT)).post(start).status_code == 403
        session.groups.clear()
        assert Prompt.objects.get().opens_at == at(10, "09:20")
        answer = signed_in(factories.staff(Role.INSTRUCTOR)).post(start, {"from": "board"})
        assert answer["Location"] == f"/attendance/board/{session.pk}/"
        assert Prompt.objects.get().opens_at == at(10, "08:45")


# an open page learns of it by itself


def watch_text(page: Any) -> str:
    return str(page.context["watch"])


def ask(client: Any, text: str) -> Any:
    return client.post("/attendance/watch/", {"watch": text})


def test_an_open_page_learns_of_it_and_of_its_end(session: Session, assistant: Any, signed_in: Any) -> None:
    seat = a_learner(session.term)
    opened(session, assistant, minute=10)
    came(session, seat, "08:25")
    client = signed_in(seat.person.user)
    with time_machine.travel(at(10, "08:26"), tick=False) as clock:
        text = watch_text(client.get("/attendance/"))
        assert ask(client, text).json() == {"state": "rest", "rest": 4 * 60_000}
        clock.move_to(at(10, "09:29"))
        assert ask(client, text).status_code == 204
        assert client.get("/attendance/check/").status_code == 204
        clock.move_to(at(10, "09:30"))
        assert ask(client, text).json() == {"state": "asked", "rest": None, "key": session.pk, "left": "剩余 3 分"}
        card = client.get("/attendance/check/").content.decode()
        assert "09:33" in card
        assert 'name="code"' in card
        clock.move_to(at(10, "09:33") + timedelta(seconds=1))
        told = ask(client, text).json()
        assert (told["state"], told["key"], told["rest"]) == ("missed", session.pk, None)
        assert "09:33" in told["html"]
        clock.move_to(at(10, "11:50"))
        assert ask(client, text).json() == {"state": "over", "rest": None}


def test_an_open_page_says_that_her_answer_is_on_record(session: Session, assistant: Any, signed_in: Any) -> None:
    seat = a_learner(session.term)
    opened(session, assistant)
    client = signed_in(seat.person.user)
    with time_machine.travel(at(10, "09:20"), tick=False) as clock:
        text = watch_text(client.get("/attendance/"))
        assert ask(client, text).status_code == 204, "who has not come yet is not asked, and may still come"
        came(session, seat, "08:25")
        assert ask(client, text).json()["state"] == "asked"
        came(session, seat, "09:21", CheckKind.MID)
        clock.move_to(at(10, "09:21"))
        told = ask(client, text).json()
        assert told["state"] == "answered"
        assert "09:21" in told["html"]
        came(session, seat, "11:00", CheckKind.OUT)
        assert ask(client, text).json()["state"] == "over"


def test_asking_takes_one_statement(
    session: Session, assistant: Any, signed_in: Any, django_assert_num_queries: Any
) -> None:
    seat = a_learner(session.term)
    opened(session, assistant)
    came(session, seat, "08:25")
    client = signed_in(seat.person.user)
    for clock in ("09:00", "09:21", "09:50"):
        with time_machine.travel(at(10, clock), tick=False):
            text = watch_text(client.get("/attendance/"))
            ask(client, text)
            with django_assert_num_queries(1):
                ask(client, text)


def test_the_text_is_good_for_its_seat_and_its_browser_alone(session: Session, assistant: Any, signed_in: Any) -> None:
    seat, other = a_learner(session.term), a_learner(session.term)
    opened(session, assistant)
    came(session, seat, "08:25")
    client, stranger = signed_in(seat.person.user), signed_in(other.person.user)
    with time_machine.travel(at(10, "09:21"), tick=False):
        text = watch_text(client.get("/attendance/"))
        assert ask(client, text).json()["state"] == "asked"
        forged = f"{other.pk}~{text.partition('~')[2]}"
        for asking, said in ((stranger, text), (client, forged), (client, ""), (client, "~"), (client, "x~é")):
            assert ask(asking, said).json() == {"state": "over", "rest": None}
        client.logout()
        assert ask(client, text).json() == {"state": "over", "rest": None}
        assert client.get("/attendance/check/").status_code == 302


def test_a_copy_of_the_text_ends_with_the_sign_in_and_with_the_seat(
    session: Session, assistant: Any, signed_in: Any, settings: Any
) -> None:
    seat = a_learner(session.term)
    opened(session, assistant)
    came(session, seat, "08:25")
    client, copy = signed_in(seat.person.user), Client()
    cookie = settings.SESSION_COOKIE_NAME
    copy.cookies[cookie] = client.cookies[cookie].value
    user = seat.person.user
    with time_machine.travel(at(10, "09:21"), tick=False):
        text = watch_text(client.get("/attendance/"))
        assert ask(copy, text).json()["state"] == "asked"
        type(user).objects.filter(pk=user.pk).update(is_active=False)
        assert ask(copy, text).json()["state"] == "over"
        type(user).objects.filter(pk=user.pk).update(is_active=True)
        Enrolment.objects.filter(pk=seat.pk).update(state="withdrawn")
        assert ask(copy, text).json()["state"] == "over"
        Enrolment.objects.filter(pk=seat.pk).update(state=seat.state)
        assert ask(copy, text).json()["state"] == "asked"
        client.logout()
        assert ask(copy, text).json()["state"] == "over"


def test_asking_is_the_same_with_the_fast_lane_and_without(
    session: Session, assistant: Any, signed_in: Any, settings: Any
) -> None:
    seat = a_learner(session.term)
    opened(session, assistant)
    came(session, seat, "08:25")
    found = []
    for lane in (["lms_attendance:watch"], []):
        settings.LMS_FAST_LANE = lane
        client = signed_in(seat.person.user)
        with time_machine.travel(at(10, "09:21"), tick=False):
            text = watch_text(client.get("/attendance/"))
            answer = ask(client, text)
            found.append((answer.status_code, answer.content, set(answer.headers)))
        with time_machine.travel(at(10, "09:00"), tick=False):
            found[-1] = (*found[-1], ask(client, text).status_code)
    assert found[0] == found[1]


@pytest.mark.parametrize(("groups", "asked"), [((), True), (("A",), True), (("A", "B"), True), (("B",), False)])
def test_only_her_own_sessions_are_watched(
    session: Session, assistant: Any, signed_in: Any, groups: tuple[str, ...], asked: bool
) -> None:
    own = {name: factories.a_group(session.term, name) for name in ("A", "B")}
    seat = a_learner(session.term, group=own["A"])
    other = a_session(session.term, room="302", mid_check_minutes=3)
    other.groups.set(own[name] for name in groups)
    prompt = opened(other, assistant)
    came(other, a_learner(session.term, group=own["B"]), "08:25") if groups == ("B",) else came(other, seat, "08:25")
    client = signed_in(seat.person.user)
    with time_machine.travel(prompt.opens_at, tick=False):
        told = ask(client, watch_text(client.get("/attendance/")))
        assert (told.status_code == 200 and told.json()["key"] == other.pk) == asked


def test_nothing_is_watched_where_no_check_can_come(term: Term, assistant: Any, signed_in: Any) -> None:
    seat, plain = a_learner(term), a_session(term)
    client = signed_in(seat.person.user)
    with time_machine.travel(at(10, "08:00"), tick=False):
        assert watch_text(client.get("/attendance/")) == ""
        assert b"mid_check.js" not in client.get("/attendance/").content
    Session.objects.filter(pk=plain.pk).update(mid_check_minutes=3)
    with time_machine.travel(at(9, "08:00"), tick=False):
        assert watch_text(client.get("/attendance/")) == ""
    with time_machine.travel(at(9, "22:00"), tick=False):
        page = client.get("/attendance/")
        assert ask(client, watch_text(page)).json() == {"state": "rest", "rest": int(10.5 * 3600_000)}
    with time_machine.travel(at(10, "08:40"), tick=False):
        close_session(plain, at=at(10, "12:10"), actor=assistant)
        assert ask(client, watch_text(page)).json() == {"state": "over", "rest": None}


def test_the_desk_and_the_page_after_checking_in_wait_for_it_too(
    session: Session, assistant: Any, signed_in: Any
) -> None:
    seat = a_learner(session.term)
    opened(session, assistant)
    came(session, seat, "08:25")
    client = signed_in(seat.person.user)
    with time_machine.travel(at(10, "08:40"), tick=False):
        for path in ("/", f"/attendance/sessions/{session.pk}/in/", f"/attendance/sessions/{session.pk}/in/after/"):
            page = client.get(desk() if path == "/" else path).content.decode()
            assert page.count("data-mid-watch=") == 1, path
            assert "data-mid-key" not in page
    with time_machine.travel(at(10, "09:21"), tick=False):
        page = client.get(desk()).content.decode()
        assert page.count("data-mid-key") == 1
        assert "09:23" in page


def desk() -> str:
    return reverse("lms_programmes:desk")


def test_whoever_came_after_it_began_has_missed_nothing() -> None:
    moments = {"starts_at": at(10, "08:30"), "ends_at": at(10, "11:50"), "opens_at": at(10, "09:20")}
    late = Watched(1, **moments, until=at(10, "09:23"), came=at(10, "09:21"))
    assert [late.look(at(10, clock)) for clock in ("08:00", "09:19", "09:22", "09:24")] == [
        "rest",
        "look",
        "asked",
        "over",
    ]
    ahead = Watched(2, at(10, "14:00"), at(10, "17:00"))
    assert look_out([late, ahead], at(10, "09:24")) == ("rest", None, timedelta(minutes=276))
    assert look_out([ahead, late], at(10, "09:22")) == ("asked", late, timedelta(minutes=278))
    assert look_out([], at(10, "09:22")) == ("over", None, None)


def test_what_became_of_the_check_on_the_page_is_told_though_another_session_runs() -> None:
    moments = {"starts_at": at(10, "08:30"), "ends_at": at(10, "11:50")}
    prompt = {"opens_at": at(10, "09:20"), "until": at(10, "09:23"), "came": at(10, "08:30")}
    answered = Watched(1, **moments, **prompt, answered=at(10, "09:21"))
    missed, runs, ahead = (
        Watched(2, **moments, **prompt),
        Watched(3, **moments),
        Watched(4, at(10, "14:00"), at(10, "17:00")),
    )
    now, later = at(10, "09:30"), timedelta(hours=4, minutes=30)
    assert look_out([runs, answered], now) == ("look", runs, None)
    assert look_out([runs, answered], now, shown=1) == ("answered", answered, timedelta(0))
    assert look_out([runs, missed, ahead], now, shown=2) == ("missed", missed, timedelta(0))
    assert look_out([missed, ahead], now, shown=2) == ("missed", missed, later)
    assert look_out([runs, answered], now, shown=3) == ("look", runs, None)
