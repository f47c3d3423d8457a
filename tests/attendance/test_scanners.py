"""Staff scan: offline scans uploaded once, at their true time; forged ones not at all; the rest for a person."""

import hashlib
import random
import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from lms.attendance.enums import CheckKind, CheckMethod, ScanOutcome
from lms.attendance.models import AttendanceMark, CheckEntry, Prompt, ScanDecision, Session, StaffScan
from lms.attendance.services import Correction, check_in, close_session, correct_attendance
from lms.attendance.services.scanners import (
    SignedScan,
    approve_key,
    decide_scan,
    install_key,
    revoke_scanner,
)
from lms.attendance.services.scanners.reading import read_scan_body
from lms.core.exceptions import DomainError
from lms.people.enums import Role
from lms.programmes.models import HourEntry
from tests import factories
from tests.attendance.factories import a_board, a_learner, a_session, a_timetable, at
from tests.attendance.phones import LearnersPhone, Phone, ScanningPhone, base64url

pytestmark = pytest.mark.django_db

SECOND, MINUTE, HOUR = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1)
EVE = at(9, "18:00")


@pytest.fixture
def session() -> Session:
    term = factories.a_term()
    a_timetable(term)
    return a_session(term, staff_scan_only=True)


@pytest.fixture
def scanner() -> ScanningPhone:
    return ScanningPhone(factories.staff(Role.ASSISTANT), EVE)


def a_phone(session: Session, **fields: Any) -> LearnersPhone:
    return LearnersPhone(a_learner(session.term, **fields), installed=EVE)


def outcomes(found: Any) -> list[tuple[str, str]]:
    return [(answer.outcome, answer.code) for answer in found.answers]


def refused(act: Any, code: str) -> None:
    with pytest.raises(DomainError) as problem:
        act()
    assert problem.value.code == code


def test_three_phones_offline_for_twenty_minutes_with_wrong_clocks(session: Session) -> None:
    """FAULTS A6: clocks −1 h, 0, +1 h, overlapping learners, uploads twice and out of order."""
    drawn = random.Random(6)
    learners = [a_phone(session) for _number in range(30)]
    phones = [ScanningPhone(factories.staff(Role.ASSISTANT), EVE, wrong_by=error) for error in (-HOUR, 0 * HOUR, HOUR)]
    first: dict[int, Any] = {}
    for number, learner in enumerate(learners):
        moment = at(10, "08:05") + number * 40 * SECOND
        for phone in drawn.sample(phones, 2 if number % 2 else 1):
            phone.scan(session, moment, learner.code(moment))
            first.setdefault(learner.seat.pk, moment)
            moment += SECOND
    chunks = [(phone, phone.queue[n : n + 7]) for phone in phones for n in range(0, len(phone.queue), 7)] * 2
    drawn.shuffle(chunks)
    answers: dict[SignedScan, Any] = {}
    for number, (phone, chunk) in enumerate(chunks):
        for scan, answer in zip(chunk, phone.upload(at(10, "08:27") + number * SECOND, chunk).answers, strict=True):
            assert answers.setdefault(scan, answer) == answer
    entries = {entry.enrolment_id: entry for entry in CheckEntry.objects.all()}
    assert len(entries) == CheckEntry.objects.count() == 30
    assert all(abs(entries[seat].at - moment) <= 2 * SECOND for seat, moment in first.items())
    assert sorted(first, key=first.__getitem__) == [entry.enrolment_id for entry in CheckEntry.objects.order_by("at")]
    assert StaffScan.objects.count() == len(answers) == sum(len(phone.queue) for phone in phones) == 45
    assert {answer.outcome for answer in answers.values()} == {ScanOutcome.RECORDED, ScanOutcome.REPEATED}
    skews = {phone.scanner.pk: -round(phone.wrong_by.total_seconds() * 1000) for phone in phones}
    assert {(scan.scanner_id, scan.skew_ms) for scan in StaffScan.objects.all()} == set(skews.items())
    for phone in phones:
        phone.scanner.refresh_from_db()
        assert phone.scanner.skew_ms == skews[phone.scanner.pk]


