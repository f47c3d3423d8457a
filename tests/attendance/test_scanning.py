"""A scan in the browser: the ticket, the tap, going back, signing in, and what is kept of attempts to cheat."""

import re
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from lms.attendance.enums import CheckKind, CheckMethod
from lms.attendance.models import CheckEntry, CheckRefusal
from lms.attendance.services import check_in
from lms.attendance.tokens import board_code, board_typed_code, open_ticket
from lms.core.conf import core_settings
from tests import factories
from tests.attendance.factories import a_board, a_learner, a_session, a_timetable, at

pytestmark = pytest.mark.django_db
TAP = "/attendance/check-in/"
JSON = {"accept": "application/json"}


@pytest.fixture
def scene() -> dict[str, Any]:
    term = factories.a_term()
    a_timetable(term)
    session = a_session(term)
    return {"term": term, "session": session, "board": a_board(session), "seat": a_learner(term)}


def scan_address(scene: dict[str, Any], clock: str, kind: str = "in") -> str:
    board = scene["board"]
    code = board_code(core_settings.CODE_KEY, scene["session"].pk, kind, board.nonce, at=at(10, clock), seconds=5)
    return f"/attendance/scan/{code}/"


def test_scan_and_tap_in_the_browser(scene: dict[str, Any], signed_in: Any) -> None:
    client = signed_in(scene["seat"].person.user)
    with time_machine.travel(at(10, "08:36"), tick=False):
        page = client.get(scan_address(scene, "08:36"))
        assert page.status_code == 200
        assert not CheckEntry.objects.exists()
        answer = client.post("/attendance/check-in/", {"ticket": page.context["ticket"]})
        again = client.post("/attendance/check-in/", {"ticket": page.context["ticket"]})
    assert answer["Location"] == f"/attendance/sessions/{scene['session'].pk}/in/"
    assert again["Location"] == answer["Location"]
    shown = client.get(answer["Location"])
    assert (shown.context["late"], shown.context["came"]) == (6, True)
    assert CheckEntry.objects.count() == 1


def test_signing_in_does_not_lose_the_scan(scene: dict[str, Any], client: Any) -> None:
    with time_machine.travel(at(10, "08:29"), tick=False):
        answer = client.get(scan_address(scene, "08:29"))
        assert answer.status_code == 302
        assert "next=/attendance/scan/" in answer["Location"]
    client.force_login(scene["seat"].person.user)
    with time_machine.travel(at(10, "08:37"), tick=False):
        page = client.get("/attendance/scan/")
        client.post("/attendance/check-in/", {"ticket": page.context["ticket"]})
    assert CheckEntry.objects.get().at == at(10, "08:29")


def test_an_old_code_and_anothers_ticket_are_refused(scene: dict[str, Any], signed_in: Any) -> None:
    client, other = signed_in(scene["seat"].person.user), signed_in(a_learner(scene["term"]).person.user)
    with time_machine.travel(at(10, "08:30"), tick=False):
        assert client.get(scan_address(scene, "08:29")).status_code == 410
        page = client.get(scan_address(scene, "08:30"))
        assert other.post("/attendance/check-in/", {"ticket": page.context["ticket"]}).status_code == 410
        assert other.get("/attendance/scan/").status_code == 410
    assert not CheckEntry.objects.exists()


def test_a_refusal_says_what_to_do_and_stands_on_the_board(scene: dict[str, Any], signed_in: Any) -> None:
    client = signed_in(a_learner(factories.a_term()).person.user)
    with time_machine.travel(at(10, "08:20"), tick=False):
        page = client.get(scan_address(scene, "08:20"))
        answer = client.post("/attendance/check-in/", {"ticket": page.context["ticket"]})
    assert answer.status_code == 409
    assert answer.context["refusals"][0].code == "not_expected"
    assert CheckRefusal.objects.get().code == "not_expected"


def test_typing_the_code_and_guessing_it(scene: dict[str, Any], signed_in: Any) -> None:
    cache.clear()
    client, board = signed_in(scene["seat"].person.user), scene["board"]
    with time_machine.travel(at(10, "08:20"), tick=False):
        digits = board_typed_code(
            core_settings.CODE_KEY, scene["session"].pk, "in", board.nonce, at=at(10, "08:20"), seconds=5
        )
        wrong = str((int(digits) + 1) % 10**6).zfill(6)
        for _try in range(10):
            assert client.post("/attendance/", {"code": wrong}).context["form"].errors
        assert client.post("/attendance/", {"code": digits}).status_code == 200
        assert not CheckEntry.objects.exists()
        cache.clear()
        answer = client.post("/attendance/", {"code": f"{digits[:3]} {digits[3:]}"})
    assert answer.status_code == 303
    assert CheckEntry.objects.get().method == CheckMethod.TYPED


