"""Answers that were not merged: kept once, seen, decided about once by a named person."""

import json
from base64 import b64encode
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, connection, transaction
from django.db.utils import InternalError
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st
from wagtail.models import ModelLogEntry

from lms.core.exceptions import DomainError
from lms.exams.models import AnswerEntry, BranchDecision, BranchEntry, MarkEntry, Sitting
from lms.exams.rules import (
    AnswerDifference,
    Piece,
    compare_answers,
    fold_branch,
    made_in_time,
    made_within,
    micros,
    read_pieces,
)
from lms.exams.selectors import branches_waiting, open_branches, saved_state, verify_answers, verify_marks
from lms.exams.services import decide_branch, keep_branch, keep_branch_file, save_answers, start_sitting, submit_sitting
from lms.exams.tokens import journal_key, sitting_token
from lms.people.enums import Role
from tests import factories as base
from tests.exams import factories

pytestmark = pytest.mark.django_db
MINUTE, SECOND = timedelta(minutes=1), timedelta(seconds=1)
SPACE = "lms_exams_backoffice"


@pytest.fixture
def sitting(noon):
    return factories.a_started(factories.an_exam(noon), noon)


@pytest.fixture
def examiner():
    return base.staff(Role.EXAMINER)


def keep(sitting: Sitting, *pieces: Piece, epoch: int = 1, at: Any, **more: Any) -> Any:
    return keep_branch(sitting.pk, pieces, owner=sitting.owner_id, epoch=epoch, at=at, **more)


def decide(sitting: Sitting, verdict: str, actor: Any, at: Any, *, reason: str = "换机时未送达") -> Any:
    entries = list(BranchEntry.objects.filter(sitting=sitting, decision=None).values_list("pk", flat=True))
    return decide_branch(sitting, entries, verdict=verdict, reason=reason, actor=actor, at=at)


def code_of(caught: Any) -> str:
    return caught.value.code


RAW = {"seq": 1, "answers": {"q1": [0]}, "answered": 1, "made": 1_700_000_000_123}


@pytest.mark.parametrize(
    "raw",
    [
        None, {}, [], [None], [RAW] * 501, [RAW | {"seq": 0}], [RAW | {"seq": True}], [RAW | {"seq": 2**31}],
        [RAW | {"answers": {}}], [RAW | {"answers": {"x": [0]}}], [RAW | {"answered": -1}], [RAW | {"made": -1}],
        [RAW | {"made": 1.5}], [RAW | {"made": 253_402_300_799_001}], [RAW, {}],
    ],
)  # fmt: skip
def test_an_upload_that_is_not_well_formed_is_not_read(raw):
    assert read_pieces(raw) is None


