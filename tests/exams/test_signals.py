"""Leaving, copying, pasting, printing: what is kept, what follows, and that a save never waits for it."""

import json
from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from lms.core.exceptions import DomainError
from lms.exams.enums import SignalPolicy
from lms.exams.models import Exam, SignalEntry, Sitting
from lms.exams.rules import HAND_IN, LAST_REMINDER, NOTHING, REMIND, Signal, clean_signals, consequence, room_left
from lms.exams.services import keep_signals, lock_sitting, save_answers, set_browser, submit_sitting
from lms.exams.tokens import sitting_token
from lms.people.enums import Role
from tests import factories as people
from tests.exams import factories

LEFT = {"n": 1, "kind": "left", "seconds": 12, "ago": 3000}


@pytest.mark.parametrize(
    ("raw", "fine"),
    [
        ([LEFT], True),
        ([LEFT, {"n": 2, "kind": "copy", "ago": 0}], True),
        ([], False),
        ("left", False),
        ([LEFT, LEFT], False),
        ([LEFT] * 51, False),
        ([{"n": n, "kind": "copy", "ago": 0} for n in range(1, 51)], True),
        ([LEFT | {"n": 0}], False),
        ([LEFT | {"n": True}], False),
        ([LEFT | {"kind": "cheated"}], False),
        ([LEFT | {"seconds": None}], False),
        ([LEFT | {"seconds": -1}], False),
        ([LEFT | {"seconds": 1.5}], False),
        ([LEFT | {"seconds": 86_401}], False),
        ([LEFT | {"ago": 86_400_001}], False),
        ([LEFT | {"kind": ["left"]}], False),
        ([3], False),
    ],
)
def test_what_a_message_may_hold(raw, fine):
    assert (clean_signals(raw) is not None) is fine


def test_seconds_belong_to_leaving_alone():
    assert clean_signals([LEFT | {"kind": "paste"}]) == [Signal(1, "paste", None, 3000)]


@pytest.mark.parametrize(
    ("policy", "before", "left", "follows"),
    [
        ("record", 0, 9, NOTHING),
        ("off", 0, 9, NOTHING),
        ("warn", 0, 1, REMIND),
        ("warn", 8, 9, REMIND),
        ("warn", 9, 9, NOTHING),
        ("submit", 0, 1, REMIND),
        ("submit", 1, 2, LAST_REMINDER),
        ("submit", 2, 3, HAND_IN),
        ("submit", 0, 7, LAST_REMINDER),
        ("submit", 7, 8, HAND_IN),
        ("submit", 2, 2, NOTHING),
    ],
)
def test_what_follows_with_a_limit_of_three(policy, before, left, follows):
    assert consequence(policy, before=before, left=left, limit=3) == follows


@given(st.integers(2, 9), st.lists(st.integers(0, 4), max_size=20))
def test_nobody_is_handed_in_without_the_last_reminder_before(limit, batches):
    left, told = 0, []
    for batch in batches:
        told.append(consequence("submit", before=left, left=left + batch, limit=limit))
        left += batch
        if told[-1] == HAND_IN:
            assert LAST_REMINDER in told[:-1]
            assert left >= limit
            return
    assert left < limit or told.count(LAST_REMINDER) == 1


@pytest.mark.parametrize(
    ("sitting", "minute", "room"), [(0, 0, 60), (490, 3, 10), (500, 0, 0), (600, 0, 0), (70, 60, 0)]
)
def test_only_so_many_are_kept(sitting, minute, room):
    assert room_left(in_sitting=sitting, in_minute=minute) == room


@pytest.fixture
def exam(db):
    return factories.an_exam(timezone.now() - timedelta(minutes=10), learners=2)


@pytest.fixture
def sitting(exam):
    return factories.a_started(exam, timezone.now() - timedelta(minutes=5))


def ask(exam: Exam, policy: SignalPolicy, limit: int = 3) -> None:
    Exam.objects.filter(pk=exam.pk).update(signal_policy=policy, signal_limit=limit)


def tell(sitting: Sitting, signals: Any, *, token: str = "", **headers: str) -> Any:
    token = token or sitting_token(sitting.pk, sitting.owner_id, sitting.epoch)
    address = reverse("lms_exams:signals", args=[sitting.pk])
    body = json.dumps({"signals": signals})
    return Client().post(address, body, content_type="application/json", headers={"X-Sitting-Token": token, **headers})