def scanned(client: Client, scene: dict[str, Any], clock: str = "08:20", kind: str = "in") -> str:
    """The ticket on the page with the tap."""
    page = client.get(scan_address(scene, clock, kind))
    assert page.status_code == 200
    return str(page.context["ticket"])


def test_the_tap_is_one_round_trip_without_session_and_user(scene: dict[str, Any], signed_in: Any) -> None:
    client = signed_in(scene["seat"].person.user)
    with time_machine.travel(at(10, "08:20"), tick=False):
        ticket = scanned(client, scene)
        with CaptureQueriesContext(
            connection,
        ) as queries:
            assert client.post(TAP, {"ticket": ticket}).status_code == 303
    assert len(queries) == 1
    assert "INSERT INTO lms_attendance_checkentry" in queries[0]["sql"]


@pytest.mark.parametrize(("clock", "late"), [("08:20", 0), ("08:41", 11)])
def test_the_script_gets_a_clear_answer_and_the_same_again(
    scene: dict[str, Any], signed_in: Any, clock: str, late: int
) -> None:
    client = signed_in(scene["seat"].person.user)
    with time_machine.travel(at(10, clock), tick=False):
        ticket = scanned(client, scene, clock)
        with CaptureQueriesContext(connection) as queries:
            first = client.post(TAP, {"ticket": ticket}, headers=JSON)
    assert len(queries) == 1
    with time_machine.travel(at(10, clock) + timedelta(minutes=2), tick=False):
        second = client.post(TAP, {"ticket": ticket}, headers=JSON).json()
    told = first.json()
    assert first.headers["Cache-Control"] == "no-store"
    assert (told["state"], told["kind"], told["late"], told["early"]) == ("recorded", "in", late, 0)
    assert told["tone"] == ("attention" if late else "done")
    assert told["title"] == f"{clock} 已签到"
    assert second == told
    assert client.get(told["url"]).context["late"] == late


def test_another_scan_is_told_that_the_first_one_counts(scene: dict[str, Any], signed_in: Any) -> None:
    client, second = signed_in(scene["seat"].person.user), signed_in(scene["seat"].person.user)
    with time_machine.travel(at(10, "08:20"), tick=False):
        ticket = scanned(client, scene)
    with time_machine.travel(at(10, "08:21"), tick=False):
        later = scanned(second, scene, "08:21")
        client.post(TAP, {"ticket": ticket})
        told = second.post(TAP, {"ticket": later}, headers=JSON).json()
        assert second.post(TAP, {"ticket": later})["Location"].endswith("/in/?again=1")
    assert (told["state"], told["title"]) == ("already", "您已于 08:20 签到")
    assert CheckEntry.objects.count() == 1


def test_going_back_and_reloading_ends_at_the_same_record(scene: dict[str, Any], signed_in: Any) -> None:
    client, address = signed_in(scene["seat"].person.user), scan_address(scene, "08:20")
    with time_machine.travel(at(10, "08:20"), tick=False):
        ticket = client.get(address).context["ticket"]
    with time_machine.travel(at(10, "08:24"), tick=False):
        reloaded = client.get(address)
        assert open_ticket(core_settings.CODE_KEY, reloaded.context["ticket"]) == open_ticket(
            core_settings.CODE_KEY, ticket
        )
        recorded = client.post(TAP, {"ticket": reloaded.context["ticket"]})
        for place in (address, "/attendance/scan/"):
            assert client.get(place)["Location"] == recorded["Location"] + "?again=1"
        client.get(recorded["Location"])
        assert client.get(address)["Location"] == recorded["Location"] + "?again=1"
    assert CheckEntry.objects.get().at == at(10, "08:20")


def test_a_ticket_is_void_after_signing_out(scene: dict[str, Any], signed_in: Any) -> None:
    client = signed_in(scene["seat"].person.user)
    with time_machine.travel(at(10, "08:20"), tick=False):
        ticket, cookies = scanned(client, scene), dict(client.cookies)
        client.logout()
        assert client.post(TAP, {"ticket": ticket}, headers=JSON).status_code == 401
        thief = Client()
        thief.cookies.update(cookies)
        answer = thief.post(TAP, {"ticket": ticket}, headers=JSON)
        assert (answer.status_code, answer.json()["state"]) == (401, "signed_out")
        assert "/accounts/login/?next=/attendance/scan/" in answer.json()["url"]
        assert "/accounts/login/" in thief.post(TAP, {"ticket": ticket})["Location"]
    assert not CheckEntry.objects.exists()


