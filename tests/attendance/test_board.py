"""The board on the projector: what it shows when, what it costs, and that it never dies for good."""

import re
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext

from lms.attendance.enums import CheckKind, CheckMethod
from lms.attendance.models import CheckEntry, CheckRefusal, Session
from lms.attendance.selectors import board_view
from lms.attendance.services import switch_board
from lms.attendance.tokens import read_board_code
from lms.core.conf import core_settings
from lms.core.exceptions import DomainError
from lms.people.enums import Role
from lms.programmes.models import Enrolment, Term
from tests import factories
from tests.attendance.factories import a_board, a_learner, a_session, at

pytestmark = pytest.mark.django_db


@pytest.fixture
def session(term: Term) -> Session:
    found = a_session(term)
    a_board(found)
    return found


@pytest.fixture
def client(signed_in: Any) -> Any:
    return signed_in(factories.staff(Role.ASSISTANT))


def state(client: Any, session: Session, clock: str) -> Any:
    with time_machine.travel(at(10, clock), tick=False):
        return client.get(f"/attendance/board/{session.pk}/state/").json()


def entered(session: Session, seat: Enrolment, clock: str, kind: CheckKind = CheckKind.IN) -> None:
    moment = at(10, clock)
    values = {"method": CheckMethod.QR, "actor": seat.person.user, "at": moment, "recorded_at": moment}
    CheckEntry.objects.create(session=session, enrolment=seat, kind=kind, **values)


@pytest.mark.parametrize(
    ("clock", "face", "has_code"),
    [
        ("07:59", "early", False),
        ("08:00", "in", True),
        ("11:49", "in", True),
        ("11:50", "out", True),
        ("12:05", "out", True),
        ("12:06", "over", False),
    ],
)
def test_the_board_follows_the_session(client: Any, session: Session, clock: str, face: str, has_code: bool) -> None:
    told = state(client, session, clock)
    assert (told["kind"], "data-qr" in told["html"], "data-typed" in told["html"]) == (face, has_code, has_code)
    assert told["near_end"] is (clock == "11:49")


def test_the_code_is_of_this_session_and_of_what_the_board_shows(
    client: Any, session: Session, monkeypatch: Any
) -> None:
    drawn: list[str] = []

    def draw(text: str, **_more: Any) -> str:
        drawn.append(text)
        return "<svg/>"

    monkeypatch.setattr("lms.attendance.views.board.draw_qr", draw)
    for clock, kind in (("08:20", "in"), ("11:55", "out")):
        state(client, session, clock)
        code = drawn[-1].rstrip("/").rsplit("/", 1)[1]
        found = read_board_code(core_settings.CODE_KEY, code, at=at(10, clock), seconds=5, earlier_steps=1)
        assert found is not None
        assert (found.session_id, found.kind) == (session.pk, kind)


def test_a_closed_sheet_leaves_the_board_at_rest(client: Any, session: Session) -> None:
    Session.objects.filter(pk=session.pk).update(state="closed", closed_at=at(10, "12:00"))
    told = state(client, session, "12:01")
    assert (told["open"], told["kind"]) == (False, "closed")
    assert "data-qr" not in told["html"]
    assert client.get(f"/attendance/board/{session.pk}/").status_code == 200


def test_without_a_board_there_is_nothing_to_show(client: Any, term: Term) -> None:
    session = a_session(term)
    assert client.get(f"/attendance/board/{session.pk}/state/").json() == {"open": False}
    assert client.get(f"/attendance/board/{session.pk}/").status_code == 302
    assert client.get("/attendance/board/0/state/").status_code == 404


def test_where_staff_scan_the_board_asks_for_the_personal_code(client: Any, session: Session) -> None:
    Session.objects.filter(pk=session.pk).update(staff_scan_only=True)
    told = state(client, session, "08:20")
    assert "请出示个人码" in told["html"]
    assert "data-qr" not in told["html"]
    assert "data-typed" not in told["html"]


def test_who_is_counted_as_missing(session: Session, term: Term) -> None:
    here, gone, away = (a_learner(term) for _n in range(3))
    for seat in (here, gone):
        entered(session, seat, "08:25")
    entered(session, gone, "11:51", CheckKind.OUT)
    since = at(10, "08:00")
    coming, leaving = (board_view(session, face, refused_since=since) for face in ("in", "out"))
    assert (coming.expected, len(coming.present), len(coming.missing)) == (3, 2, 1)
    assert (leaving.expected, len(leaving.present), len(leaving.missing)) == (2, 1, 1)
    assert away.check_entries.count() == 0


def test_the_last_refusals_stand_with_their_reasons(client: Any, session: Session) -> None:
    stranger = factories.a_person("钱外人")
    for code, clock in (("not_expected", "08:19"), ("too_early", "07:30"), ("borrowed_ticket", "08:18")):
        CheckRefusal.objects.create(session=session, user=stranger.user, kind="in", code=code, at=at(10, clock))
    html = state(client, session, "08:20")["html"]
    assert re.search(r"08:19 钱外人: 不在名单", html)
    assert "07:30" not in html
    assert "08:18" not in html


def test_after_the_end_it_cannot_be_turned_back(session: Session) -> None:
    board, actor = session.boards.get(), factories.staff(Role.ASSISTANT)
    switch_board(board, CheckKind.OUT, at=at(10, "11:30"), actor=actor)
    switch_board(board, CheckKind.IN, at=at(10, "11:49"), actor=actor)
    with pytest.raises(DomainError) as refused:
        switch_board(board, CheckKind.IN, at=at(10, "11:50"), actor=actor)
    assert refused.value.code == "too_late"


def test_the_next_code_is_told_in_milliseconds_of_the_server(client: Any, session: Session) -> None:
    moment = at(10, "08:20") + timedelta(seconds=3, milliseconds=200)
    with time_machine.travel(moment, tick=False):
        assert client.get(f"/attendance/board/{session.pk}/state/").json()["next_in_ms"] == 1800


@pytest.mark.parametrize("count", [3, 200])
def test_the_state_reads_four_times_whatever_the_class(client: Any, session: Session, term: Term, count: int) -> None:
    for _n in range(count):
        entered(session, a_learner(term), "08:25")
    with CaptureQueriesContext(connection) as queries:
        told = state(client, session, "08:30")
    read = [row["sql"] for row in queries if "lms_attendance" in row["sql"] or "lms_programmes_enrolment" in row["sql"]]
    assert told["present"] == count
    assert len(read) <= 4, read
    assert len(queries) <= 8, [row["sql"][:80] for row in queries]


def test_strangers_do_not_see_the_board(signed_in: Any, session: Session) -> None:
    for role in (Role.FINANCE, Role.SUPERVISOR):
        client = signed_in(factories.staff(role))
        assert client.get(f"/attendance/board/{session.pk}/").status_code == 403
        assert client.get(f"/attendance/board/{session.pk}/state/").status_code == 403
    learner = signed_in(a_learner(session.term).person.user)
    assert learner.get(f"/attendance/board/{session.pk}/state/").status_code == 403
