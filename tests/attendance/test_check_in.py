"""Scanning, tapping, and everything that may go wrong on the way."""

from datetime import timedelta
from typing import Any

import pytest

from lms.attendance.enums import CheckKind, CheckMethod
from lms.attendance.models import CheckEntry, CheckRefusal, Prompt
from lms.attendance.services import Proof, check_in, find_typed_session
from lms.attendance.tokens import board_typed_code
from lms.core.conf import core_settings
from lms.core.exceptions import DomainError
from lms.people.enums import Role
from tests import factories
from tests.attendance.factories import a_board, a_learner, a_session, a_timetable, at

pytestmark = pytest.mark.django_db


@pytest.fixture
def scene() -> dict[str, Any]:
    term = factories.a_term()
    a_timetable(term)
    session = a_session(term)
    return {"term": term, "session": session, "board": a_board(session), "seat": a_learner(term)}


def tap(scene: dict[str, Any], clock: str, *, kind: CheckKind = CheckKind.IN, **changes: Any) -> Any:
    moment = at(10, clock)
    values = {"kind": kind, "nonce": scene["board"].nonce, "scanned_at": moment, "at": moment} | changes
    return check_in(scene["session"].pk, scene["seat"].person.user, **values)


def test_a_tap_is_on_record_and_a_second_one_gets_the_same_answer(scene: dict[str, Any]) -> None:
    first, second = tap(scene, "08:20"), tap(scene, "08:40")
    assert (first.fresh, second.fresh) == (True, False)
    assert second.at == first.at == at(10, "08:20")
    assert CheckEntry.objects.count() == 1


def test_the_moment_of_the_scan_counts_not_of_the_tap(scene: dict[str, Any]) -> None:
    tap(scene, "08:29", at=at(10, "08:36"))
    entry = CheckEntry.objects.get()
    assert (entry.at, entry.recorded_at, entry.method) == (at(10, "08:29"), at(10, "08:36"), CheckMethod.QR)


def test_what_came_along_is_kept_with_the_entry(scene: dict[str, Any]) -> None:
    tap(scene, "08:20", proof=Proof("ab" * 16, 4321, 2))
    entry = CheckEntry.objects.get()
    assert (entry.device, entry.code_age_ms, entry.stale_tries) == ("ab" * 16, 4321, 2)


def test_an_account_that_was_switched_off_checks_nobody_in(scene: dict[str, Any]) -> None:
    user = scene["seat"].person.user
    type(user).objects.filter(pk=user.pk).update(is_active=False)
    with pytest.raises(DomainError) as refused:
        tap(scene, "08:20")
    assert refused.value.code == "signed_out"
    assert not CheckEntry.objects.exists()


def test_the_check_during_class_is_open_while_it_is_asked_and_nobody_is_told_before(scene: dict[str, Any]) -> None:
    staff = factories.staff(Role.ASSISTANT)
    Prompt.objects.create(session=scene["session"], opens_at=at(10, "10:00"), until=at(10, "10:05"), made_by=staff)
    for clock, code in (("09:59", "too_early"), ("10:06", "too_late")):
        with pytest.raises(DomainError) as refused:
            tap(scene, clock, kind=CheckKind.MID)
        assert refused.value.code == code
        assert code != "too_early" or "10:00" not in str(refused.value.refusals[0].explanation)
    assert tap(scene, "10:05", kind=CheckKind.MID).fresh
    assert not tap(scene, "10:05", kind=CheckKind.MID).fresh
    assert CheckEntry.objects.filter(kind=CheckKind.MID).count() == 1


def test_only_the_first_refusals_of_a_kind_are_kept(scene: dict[str, Any]) -> None:
    for minute in (0, 0, 1, 2, 3, 4, 5):
        with pytest.raises(DomainError):
            tap(scene, f"07:0{minute}")
    assert CheckRefusal.objects.count() == 5
    with pytest.raises(DomainError):
        tap(scene, "07:30")
    assert CheckRefusal.objects.count() == 6