def test_signing_in_anew_on_the_same_phone_keeps_the_ticket_good(scene: dict[str, Any], signed_in: Any) -> None:
    client = signed_in(scene["seat"].person.user)
    with time_machine.travel(at(10, "08:20"), tick=False):
        ticket = scanned(client, scene)
        client.force_login(scene["seat"].person.user)
        assert client.post(TAP, {"ticket": ticket}).status_code == 303
    assert CheckEntry.objects.count() == 1


def test_a_borrowed_ticket_is_refused_and_remembered(scene: dict[str, Any], signed_in: Any) -> None:
    client, friend = signed_in(scene["seat"].person.user), a_learner(scene["term"]).person.user
    elsewhere = signed_in(scene["seat"].person.user)
    with time_machine.travel(at(10, "08:20"), tick=False):
        ticket = scanned(client, scene)
        for thief in (signed_in(friend), elsewhere):
            answer = thief.post(TAP, {"ticket": ticket}, headers=JSON)
            assert (answer.status_code, answer.json()["code"]) == (410, "code_borrowed")
    users = set(CheckRefusal.objects.filter(code="borrowed_ticket").values_list("user", "session"))
    assert users == {(friend.pk, scene["session"].pk), (scene["seat"].person.user_id, scene["session"].pk)}
    assert not CheckEntry.objects.exists()


def test_a_forged_ticket_is_remembered_and_nobody_fills_the_table(scene: dict[str, Any], signed_in: Any) -> None:
    client = signed_in(scene["seat"].person.user)
    with time_machine.travel(at(10, "08:20"), tick=False):
        ticket = scanned(client, scene)
        for n in range(8):
            answer = client.post(TAP, {"ticket": ticket.replace("~in~", "~out~") + str(n)})
            assert answer.status_code == 410
        for rubbish in ("", "x", "~~~~", "9" * 600, "é~in~x~1", "99999999~in~x~1~y"):
            assert client.post(TAP, {"ticket": rubbish}).status_code == 410
        assert Client().post(TAP, {"ticket": ticket + "0"}).status_code == 302
    row = CheckRefusal.objects.first()
    assert row is not None
    assert (row.code, row.kind, row.user_id) == ("forged_ticket", "out", scene["seat"].person.user_id)
    assert len(row.device) == 32
    assert CheckRefusal.objects.count() == 5
    assert not CheckEntry.objects.exists()


def test_a_scan_waits_ten_minutes_and_no_longer(scene: dict[str, Any], signed_in: Any) -> None:
    client = signed_in(scene["seat"].person.user)
    with time_machine.travel(at(10, "08:20"), tick=False):
        ticket = scanned(client, scene)
    with time_machine.travel(at(10, "08:30") + timedelta(seconds=1), tick=False):
        answer = client.post(TAP, {"ticket": ticket}, headers=JSON)
    assert (answer.status_code, answer.json()["code"]) == (410, "code_stale")
    assert CheckRefusal.objects.get().code == "stale_ticket"
    with time_machine.travel(at(10, "08:30"), tick=False):
        assert client.post(TAP, {"ticket": ticket}).status_code == 303


def test_what_the_phone_brought_along_is_kept(scene: dict[str, Any], signed_in: Any) -> None:
    client = signed_in(scene["seat"].person.user)
    for _twice in range(2):
        with time_machine.travel(at(10, "08:20"), tick=False):
            assert client.get(scan_address(scene, "08:10")).status_code == 410
    device = ""
    with time_machine.travel(at(10, "08:20") + timedelta(milliseconds=3700), tick=False):
        ticket = scanned(client, scene)
        client.post(TAP, {"ticket": ticket})
        device = client.cookies["lms_device"].value
    entry = CheckEntry.objects.get()
    assert (entry.code_age_ms, entry.stale_tries, len(entry.device)) == (3700, 2, 32)
    assert entry.device != device
    cookie = client.cookies["lms_device"]
    assert (cookie["httponly"], cookie["samesite"], cookie["max-age"]) == (True, "Lax", 400 * 86400)
    friend = a_learner(scene["term"])
    client.logout()
    client.cookies["lms_device"] = device
    client.force_login(friend.person.user)
    with time_machine.travel(at(10, "08:21"), tick=False):
        client.post(TAP, {"ticket": scanned(client, scene, "08:21")})
    assert set(CheckEntry.objects.values_list("device", flat=True)) == {entry.device}