def test_of_forged_signatures_none_is_accepted(session: Session, scanner: ScanningPhone) -> None:
    learner, moment, stranger = a_phone(session), at(10, "08:20"), Phone()
    for number in range(50):
        text = scanner.scan(session, moment, learner.code(moment)).body
        forgeries = [
            SignedScan(text, base64url(stranger.sign(text.encode()))),
            SignedScan(text.replace('"kind": "in"', '"kind": "out"'), scanner.queue[-1].signature),
            SignedScan(text, scanner.queue[-1].signature[:-4] + "AAAA"),
            SignedScan(text, ""),
        ]
        scanner.queue[-1] = forgeries[number % 4]
    found = scanner.upload(at(10, "08:21"))
    assert set(outcomes(found)) == {("refused", "signature_wrong")}
    assert (found.forged, CheckEntry.objects.count(), StaffScan.objects.count()) == (50, 0, 0)


def test_a_forged_code_of_a_learner_is_refused_and_kept(session: Session, scanner: ScanningPhone) -> None:
    learner, moment, stranger = a_phone(session), at(10, "08:20"), Phone()
    genuine = learner.code(moment)
    learner.private = stranger.private
    scanner.scan(session, moment, learner.code(moment))
    other = a_phone(session)
    scanner.scan(session, moment, re.sub(r"^LM1\.\d+", f"LM1.{other.seat.pk}", genuine))
    assert outcomes(scanner.upload(moment)) == [("refused", "code_forged")] * 2
    assert (CheckEntry.objects.count(), StaffScan.objects.count()) == (0, 2)


def test_a_scan_enters_the_sheet_with_the_member_of_staff_and_opens_the_session(
    session: Session, scanner: ScanningPhone
) -> None:
    learner, byhand, moment = a_phone(session), a_learner(session.term), at(10, "08:20")
    scanner.scan(session, moment, learner.code(moment))
    scanner.scan(session, moment + SECOND, enrolment=byhand.pk)
    assert outcomes(scanner.upload(at(10, "09:00"))) == [("recorded", ""), ("recorded", "")]
    rows = CheckEntry.objects.values_list("enrolment", "kind", "at", "method", "actor", "recorded_at")
    assert list(rows) == [
        (learner.seat.pk, "in", moment, CheckMethod.SCAN, scanner.user.pk, at(10, "09:00")),
        (byhand.pk, "in", moment + SECOND, CheckMethod.MANUAL, scanner.user.pk, at(10, "09:00")),
    ]
    session.refresh_from_db()
    assert session.state == "open"


def test_what_the_phone_refused_is_kept_as_refused(session: Session, scanner: ScanningPhone) -> None:
    learner, moment = a_phone(session), at(10, "08:20")
    scanner.scan(session, moment, learner.code(moment - HOUR), shown="code_stale")
    scanner.scan(session, moment, learner.code(moment), shown="anything else")
    assert outcomes(scanner.upload(moment)) == [("refused", "code_stale"), ("refused", "refused_there")]
    assert not CheckEntry.objects.exists()
    session.refresh_from_db()
    assert session.state == "planned"


@pytest.mark.parametrize(
    ("clock", "kind", "code"),
    [
        ("07:59", "in", "too_early"),
        ("08:00", "in", ""),
        ("11:49", "in", ""),
        ("11:50", "in", "too_late"),
        ("08:29", "out", "too_early"),
        ("12:05", "out", ""),
        ("12:06", "out", "too_late"),
    ],
)
def test_the_doors_are_those_of_every_check_in(
    session: Session, scanner: ScanningPhone, clock: str, kind: str, code: str
) -> None:
    learner, moment = a_phone(session), at(10, clock)
    scanner.scan(session, moment, learner.code(moment), kind=kind)
    assert outcomes(scanner.upload(at(10, "13:00"))) == [("refused", code) if code else ("recorded", "")]
    assert CheckEntry.objects.count() == (0 if code else 1)