def test_the_moment_of_an_entry_is_read_to_the_millisecond(noon):
    (piece,) = read_pieces([RAW | {"made": micros(noon) // 1000 + 5}])
    assert piece == Piece(1, {"q1": [0]}, 1, noon + timedelta(milliseconds=5))


@pytest.mark.parametrize(
    ("made", "kept"), [(-1, 0), (0, 0), (7, 7), (10, 10), (11, 10)], ids=["before", "start", "in", "now", "after"]
)
def test_a_moment_is_clipped_to_what_is_possible(noon, made, kept):
    at = made_within(noon + made * MINUTE, started_at=noon, now=noon + 10 * MINUTE)
    assert at == noon + kept * MINUTE


@pytest.mark.parametrize(
    ("made", "submitted", "good"),
    [(89, None, True), (90, None, True), (91, None, False), (30, 30, True), (31, 30, False), (91, 120, False)],
)
def test_only_what_was_made_before_the_end_may_be_adopted(noon, made, submitted, good):
    ends = {"deadline": noon + 90 * MINUTE, "submitted_at": submitted and noon + submitted * MINUTE}
    assert made_in_time(noon + made * MINUTE, **ends) is good


@given(
    st.dictionaries(st.sampled_from(["q1", "q2", "q10"]), st.lists(st.integers(0, 3), unique=True)),
    st.dictionaries(st.sampled_from(["q1", "q2", "q10"]), st.lists(st.integers(0, 3), unique=True), min_size=1),
)
def test_what_differs_is_exactly_what_adopting_would_change(held, branch):
    changed = {one.question: one.branch for one in compare_answers(held, branch)}
    assert {name: held.get(name, []) for name in branch} | changed == branch
    assert all(held.get(name, []) != choices for name, choices in changed.items())


def test_differences_stand_in_the_order_of_the_paper():
    found = compare_answers({"q2": [1]}, {"q10": [0], "q2": [0], "q1": []})
    assert found == (AnswerDifference("q2", [1], [0]), AnswerDifference("q10", [], [0]))


@given(st.permutations([(1, 1, {"q1": [0]}), (1, 2, {"q1": []}), (2, 1, {"q2": [3]}), (1, 9, {"q2": [1]})]))
def test_the_last_word_of_a_branch_does_not_depend_on_the_order_of_arrival(pieces):
    assert fold_branch(pieces) == {"q1": [], "q2": [3]}


def test_the_same_entries_again_change_nothing(sitting, noon):
    start_sitting(sitting, at=noon + MINUTE)
    pieces = (Piece(1, {"q1": [0]}, 1, noon), Piece(2, {"q2": [1]}, 2, noon + SECOND))
    first = keep(sitting, *pieces, at=noon + 2 * MINUTE)
    again = keep(sitting, *reversed(pieces), at=noon + 5 * MINUTE)
    assert (first.new, again.new, again.known, first.signature) == (2, 0, 2, again.signature)
    rows = list(BranchEntry.objects.values_list("epoch", "seq", "answers", "made_at", "uploaded_at", "origin"))
    assert rows == [
        (1, 1, '{"q1":[0]}', noon, noon + 2 * MINUTE, "device"),
        (1, 2, '{"q2":[1]}', noon + SECOND, noon + 2 * MINUTE, "device"),
    ]


def test_other_content_under_the_same_number_is_kept_beside_it(sitting, noon):
    keep(sitting, Piece(1, {"q1": [0]}, 1, noon), at=noon)
    assert keep(sitting, Piece(1, {"q1": [1]}, 1, noon), at=noon).new == 1


@pytest.mark.parametrize(("late", "new"), [(False, 0), (True, 1)])
def test_what_the_journal_holds_in_time_is_no_branch(sitting, noon, late, new):
    at = sitting.deadline + 5 * SECOND if late else noon
    save_answers(sitting.pk, {"q1": [0]}, owner=sitting.owner_id, epoch=1, seq=1, at=at)
    receipt = keep(sitting, Piece(1, {"q1": [0]}, 1, noon), at=sitting.deadline + MINUTE)
    assert (receipt.new, receipt.seqs) == (new, [1])


@pytest.mark.parametrize(
    ("changes", "code"),
    [({"owner": 0}, "not_found"), ({"epoch": 2}, "malformed"), ({"epoch": 0}, "malformed")],
)
def test_a_branch_of_somebody_else_or_of_no_device_is_refused(sitting, noon, changes, code):
    values = {"owner": sitting.owner_id, "epoch": 1, "at": noon} | changes
    with pytest.raises(DomainError) as caught:
        keep_branch(sitting.pk, [Piece(1, {"q1": [0]}, 1, noon)], **values)
    assert code_of(caught) == code


def test_a_sitting_not_started_has_no_branch(noon):
    sitting = factories.a_sitting(factories.an_exam(noon))
    with pytest.raises(DomainError) as caught:
        keep(sitting, Piece(1, {"q1": [0]}, 1, noon), at=noon)
    assert code_of(caught) == "not_started"


def test_a_device_cannot_fill_the_database(sitting, noon, monkeypatch):
    monkeypatch.setattr("lms.exams.services.branches.MOST_ENTRIES", 2)
    with pytest.raises(DomainError) as caught:
        keep(sitting, *(Piece(seq, {"q1": [0]}, 1, noon) for seq in (1, 2, 3)), at=noon)
    assert (code_of(caught), BranchEntry.objects.count()) == ("too_many", 0)


# state of the sitting, when the entry was made (minutes after the start), what is decided -> outcome
HANDED_IN, OVER = 60, 95
DECISIONS = [
    ("running", 10, "adopted", "still_open"),
    ("running", 10, "left", "left"),
    ("grace", 10, "adopted", "still_open"),
    ("grace", 10, "left", "left"),
    ("submitted", 10, "adopted", "adopted"),
    ("submitted", 10, "left", "left"),
    ("submitted", 61, "adopted", "all_late"),
    ("submitted", 61, "left", "left"),
    ("expired", 10, "adopted", "adopted"),
    ("expired", 90, "adopted", "adopted"),
    ("expired", 91, "adopted", "all_late"),
    ("expired", 91, "left", "left"),
]


@pytest.mark.parametrize(("state", "made", "verdict", "outcome"), DECISIONS)
def test_every_combination_of_state_moment_and_decision(sitting, examiner, noon, state, made, verdict, outcome):
    save_answers(sitting.pk, factories.wrong_answers(sitting), owner=sitting.owner_id, epoch=1, seq=1, at=noon)
    start_sitting(sitting, at=noon + MINUTE)
    right = factories.right_answers(sitting)
    now = noon + {"running": 70, "grace": 90.5, "submitted": 70, "expired": OVER}[state] * MINUTE
    if state == "submitted":
        submit_sitting(sitting, at=noon + HANDED_IN * MINUTE)
    keep(sitting, Piece(2, right, 6, noon + made * MINUTE), at=noon + OVER * MINUTE)
    if outcome in ("adopted", "left"):
        save = decide(sitting, verdict, examiner, now)
        row = BranchDecision.objects.get()
        assert (row.verdict, row.actor, row.at, row.adopted_as) == (outcome, examiner, now, save)
        assert ModelLogEntry.objects.get(action="lms_exams.branch").data["after"]["verdict"] == outcome
        with pytest.raises(DomainError) as caught:
            decide_branch(sitting, [row.entry_id], verdict="left", reason="again", actor=examiner, at=now)
        assert code_of(caught) == "decided"
    else:
        with pytest.raises(DomainError) as caught:
            decide(sitting, verdict, examiner, now)
        assert (code_of(caught), BranchDecision.objects.count()) == (outcome, 0)
    sitting.refresh_from_db()
    adopted = outcome == "adopted"
    assert saved_state(sitting).answers == (right if adopted else factories.wrong_answers(sitting))
    marks = list(MarkEntry.objects.values_list("mark", "reason"))
    before = [(Decimal(0), "")] if state == "submitted" else []
    assert marks == before + ([(Decimal(100), "换机时未送达")] if adopted else [])
    assert AnswerEntry.objects.count() == 1 + adopted
    assert [*verify_answers(), *verify_marks()] == []


def test_of_a_mixed_branch_only_what_was_made_in_time_is_adopted(sitting, examiner, noon):
    late = sitting.deadline + SECOND
    keep(sitting, Piece(1, {"q1": [0]}, 1, noon), Piece(2, {"q1": [1]}, 1, late), at=late + MINUTE)
    save = decide(sitting, "adopted", examiner, late + 2 * MINUTE)
    assert (save.answers, save.at, save.epoch, save.seq, save.late) == ('{"q1":[0]}', noon, 2, 1, False)
    assert list(BranchDecision.objects.order_by("pk").values_list("verdict", "adopted_as")) == [
        ("adopted", save.pk),
        ("left", None),
    ]


def test_an_entry_that_came_while_the_screen_was_open_waits_for_its_own_decision(sitting, examiner, noon):
    keep(sitting, Piece(1, {"q1": [0]}, 1, noon), at=noon)
    seen = list(BranchEntry.objects.values_list("pk", flat=True))
    keep(sitting, Piece(2, {"q1": [1]}, 1, noon), at=noon)
    decide_branch(sitting, seen, verdict="left", reason="重复", actor=examiner, at=noon)
    assert [entry.seq for entry in open_branches(sitting, {})[0].entries] == [2]
    assert branches_waiting(sitting.exam) == 1


def test_a_decision_needs_a_reason_and_entries_of_this_sitting(sitting, examiner, noon):
    keep(sitting, Piece(1, {"q1": [0]}, 1, noon), at=noon)
    with pytest.raises(DomainError) as caught:
        decide(sitting, "left", examiner, noon, reason="  ")
    assert code_of(caught) == "reason_missing"
    other = factories.a_started(factories.an_exam(noon), noon)
    entry = BranchEntry.objects.get().pk
    with pytest.raises(DomainError) as caught:
        decide_branch(other, [entry], verdict="left", reason="x", actor=examiner, at=noon)
    assert code_of(caught) == "decided"


@pytest.mark.parametrize("model", [BranchEntry, BranchDecision])
def test_branches_and_decisions_are_append_only(sitting, examiner, noon, model):
    keep(sitting, Piece(1, {"q1": [0]}, 1, noon), at=noon)
    decide(sitting, "left", examiner, noon)
    for act in (lambda: model.objects.all()._raw_delete(model.objects.db), lambda: model.objects.update(id=99)):
        with pytest.raises((IntegrityError, InternalError)), transaction.atomic():
            act()


# over HTTP


@pytest.fixture
def running():
    """Open since ten minutes, by the real clock."""
    now = timezone.now()
    return factories.a_started(factories.an_exam(now - 10 * MINUTE, learners=2), now - 5 * MINUTE)


def send(client: Any, sitting: Sitting, *, token: str = "", **changes: Any) -> Any:
    body = {"epoch": 1, "entries": [RAW | {"made": int(timezone.now().timestamp() * 1000)}]} | changes
    return client.post(
        reverse("lms_exams:branch", args=[sitting.pk]),
        json.dumps(body),
        content_type="application/json",
        headers={"X-Sitting-Token": token or sitting_token(sitting.pk, sitting.owner_id, 1)},
    )


def test_the_older_device_uploads_what_it_could_not_save(running, client):
    start_sitting(running, at=timezone.now())
    with CaptureQueriesContext(connection) as captured:
        answer = send(client, running)
    assert (answer.status_code, answer.json()["seqs"], answer.json()["new"]) == (200, [1], 1)
    assert not any("django_session" in query["sql"] for query in captured.captured_queries)
    again = send(client, running, token=sitting_token(running.pk, running.owner_id, 2))
    assert (again.json()["new"], again.json()["receipt"]) == (0, answer.json()["receipt"])


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"token": "1.2.3.x"}, 403),
        ({"epoch": 2}, 400),
        ({"epoch": "1"}, 400),
        ({"entries": []}, 400),
        ({"entries": [RAW] * 501}, 400),
    ],
)
def test_what_is_not_hers_or_not_well_formed_is_turned_away(running, client, changes, status):
    assert (send(client, running, **changes).status_code, BranchEntry.objects.count()) == (status, 0)