def test_a_scan_before_sign_in_stays_with_its_browser(scene: dict[str, Any], client: Client, signed_in: Any) -> None:
    user = scene["seat"].person.user
    with time_machine.travel(at(10, "08:29"), tick=False):
        client.get(scan_address(scene, "08:29"))
        thief = signed_in(user)
        thief.cookies["lms_scan"] = client.cookies["lms_scan"].value
        assert thief.get("/attendance/scan/").status_code == 410
        assert client.post(TAP, {"ticket": client.cookies["lms_scan"].value}).status_code == 302
        client.force_login(user)
        assert client.get("/attendance/scan/").status_code == 200
        assert client.post(TAP, {"ticket": client.cookies["lms_scan"].value}).status_code == 410
    assert not CheckEntry.objects.exists()


def test_the_tap_needs_the_page_s_key(scene: dict[str, Any]) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(scene["seat"].person.user)
    with time_machine.travel(at(10, "08:20"), tick=False):
        page = client.get(scan_address(scene, "08:20"))
        ticket = page.context["ticket"]
        assert client.post(TAP, {"ticket": ticket}).status_code == 403
        assert not CheckEntry.objects.exists()
        key = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page.content.decode())
        assert key is not None
        assert client.post(TAP, {"ticket": ticket, "csrfmiddlewaretoken": key[1]}).status_code == 303


@pytest.mark.parametrize("kind", CheckKind.values)
def test_the_three_kinds_are_called_by_their_names(scene: dict[str, Any], signed_in: Any, kind: str) -> None:
    words = {"in": ("签到", "确认签到"), "mid": ("课中核验", "确认在场"), "out": ("签退", "确认签退")}[kind]
    client = signed_in(scene["seat"].person.user)
    with time_machine.travel(at(10, "09:00"), tick=False):
        page = client.get(scan_address(scene, "09:00", kind)).content.decode()
    for word in words:
        assert word in page


def test_looking_a_hundred_times_writes_nothing(scene: dict[str, Any], signed_in: Any, client: Client) -> None:
    reader = signed_in(scene["seat"].person.user)
    with time_machine.travel(at(10, "08:20"), tick=False):
        for n in range(100):
            visitor = (reader, client)[n % 2]
            method = (visitor.get, visitor.head)[n // 2 % 2]
            headers = {"purpose": "prefetch", "sec-purpose": "prefetch"} if n % 3 else {}
            with CaptureQueriesContext(connection) as queries:
                method(scan_address(scene, ("08:20", "08:10")[n % 5 == 0]), headers=headers)
            assert not [q for q in queries if not q["sql"].lstrip().upper().startswith("SELECT")]
        assert reader.get(TAP).status_code == 405
    assert not CheckEntry.objects.exists()
    assert not CheckRefusal.objects.exists()


@pytest.mark.slow
def test_three_hundred_learners_behind_one_address(scene: dict[str, Any], signed_in: Any) -> None:
    seats = [a_learner(scene["term"]) for _n in range(300)]
    with time_machine.travel(at(10, "08:20"), tick=False):
        for seat in seats:
            client = signed_in(seat.person.user)
            answer = client.post(TAP, {"ticket": scanned(client, scene)}, REMOTE_ADDR="127.0.0.1")
            assert answer.status_code == 303
    assert CheckEntry.objects.count() == 300


def test_the_fast_lane_changes_nothing_but_the_time(scene: dict[str, Any], signed_in: Any, settings: Any) -> None:
    answers = []
    for lane in (["lms_attendance:confirm"], []):
        settings.LMS_FAST_LANE = lane
        client = signed_in(a_learner(scene["term"]).person.user)
        with time_machine.travel(at(10, "08:20"), tick=False):
            ticket = scanned(client, scene)
            found = [client.post(TAP, {"ticket": ticket}, headers=JSON) for _twice in range(2)]
            found += [client.post(TAP, {"ticket": ticket}), client.post(TAP, {"ticket": ""})]
        answers.append([(answer.status_code, sorted(answer.headers), answer.content) for answer in found[:3]])
        assert found[3].status_code == 410
    with_lane, without = answers
    assert [row[0] for row in with_lane] == [row[0] for row in without] == [200, 200, 303]
    assert with_lane[0][2] == without[0][2]
    for ours, theirs in zip(with_lane, without, strict=True):
        assert set(theirs[1]) == set(ours[1])


def test_the_record_of_leaving_and_of_the_check_during_class(scene: dict[str, Any], signed_in: Any) -> None:
    seat, session, board = scene["seat"], scene["session"], scene["board"]
    client, moment = signed_in(seat.person.user), at(10, "11:40")
    check_in(session.pk, seat.person.user, kind=CheckKind.OUT, nonce=board.nonce, scanned_at=moment, at=moment)
    page = client.get(f"/attendance/sessions/{session.pk}/out/")
    assert (page.context["told"].early, page.context["told"].tone) == (10, "attention")
    assert "11:40 已签退" in page.content.decode()