def test_the_check_during_class_is_answered_by_a_scan_while_it_runs(session: Session, scanner: ScanningPhone) -> None:
    learner = a_phone(session)
    Prompt.objects.create(session=session, opens_at=at(10, "10:07"), until=at(10, "10:15"), made_by=scanner.user)
    for clock in ("10:06", "10:10", "10:12", "10:16"):
        scanner.scan(session, at(10, clock), learner.code(at(10, clock)), kind="mid")
    assert outcomes(scanner.upload(at(10, "11:00"))) == [
        ("refused", "too_early"),
        ("recorded", ""),
        ("repeated", ""),
        ("refused", "too_late"),
    ]
    entries = CheckEntry.objects.order_by("pk").values_list("kind", "at", "method")
    assert list(entries) == [("mid", at(10, "10:10"), "scan"), ("in", at(10, "10:10"), "scan")]


def test_only_the_sessions_own_learners_enter(session: Session, scanner: ScanningPhone) -> None:
    group, other = factories.a_group(session.term, "A"), factories.a_group(session.term, "B")
    session.groups.add(group)
    moment = at(10, "08:20")
    seats = [a_phone(session, group=other), a_phone(session, group=group, state="withdrawn"), a_phone(session)]
    stranger = LearnersPhone(a_learner(factories.a_term()), installed=EVE)
    for learner in [*seats, stranger]:
        scanner.scan(session, moment, learner.code(moment))
    assert outcomes(scanner.upload(moment)) == [("refused", "not_expected")] * 4
    Session.objects.filter(pk=session.pk).update(make_up=True)
    scanner.scan(session, moment, a_phone(session, group=group).code(moment))
    assert outcomes(scanner.upload(moment))[-1] == ("refused", "not_expected")
    assert not CheckEntry.objects.exists()


def test_staff_scan_only_for_their_own_classes(session: Session) -> None:
    mine, other = factories.a_group(session.term, "A"), factories.a_group(session.term, "B")
    phone = ScanningPhone(factories.staff(Role.ASSISTANT), EVE)
    mine.assistants.add(phone.user)
    other.assistants.add(factories.staff(Role.ASSISTANT))
    session.groups.add(other)
    moment = at(10, "08:20")
    phone.scan(session, moment, a_phone(session, group=other).code(moment))
    assert outcomes(phone.upload(moment)) == [("refused", "not_yours")]


def test_a_revoked_phone_is_turned_away(session: Session, scanner: ScanningPhone) -> None:
    moment = at(10, "08:20")
    scanner.scan(session, moment, a_phone(session).code(moment))
    revoke_scanner(scanner.scanner, at=moment, actor=factories.staff(Role.ADMINISTRATOR))
    refused(lambda: scanner.upload(moment), "scanner_revoked")
    assert not StaffScan.objects.exists()


def test_an_arrival_before_the_one_on_record_waits_for_a_person(session: Session, scanner: ScanningPhone) -> None:
    learner, late = a_phone(session), at(10, "08:50")
    board = a_board(session)
    Session.objects.update(staff_scan_only=False)
    user = learner.seat.person.user
    check_in(session.pk, user, kind=CheckKind.IN, nonce=board.nonce, scanned_at=late, at=late)
    check_in(session.pk, user, kind=CheckKind.OUT, nonce=board.nonce, scanned_at=at(10, "11:55"), at=at(10, "11:55"))
    for moment in (at(10, "08:40"), late - SECOND, late + MINUTE, at(10, "08:20")):
        scanner.scan(session, moment, learner.code(moment))
    found = scanner.upload(at(10, "12:01"))
    assert outcomes(found) == [
        ("conflict", "earlier"),
        ("repeated", ""),
        ("repeated", ""),
        ("conflict", "earlier"),
    ]
    scan = StaffScan.objects.get(at=at(10, "08:40"))
    assert scan.entry is not None
    assert scan.entry.at == late
    decision = decide_scan(
        scan, accept=True, reason="门口扫码时本人在场", at=at(10, "12:10"), actor=factories.staff(Role.ASSISTANT)
    )
    mark = AttendanceMark.objects.get()
    assert (decision.act, mark.minutes, mark.enrolment) == ("accepted", 171, learner.seat)
    assert "08:40" in mark.reason
    refused(
        lambda: decide_scan(scan, accept=False, reason="x", at=at(10, "12:11"), actor=scanner.user), "decided_already"
    )
    best = StaffScan.objects.get(at=at(10, "08:20"))
    decide_scan(best, accept=True, reason="门口扫码时本人在场", at=at(10, "12:12"), actor=scanner.user)
    assert AttendanceMark.objects.order_by("revision").last().minutes == 180  # type: ignore[union-attr]