def test_the_token_of_another_sitting_uploads_nothing(running, client):
    other = Sitting.objects.exclude(pk=running.pk).get()
    foreign = sitting_token(other.pk, other.owner_id, 1)
    assert send(client, running, token=foreign).status_code == 403
    forged = sitting_token(running.pk, other.owner_id, 1)
    assert send(client, running, token=forged).status_code == 404
    assert not BranchEntry.objects.exists()


def test_the_invigilator_sees_what_differs_and_decides(running, signed_in):
    save_answers(running.pk, {"q1": [1]}, owner=running.owner_id, epoch=1, seq=1)
    now = timezone.now()
    submit_sitting(running, at=now)
    keep(running, Piece(2, {"q1": [0]}, 1, now - MINUTE), at=now)
    desk = signed_in(base.staff(Role.ASSISTANT))
    assert "(1)" in desk.get(reverse(f"{SPACE}:live", args=[running.exam_id])).content.decode()
    listed = desk.get(reverse(f"{SPACE}:branches", args=[running.exam_id]))
    assert [(row.pk, row.waiting) for row in listed.context["rows"]] == [(running.pk, 1)]
    address = reverse(f"{SPACE}:branch", args=[running.pk])
    page = desk.get(address)
    ((branch, (line,)),) = page.context["branches"]
    assert (line.number, line.held[0], line.branch[0]) == ("1", "B", "A")
    entries = [entry.pk for entry in branch.entries]
    act = reverse(f"{SPACE}:branch_decide", args=[running.pk])
    for wrong in ({"verdict": "perhaps", "reason": "x"}, {"verdict": "adopted", "reason": ""}):
        desk.post(act, wrong | {"entry": entries})
        assert not BranchDecision.objects.exists()
    desk.post(act, {"entry": ["x", *entries], "verdict": "adopted", "reason": "核对无误"})
    assert saved_state(running).answers == {"q1": [0]}
    assert "核对无误" in desk.get(address).content.decode()