def left(number: int, seconds: int = 5) -> dict[str, Any]:
    return {"n": number, "kind": "left", "seconds": seconds, "ago": 0}


def test_signals_are_kept_once_with_the_servers_time(exam, sitting):
    now = timezone.now()
    signals = [Signal(1, "left", 12, 60_000), Signal(2, "paste", None, 0), Signal(3, "copy", None, 86_000_000)]
    outcome = keep_signals(sitting.pk, signals, owner=sitting.owner_id, epoch=1, at=now)
    assert (outcome.left, outcome.follows) == (1, NOTHING)
    again = keep_signals(sitting.pk, signals, owner=sitting.owner_id, epoch=1, at=now)
    assert again.left == 1
    rows = {entry.number: entry for entry in SignalEntry.objects.all()}
    assert {number: (row.kind, row.seconds) for number, row in rows.items()} == {
        1: ("left", 12),
        2: ("paste", None),
        3: ("copy", None),
    }
    assert rows[1].at == now - timedelta(minutes=1)
    assert rows[3].at == sitting.started_at, "nothing was before the start"


def test_the_journal_only_grows(sitting):
    tell(sitting, [LEFT])
    for broken in (SignalEntry.objects.all().delete, lambda: SignalEntry.objects.update(seconds=0)):
        with pytest.raises(IntegrityError), transaction.atomic():
            broken()


def test_reminded_then_announced_then_handed_in_with_what_is_saved(exam, sitting):
    ask(exam, SignalPolicy.SUBMIT)
    save_answers(sitting.pk, {"q1": [0]}, owner=sitting.owner_id, epoch=1, seq=1, at=timezone.now())
    told = [tell(sitting, [left(number)]).json() for number in (1, 2, 2, 3)]
    assert [each["follows"] for each in told] == ["remind", "last_reminder", "nothing", "hand_in"]
    assert [bool(each["message"]) for each in told] == [True, True, False, True]
    sitting.refresh_from_db()
    assert sitting.submitted_at is not None
    assert sitting.marks.get().mark >= 0
    assert tell(sitting, [left(4)]).status_code == 409
    assert SignalEntry.objects.count() == 3


@pytest.mark.parametrize(("policy", "message"), [(SignalPolicy.RECORD, False), (SignalPolicy.WARN, True)])
def test_recording_and_reminding_never_hand_in(exam, sitting, policy, message):
    ask(exam, policy, 2)
    answers = [tell(sitting, [left(number)]) for number in range(1, 6)]
    assert [bool(answer.json()["message"]) for answer in answers] == [message] * 5
    sitting.refresh_from_db()
    assert sitting.submitted_at is None


def test_more_than_sixty_a_minute_are_dropped_calmly(sitting):
    for start in (1, 51, 101):
        signals = [{"n": n, "kind": "copy", "ago": 0} for n in range(start, start + 50)]
        assert tell(sitting, signals).status_code == 200
    assert SignalEntry.objects.count() == 60


def test_nothing_is_kept_where_nothing_is_asked(exam, sitting, signed_in):
    ask(exam, SignalPolicy.OFF)
    assert tell(sitting, [LEFT]).json() == {"code": "not_asked"}
    room = signed_in(sitting.owner).get(reverse("lms_exams:room", args=[sitting.pk])).content.decode()
    assert "signals" not in room


def test_no_session_and_no_user_is_read(exam, sitting):
    with CaptureQueriesContext(connection) as queries:
        assert tell(sitting, [left(number) for number in range(1, 40)]).status_code == 200
    text = " ".join(query["sql"] for query in queries)
    assert "django_session" not in text
    assert '"lms_people_user"' not in text
    assert len([query for query in queries if "SAVEPOINT" not in query["sql"]]) <= 5 + (
        connection.vendor == "postgresql"
    )