def test_a_difference_that_changes_no_minutes_asks_nobody(session: Session, scanner: ScanningPhone) -> None:
    learner = a_phone(session)
    moments = [(at(10, "08:25"), "in"), (at(10, "11:51"), "out")]
    for moment, kind in moments:
        scanner.scan(session, moment, learner.code(moment), kind=kind)
    scanner.upload(at(10, "11:52"))
    other = ScanningPhone(factories.staff(Role.ASSISTANT), EVE)
    for moment, kind in ((at(10, "08:05"), "in"), (at(10, "11:58"), "out")):
        other.scan(session, moment, learner.code(moment), kind=kind)
    assert outcomes(other.upload(at(10, "12:00"))) == [("repeated", ""), ("repeated", "")]


def test_the_later_departure_is_the_better_proof(session: Session, scanner: ScanningPhone) -> None:
    learner, other = a_phone(session), ScanningPhone(factories.staff(Role.ASSISTANT), EVE)
    scanner.scan(session, at(10, "08:25"), learner.code(at(10, "08:25")))
    scanner.scan(session, at(10, "11:00"), learner.code(at(10, "11:00")), kind="out")
    scanner.upload(at(10, "11:01"))
    other.scan(session, at(10, "11:40"), learner.code(at(10, "11:40")), kind="out")
    assert outcomes(other.upload(at(10, "12:00"))) == [("conflict", "later")]
    decide_scan(
        StaffScan.objects.get(code="later"), accept=True, reason="下课时在场", at=at(10, "12:01"), actor=other.user
    )
    assert AttendanceMark.objects.get().minutes == 171


def test_of_one_upload_the_first_arrival_and_the_last_departure_count(session: Session, scanner: ScanningPhone) -> None:
    learner = a_phone(session)
    for clock, kind in (("08:50", "in"), ("08:40", "in"), ("11:00", "out"), ("11:30", "out")):
        scanner.scan(session, at(10, clock), learner.code(at(10, clock)), kind=kind)
    assert [outcome for outcome, _code in outcomes(scanner.upload(at(10, "12:00")))] == [
        "repeated",
        "recorded",
        "repeated",
        "recorded",
    ]


def test_an_upload_after_the_sheet_was_closed_waits_and_then_corrects_the_credit(
    session: Session, scanner: ScanningPhone
) -> None:
    learner, assistant = a_phone(session), factories.staff(Role.ASSISTANT)
    for clock, kind in (("08:20", "in"), ("11:50", "out")):
        scanner.scan(session, at(10, clock), learner.code(at(10, clock)), kind=kind)
    close_session(session, at=at(10, "12:10"), actor=assistant)
    assert outcomes(scanner.upload(at(10, "12:30"))) == [("conflict", "sheet_closed")] * 2
    assert not CheckEntry.objects.exists()
    for scan in StaffScan.objects.order_by("at"):
        decide_scan(scan, accept=True, reason="断网后补传", at=at(10, "13:00"), actor=assistant)
    assert not CheckEntry.objects.exists()
    assert sum(HourEntry.objects.filter(enrolment=learner.seat).values_list("minutes", flat=True)) == 180