def test_the_learner_reads_that_something_waits(running, signed_in):
    now = timezone.now()
    submit_sitting(running, at=now)
    learner = signed_in(running.owner)
    address = reverse("lms_exams:receipt", args=[running.pk])
    assert learner.get(address).context["branches"] == 0
    keep(running, Piece(2, {"q1": [0]}, 1, now - MINUTE), at=now)
    page = learner.get(address)
    assert page.context["branches"] == 1
    assert "notice-attention" in page.content.decode()


@pytest.mark.parametrize("name", ["branches", "branch", "branch_decide", "branch_file"])
def test_outsiders_see_and_decide_nothing(running, signed_in, name):
    keep(running, Piece(2, {"q1": [0]}, 1, timezone.now()), at=timezone.now())
    address = reverse(f"{SPACE}:{name}", args=[running.exam_id if name == "branches" else running.pk])
    data = {"entry": [BranchEntry.objects.get().pk], "verdict": "left", "reason": "x"}
    for user in (running.owner, base.staff(Role.INSTRUCTOR)):
        client = signed_in(user)
        answer = client.post(address, data) if name in ("branch_decide", "branch_file") else client.get(address)
        assert answer.status_code in (302, 403)
    assert not BranchDecision.objects.exists()


@pytest.mark.parametrize("name", ["branches", "branch"])
def test_the_screens_cost_the_same_for_three_and_for_two_hundred(signed_in, name):
    now = timezone.now()
    exam = factories.an_exam(now - 10 * MINUTE, learners=20)
    desk = signed_in(base.staff(Role.EXAMINER))
    sittings = list(Sitting.objects.filter(exam=exam).select_related("exam", "enrolment"))
    address = reverse(f"{SPACE}:{name}", args=[exam.pk if name == "branches" else sittings[0].pk])

    def cost(started: list[Sitting], entries: int) -> int:
        for sitting in started:
            start_sitting(sitting, at=now)
            keep(sitting, *(Piece(seq, {"q1": [seq % 4]}, 1, now) for seq in range(1, entries + 1)), at=now)
        desk.get(address)
        with CaptureQueriesContext(connection) as captured:
            assert desk.get(address).status_code == 200
        return len(captured)

    few = cost(sittings[:3], 3)
    keep(sittings[0], *(Piece(seq, {"q2": [seq % 4]}, 1, now) for seq in range(4, 201)), at=now)
    assert cost(sittings[3:], 3) == few