def test_who_may_tell(exam, sitting):
    other = Sitting.objects.exclude(pk=sitting.pk).get()
    stolen = sitting_token(other.pk, other.owner_id, 1)
    assert tell(sitting, [LEFT], token=stolen).status_code == 403
    assert tell(sitting, [LEFT], token=sitting_token(sitting.pk, other.owner_id, 1)).status_code == 409
    assert tell(sitting, [LEFT], token=sitting_token(sitting.pk, sitting.owner_id, 2)).status_code == 409
    assert tell(sitting, "nonsense").status_code == 400
    assert tell(sitting, [LEFT | {"kind": "x" * 9000}]).status_code == 413
    assert not SignalEntry.objects.exists()


def test_after_the_end_nothing_is_kept(sitting):
    values = {"owner": sitting.owner_id, "epoch": 1}
    with pytest.raises(DomainError) as refused:
        keep_signals(sitting.pk, [Signal(1, "copy", None, 0)], at=sitting.deadline + timedelta(seconds=1), **values)
    assert refused.value.code == "not_running"
    submit_sitting(sitting, at=timezone.now())
    assert tell(sitting, [LEFT]).json() == {"code": "not_running"}


def test_in_an_exam_with_safe_exam_browser_it_is_asked_here_too(settings, exam):
    settings.LMS_PUBLIC_ORIGIN = "https://training.example.org"
    set_browser(exam, required=True, quit_password=None, exam_keys=[], at=timezone.now())
    sitting = factories.a_started(exam, timezone.now())
    token = sitting_token(sitting.pk, sitting.owner_id, 1, browser=True)
    assert tell(sitting, [LEFT], token=token).json() == {"code": "browser_missing"}
    lock_sitting(sitting.pk, at=timezone.now())
    assert tell(sitting, [LEFT], token=token).json() == {"code": "browser_locked"}


@pytest.mark.parametrize(
    ("policy", "told"),
    [(SignalPolicy.OFF, 0), (SignalPolicy.RECORD, 1), (SignalPolicy.WARN, 2), (SignalPolicy.SUBMIT, 3)],
)
def test_the_learner_reads_before_the_start_what_is_recorded(exam, signed_in, policy, told):
    ask(exam, policy)
    page = signed_in(factories.a_sitting(exam).owner).get(reverse("lms_exams:exam", args=[exam.pk])).content.decode()
    sentences = ("绝不记录内容", "每次离开", "第 3 次")
    found = [sentence in page for sentence in sentences]
    assert found[0] is (told > 0)
    assert found[1] is (told > 1)
    assert found[2] is (told > 2)


@pytest.mark.parametrize("learners", [3, 200])
def test_the_invigilator_sees_signals_and_no_verdict(db, settings, signed_in, learners):
    settings.LMS_EXAMS_SQLITE_SEATS = learners
    at = timezone.now()
    exam = factories.an_exam(at - timedelta(minutes=10), learners=learners)
    Sitting.objects.filter(exam=exam).update(started_at=at, deadline=at + timedelta(hours=1), epoch=1)
    for sitting in Sitting.objects.filter(exam=exam):
        SignalEntry.objects.bulk_create(
            SignalEntry(sitting=sitting, epoch=1, number=n, kind=kind, seconds=seconds, at=at)
            for n, (kind, seconds) in enumerate((("left", 61), ("left", 4), ("paste", None)), 1)
        )
    client = signed_in(people.staff(Role.EXAMINER))
    address = reverse("lms_exams_backoffice:signals", args=[exam.pk])
    client.get(address)
    with CaptureQueriesContext(connection) as queries:
        page = client.get(address)
    assert len([query for query in queries if "lms_exams" in query["sql"]]) == 3
    row = page.context["rows"][0]
    assert (row.left, row.away, row.longest, row.copies, row.pastes, row.prints) == (2, 65, 61, 0, 1, 0)
    assert len(page.context["rows"]) == learners
    assert "不是结论" in page.content.decode()


def test_outsiders_see_no_signals(exam, sitting, outsider, signed_in):
    tell(sitting, [LEFT])
    addresses = [
        reverse("lms_exams_backoffice:signals", args=[exam.pk]),
        reverse("lms_exams_backoffice:signal_history", args=[sitting.pk]),
    ]
    for user in (outsider, sitting.owner):
        assert all(signed_in(user).get(address).status_code in (302, 403) for address in addresses)
    assistant = signed_in(people.staff(Role.ASSISTANT))
    assert [assistant.get(address).status_code for address in addresses] == [200, 200]
    assert len(assistant.get(addresses[1]).context["entries"]) == 1