def test_a_late_scan_takes_nothing_away_that_a_person_entered(session: Session, scanner: ScanningPhone) -> None:
    learner, assistant = a_phone(session), factories.staff(Role.ASSISTANT)
    scanner.scan(session, at(10, "08:20"), learner.code(at(10, "08:20")), kind="in")
    close_session(session, at=at(10, "12:10"), actor=assistant)
    correct_attendance(session, [Correction(learner.seat, 180)], reason="在场", at=at(10, "12:20"), actor=assistant)
    assert outcomes(scanner.upload(at(10, "12:30"))) == [("conflict", "sheet_closed")]
    decide_scan(StaffScan.objects.get(), accept=True, reason="断网后补传", at=at(10, "13:00"), actor=assistant)
    assert sum(HourEntry.objects.filter(enrolment=learner.seat).values_list("minutes", flat=True)) == 180
    assert AttendanceMark.objects.count() == 1


def test_the_way_of_a_slow_upload_is_no_error_of_the_clock(session: Session, scanner: ScanningPhone) -> None:
    learner = a_phone(session)
    scanner.scan(session, at(10, "08:20"), learner.code(at(10, "08:20")), kind="in")
    scanner.upload(at(10, "08:30"), way=timedelta(seconds=9))
    assert CheckEntry.objects.get().at == at(10, "08:20")


def test_an_accepted_arrival_of_an_open_session_becomes_the_missing_entry(
    session: Session, scanner: ScanningPhone
) -> None:
    learner, moment = a_phone(session), at(10, "08:20")
    a_board(session)
    scanner.scan(session, moment, learner.code(moment), offset=90_000)
    assert outcomes(scanner.upload(at(10, "08:30"))) == [("conflict", "clock_moved")]
    scan = StaffScan.objects.get()
    refused(lambda: decide_scan(scan, accept=True, reason=" ", at=moment, actor=scanner.user), "reason_missing")
    decide_scan(scan, accept=True, reason="时间与名单相符", at=at(10, "09:00"), actor=scanner.user)
    assert CheckEntry.objects.get().at == moment
    assert not AttendanceMark.objects.exists()


def test_while_the_check_out_is_to_come_a_better_arrival_cannot_be_accepted(
    session: Session, scanner: ScanningPhone
) -> None:
    learner, other = a_phone(session), ScanningPhone(factories.staff(Role.ASSISTANT), EVE)
    for phone, clock in ((scanner, "08:50"), (other, "08:40")):
        phone.scan(session, at(10, clock), learner.code(at(10, clock)))
        phone.upload(at(10, "09:00"))
    scan = StaffScan.objects.get(code="earlier")
    refused(lambda: decide_scan(scan, accept=True, reason="x", at=at(10, "09:10"), actor=other.user), "not_over")
    assert not ScanDecision.objects.exists()
    decide_scan(scan, accept=False, reason="名单为准", at=at(10, "09:10"), actor=other.user)
    assert (ScanDecision.objects.get().act, AttendanceMark.objects.count()) == ("rejected", 0)


@pytest.mark.parametrize(("moved", "outcome"), [(59, "recorded"), (61, "conflict")])
def test_a_clock_that_moved_since_the_roster_is_a_doubt(
    session: Session, scanner: ScanningPhone, moved: int, outcome: str
) -> None:
    moment = at(10, "08:20")
    scanner.scan(session, moment, a_phone(session).code(moment), offset=moved * 1000)
    assert outcomes(scanner.upload(moment + MINUTE)) == [(outcome, "clock_moved" if outcome == "conflict" else "")]


def test_codes_of_a_key_that_does_not_count_wait_for_a_person(session: Session, scanner: ScanningPhone) -> None:
    first = a_phone(session)
    second = LearnersPhone(first.seat, installed=at(10, "08:10"))
    assert second.key.approved_at is None
    scanner.scan(session, at(10, "08:20"), second.code(at(10, "08:20")))
    assert outcomes(scanner.upload(at(10, "08:21"))) == [("conflict", "key_not_valid")]
    approve_key(second.key, at=at(10, "08:25"), actor=scanner.user)
    scanner.queue = []
    scanner.scan(session, at(10, "08:24"), first.code(at(10, "08:24")))
    scanner.scan(session, at(10, "08:26"), first.code(at(10, "08:26")))
    assert outcomes(scanner.upload(at(10, "08:30"))) == [("recorded", ""), ("repeated", "")]