# the file of a device that never reconnected


def a_file(sitting: Sitting, *pieces: dict[str, Any], epoch: int = 1, key: bytes = b"", magic: bytes = b"LMSEXAM1"):
    """As the exam room writes it."""
    head = magic + sitting.pk.to_bytes(8, "big") + epoch.to_bytes(4, "big")
    plain = json.dumps({"entries": list(pieces)}).encode()
    key = key or journal_key(sitting.pk, sitting.owner_id)
    return head + b"n" * 12 + AESGCM(key).encrypt(b"n" * 12, plain, head)


def made(at: Any, **changes: Any) -> dict[str, Any]:
    return {"seq": 1, "answers": {"q1": [0]}, "answered": 1, "made": micros(at) // 1000} | changes


def test_a_file_is_taken_in_once(sitting, examiner, noon):
    data = a_file(sitting, made(noon), made(sitting.deadline + SECOND, seq=2, answers={"q1": [1]}))
    over = sitting.deadline + 5 * MINUTE
    first = keep_branch_file(sitting, data, actor=examiner, at=over)
    again = keep_branch_file(sitting, data, actor=examiner, at=over + MINUTE)
    assert (first.new, again.new) == (2, 0)
    assert set(BranchEntry.objects.values_list("origin", "uploaded_by", "uploaded_at")) == {("file", examiner.pk, over)}
    assert ModelLogEntry.objects.filter(action="lms_exams.branch_file").count() == 1
    (branch,) = open_branches(sitting, {})
    assert [entry.seq for entry in branch.late] == [2]
    keep(sitting, Piece(1, {"q1": [0]}, 1, noon), at=over)  # the device itself comes back after all
    assert BranchEntry.objects.count() == 2


def test_one_changed_byte_anywhere_is_refused(sitting, examiner, noon):
    data = a_file(sitting, made(noon))
    for place in range(len(data)):
        changed = data[:place] + bytes([data[place] ^ 1]) + data[place + 1 :]
        with pytest.raises(DomainError) as caught:
            keep_branch_file(sitting, changed, actor=examiner, at=noon)
        assert code_of(caught) in ("file_wrong", "file_other")
    assert not BranchEntry.objects.exists()


def test_a_file_of_another_sitting_is_refused_even_with_a_changed_head(noon, examiner):
    exam = factories.an_exam(noon, learners=2)
    mine, other = [start_sitting(one, at=noon) for one in Sitting.objects.filter(exam=exam).select_related("exam")]
    data = a_file(other, made(noon))
    forged = a_file(mine, made(noon), key=journal_key(other.pk, other.owner_id))
    for content, code in ((data, "file_other"), (forged, "file_wrong")):
        with pytest.raises(DomainError) as caught:
            keep_branch_file(mine, content, actor=examiner, at=noon)
        assert code_of(caught) == code


@pytest.mark.parametrize(
    ("make", "code"),
    [
        (lambda sitting, at: b"", "file_wrong"),
        (lambda sitting, at: b"LMSEXAM1", "file_wrong"),
        (lambda sitting, at: b"PK" + b"0" * 100, "file_wrong"),
        (lambda sitting, at: a_file(sitting), "file_wrong"),
        (lambda sitting, at: a_file(sitting, made(at), magic=b"LMSEXAM2"), "file_wrong"),
        (lambda sitting, at: a_file(sitting, made(at, seq=0)), "file_wrong"),
        (lambda sitting, at: a_file(sitting, made(at), epoch=2), "malformed"),
        (lambda sitting, at: b"LMSEXAM1" + b"0" * 1024 * 1024, "file_large"),
    ],
)
def test_what_is_no_file_of_this_sitting_is_refused(sitting, examiner, noon, make, code):
    with pytest.raises(DomainError) as caught:
        keep_branch_file(sitting, make(sitting, noon), actor=examiner, at=noon)
    assert (code_of(caught), BranchEntry.objects.count()) == (code, 0)


def test_the_key_of_a_journal_is_of_one_sitting_and_one_learner(sitting):
    keys = {journal_key(sitting.pk + n, sitting.owner_id + m) for n in (0, 1) for m in (0, 1)}
    assert (len(keys), {len(key) for key in keys}) == (4, {32})


def test_the_invigilator_uploads_the_file_on_a_screen(running, signed_in):
    desk = signed_in(base.staff(Role.ASSISTANT))
    address = reverse(f"{SPACE}:branch_file", args=[running.pk])
    for name, rows in ((None, 0), (b"nonsense", 0), (a_file(running, made(timezone.now())), 1)):
        given = {} if name is None else {"file": SimpleUploadedFile("x.lmsexam", name)}
        assert desk.post(address, given).status_code == 302
        assert BranchEntry.objects.count() == rows


def test_the_room_gives_the_key_and_the_address_of_the_worker(running, signed_in):
    page = signed_in(running.owner).get(reverse("lms_exams:room", args=[running.pk])).content.decode()
    key = b64encode(journal_key(running.pk, running.owner_id)).decode()
    assert f'data-key="{key}"' in page
    assert 'data-worker="/exams/sittings/worker.js"' in page


def test_the_worker_is_a_script_for_the_rooms_alone(client):
    answer = client.get(reverse("lms_exams:worker"))
    assert answer["Content-Type"].startswith("text/javascript")
    assert "Service-Worker-Allowed" not in answer