def test_a_wrong_typed_code_is_remembered_at_the_open_session(scene: dict[str, Any]) -> None:
    for n in range(7):
        with pytest.raises(DomainError):
            find_typed_session(scene["seat"], "12345", at=at(10, "08:20") + timedelta(seconds=n), device="m" * 32)
    rows = set(CheckRefusal.objects.values_list("code", "session", "user", "kind", "device"))
    assert rows == {("typed_wrong", scene["session"].pk, scene["seat"].person.user_id, "in", "m" * 32)}
    assert CheckRefusal.objects.count() == 5


def test_check_in_is_one_statement(scene: dict[str, Any], django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(1):
        tap(scene, "08:20")


@pytest.mark.parametrize(
    ("clock", "kind", "code"),
    [
        ("07:59", CheckKind.IN, "too_early"),
        ("11:50", CheckKind.IN, "too_late"),
        ("08:29", CheckKind.OUT, "too_early"),
        ("12:06", CheckKind.OUT, "too_late"),
    ],
)
def test_outside_the_doors(scene: dict[str, Any], clock: str, kind: CheckKind, code: str) -> None:
    with pytest.raises(DomainError) as refused:
        tap(scene, clock, kind=kind)
    assert refused.value.code == code
    assert list(CheckRefusal.objects.values_list("code", flat=True)) == [code]
    assert not CheckEntry.objects.exists()


@pytest.mark.parametrize(("clock", "kind"), [("08:00", "in"), ("11:49", "in"), ("08:30", "out"), ("12:05", "out")])
def test_on_the_edge_of_the_doors(scene: dict[str, Any], clock: str, kind: str) -> None:
    assert tap(scene, clock, kind=CheckKind(kind)).fresh


def test_strangers_and_other_classes_are_refused(scene: dict[str, Any]) -> None:
    group, other = factories.a_group(scene["term"], "A"), factories.a_group(scene["term"], "B")
    scene["session"].groups.add(group)
    stranger = a_learner(factories.a_term())
    elsewhere, here = a_learner(scene["term"], group=other), a_learner(scene["term"], group=group)
    for seat in (stranger, elsewhere):
        with pytest.raises(DomainError) as refused:
            tap(scene | {"seat": seat}, "08:20")
        assert refused.value.code == "not_expected"
    assert tap(scene | {"seat": here}, "08:20").fresh


def test_withdrawn_closed_and_forged(scene: dict[str, Any]) -> None:
    gone = a_learner(scene["term"], state="withdrawn")
    for changes, code in (({"seat": gone}, "not_expected"),):
        with pytest.raises(DomainError) as refused:
            tap(scene | changes, "08:20")
        assert refused.value.code == code
    with pytest.raises(DomainError) as refused:
        tap(scene, "08:20", nonce="forged")
    assert refused.value.code == "unknown_session"
    type(scene["session"]).objects.update(state="closed", closed_at=at(10, "11:00"))
    with pytest.raises(DomainError) as refused:
        tap(scene, "08:20")
    assert refused.value.code == "session_closed"
    assert not CheckEntry.objects.exists()


def test_the_typed_code_finds_the_board(scene: dict[str, Any]) -> None:
    now, board = at(10, "08:20"), scene["board"]
    digits = board_typed_code(core_settings.CODE_KEY, scene["session"].pk, "in", board.nonce, at=now, seconds=5)
    found = find_typed_session(scene["seat"], digits, at=now)
    assert (found.session_id, found.kind, found.nonce, found.at) == (board.session_id, "in", board.nonce, now)
    wrong = str((int(digits) + 1) % 10**6).zfill(6)
    with pytest.raises(DomainError) as refused:
        find_typed_session(scene["seat"], wrong, at=now)
    assert refused.value.code == "code_wrong"
    with pytest.raises(DomainError) as refused:
        find_typed_session(scene["seat"], digits, at=at(10, "07:00"))
    assert refused.value.code == "nothing_open"