def test_a_code_much_older_than_the_scan_waits_for_a_person(session: Session, scanner: ScanningPhone) -> None:
    moment = at(10, "08:20")
    for age in (0, 60, 120):
        learner = a_phone(session)
        scanner.scan(session, moment, learner.code(moment - age * SECOND))
    assert outcomes(scanner.upload(moment)) == [("recorded", ""), ("recorded", ""), ("conflict", "code_stale")]


def test_unknown_sessions_and_learners_are_answered_and_not_stored(session: Session, scanner: ScanningPhone) -> None:
    ghost = a_session(session.term, starts_at=at(12))
    ghost_pk = ghost.pk
    ghost.delete()
    scanner.scan(session, at(10, "08:20"), enrolment=10**9)
    scanner.scan(session, at(10, "08:20"), enrolment=a_learner(session.term).pk, session=ghost_pk)
    found = scanner.upload(at(10, "08:21"))
    assert [(answer.code, answer.kept) for answer in found.answers] == [
        ("unknown_learner", False),
        ("unknown_session", False),
    ]
    assert not StaffScan.objects.exists()


@pytest.mark.parametrize(
    "changes",
    [
        {"v": 2},
        {"nonce": ""},
        {"nonce": "x" * 33},
        {"kind": "elsewhere"},
        {"at": 0},
        {"at": 10**20},
        {"at": "1"},
        {"at": True},
        {"offset": None},
        {"code": "LM1.1.1.1.A"},
        {"code": ["x"]},
        {"shown": 3},
        {"session": 2**80},
    ],
)
def test_a_body_with_something_wrong_is_no_scan(
    session: Session, scanner: ScanningPhone, changes: dict[str, Any]
) -> None:
    assert read_scan_body(scanner.scan(session, at(10), enrolment=1).body) is not None
    assert read_scan_body(scanner.scan(session, at(10), enrolment=1, **changes).body) is None
    assert read_scan_body("[]") is read_scan_body("{") is read_scan_body("null") is None


def test_scans_of_another_phone_are_forged(session: Session, scanner: ScanningPhone) -> None:
    other = ScanningPhone(scanner.user, EVE)
    scan = other.scan(session, at(10, "08:20"), enrolment=a_learner(session.term).pk)
    assert outcomes(scanner.upload(at(10, "08:21"), [scan])) == [("refused", "signature_wrong")]


def test_an_upload_takes_the_same_reads_for_3_and_60(
    session: Session, scanner: ScanningPhone, django_assert_max_num_queries: Any
) -> None:
    def scans(count: int) -> list[SignedScan]:
        moment = at(10, "08:20")
        return [scanner.scan(session, moment, a_phone(session).code(moment)) for _number in range(count)]

    for count in (3, 60):
        kept = scans(count)
        with django_assert_max_num_queries(22 + count):
            scanner.upload(at(10, "08:21"), kept)


def test_the_vendored_scripts_are_the_published_ones() -> None:
    folder = Path(__file__).parents[2] / "lms/attendance/static/lms_attendance/vendor"
    table = (folder / "VENDORED.md").read_text(encoding="utf-8")
    noted = dict(re.findall(r"^\| `([\w.]+)` .* `([0-9a-f]{64})` \|$", table, re.M))
    assert set(noted) == {"jsqr.js", "qrcode.js"}
    for name, digest in noted.items():
        assert hashlib.sha256((folder / name).read_bytes()).hexdigest() == digest


def test_rubbish_is_no_key(session: Session) -> None:
    seat = a_learner(session.term)
    for text in ("", "x", base64url(b"\x04" + b"\x01" * 64), base64url(b"\x00" * 65), "é" * 20):
        refused(lambda text=text: install_key(seat, text, at=EVE), "key_malformed")  # type: ignore[misc]
