"""A sitting from its start to its mark: deadlines, saves, receipts, takeover, submission."""

import json
from datetime import datetime, timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.utils import InternalError
from django.test.utils import CaptureQueriesContext

from lms.core.exceptions import DomainError, Refusal
from lms.exams.models import AnswerEntry, MarkEntry, PaperKey, Sitting
from lms.exams.selectors import (
    live_rows,
    saved_state,
    start_refusals,
    theory_marks,
    verify_answers,
    verify_marks,
)
from lms.exams.services import mark_expired, mark_sitting, save_answers, start_sitting, submit_sitting
from lms.exams.signals import sitting_started, sitting_submitted
from lms.exams.tokens import read_sitting_token, receipt_matches, sitting_token
from tests.exams import factories

pytestmark = pytest.mark.django_db
MINUTE, SECOND = timedelta(minutes=1), timedelta(seconds=1)


def refuse_absent(enrolment: object) -> Refusal:
    return Refusal("absent", "缺课超过三分之一", "24.5 / 72", {"missed": 1103}, "R12")


def save(sitting: Sitting, answers: dict[str, list[int]], *, at: datetime, seq: int = 1, **changes: int):
    values = {"owner": sitting.owner_id, "epoch": sitting.epoch, "seq": seq, "at": at, **changes}
    return save_answers(sitting.pk, answers, **values)


@pytest.mark.parametrize(
    ("minutes_after_opening", "deadline_minutes"),
    [(0, 90), (29, 119), (30, 120)],
    ids=["full duration", "a minute to spare", "exactly clipped"],
)
def test_the_deadline_is_the_duration_clipped_to_the_window(noon, minutes_after_opening, deadline_minutes):
    exam = factories.an_exam(noon)
    sitting = factories.a_started(exam, noon + minutes_after_opening * MINUTE)
    assert sitting.deadline == noon + deadline_minutes * MINUTE


def test_a_start_after_half_an_hour_gets_no_more_than_the_window(noon):
    exam = factories.an_exam(noon, late_entry_minutes=None)
    assert factories.a_started(exam, noon + 100 * MINUTE).deadline == noon + 120 * MINUTE


@pytest.mark.parametrize(
    ("minutes", "code"),
    [(-1, "not_yet_open"), (31, "late_entry_over"), (120, "exam_over")],
)
def test_outside_its_times_a_start_is_refused(noon, minutes, code):
    exam = factories.an_exam(noon)
    with pytest.raises(DomainError) as caught:
        factories.a_started(exam, noon + minutes * MINUTE)
    assert [refusal.code for refusal in caught.value.refusals] == [code]
    assert factories.a_sitting(exam).started_at is None


def test_all_refusals_are_told_at_once(noon, settings):
    settings.LMS_EXAMS_ADMISSION_GATES = ["tests.exams.test_sittings.refuse_absent"] * 2
    exam = factories.an_exam(noon)
    codes = [refusal.code for refusal in start_refusals(factories.a_sitting(exam), noon - MINUTE)]
    assert codes == ["not_yet_open", "absent", "absent"]


def test_a_second_start_keeps_the_deadline_and_takes_the_pen(noon, django_capture_on_commit_callbacks):
    heard = []
    sitting_started.connect(listener := lambda sender, sitting, **rest: heard.append(sitting.pk))
    exam = factories.an_exam(noon)
    with django_capture_on_commit_callbacks(execute=True):
        first = factories.a_started(exam, noon)
        again = start_sitting(factories.a_sitting(exam), at=noon + 40 * MINUTE)
    sitting_started.disconnect(listener)
    assert (first.epoch, again.epoch) == (1, 2)
    assert again.deadline == noon + 90 * MINUTE
    assert heard == [first.pk]


@pytest.mark.parametrize(
    ("seconds", "outcome"),
    [(-1, "on time"), (0, "on time"), (1, "late"), (60, "late"), (61, "closed")],
)
def test_saves_around_the_deadline(noon, seconds, outcome):
    exam = factories.an_exam(noon)
    sitting = factories.a_started(exam, noon)
    at = sitting.deadline + seconds * SECOND
    if outcome == "closed":
        with pytest.raises(DomainError) as caught:
            save(sitting, {"q1": [0]}, at=at)
        assert caught.value.code == "closed"
        assert not AnswerEntry.objects.exists()
        return
    receipt = save(sitting, {"q1": [0]}, at=at)
    assert receipt.late == (outcome == "late")
    assert receipt.at == at
    assert saved_state(sitting).answers == ({} if outcome == "late" else {"q1": [0]})


def test_a_save_is_one_statement(noon):
    exam = factories.an_exam(noon)
    sitting = factories.a_started(exam, noon)
    with CaptureQueriesContext(connection) as queries:
        save(sitting, {"q1": [0]}, at=noon)
    assert len(queries) == 1


def test_a_repeated_save_gets_the_first_receipt_even_after_the_end(noon):
    exam = factories.an_exam(noon)
    sitting = factories.a_started(exam, noon)
    first = save(sitting, {"q1": [0]}, at=noon)
    assert save(sitting, {"q1": [0]}, at=noon + MINUTE) == first
    submit_sitting(sitting, at=noon + 2 * MINUTE)
    assert save(sitting, {"q1": [0]}, at=noon + 300 * MINUTE) == first
    assert AnswerEntry.objects.count() == 1


def test_the_same_number_with_other_answers_is_a_conflict(noon):
    exam = factories.an_exam(noon)
    sitting = factories.a_started(exam, noon)
    save(sitting, {"q1": [0]}, at=noon)
    with pytest.raises(DomainError) as caught:
        save(sitting, {"q1": [1]}, at=noon)
    assert caught.value.code == "conflict"
    assert saved_state(sitting).answers == {"q1": [0]}


def test_another_person_stores_nothing(noon):
    exam = factories.an_exam(noon, learners=2)
    sitting = factories.a_started(exam, noon)
    other = Sitting.objects.exclude(pk=sitting.pk).get()
    with pytest.raises(DomainError) as caught:
        save(sitting, {"q1": [0]}, at=noon, owner=other.owner_id)
    assert caught.value.code == "not_found"
    assert not AnswerEntry.objects.exists()


def test_the_older_device_is_told_that_it_was_taken_over(noon):
    exam = factories.an_exam(noon)
    sitting = factories.a_started(exam, noon)
    save(sitting, {"q1": [0]}, at=noon)
    newer = start_sitting(factories.a_sitting(exam), at=noon + MINUTE)
    with pytest.raises(DomainError) as caught:
        save(sitting, {"q1": [1]}, at=noon + MINUTE, seq=2, epoch=1)
    assert caught.value.code == "taken_over"
    assert saved_state(newer).next_seq == 1
    save(newer, {"q2": [1]}, at=noon + MINUTE)
    assert saved_state(newer).answers == {"q1": [0], "q2": [1]}


def test_nothing_is_saved_after_submission_or_before_the_start(noon):
    exam = factories.an_exam(noon)
    prepared = factories.a_sitting(exam)
    with pytest.raises(DomainError) as caught:
        save(prepared, {"q1": [0]}, at=noon, epoch=0)
    assert caught.value.code == "not_started"
    sitting = factories.a_started(exam, noon)
    submit_sitting(sitting, at=noon)
    with pytest.raises(DomainError) as caught:
        save(sitting, {"q1": [0]}, at=noon)
    assert caught.value.code == "submitted"


def test_an_older_number_that_arrives_later_does_not_win(noon):
    exam = factories.an_exam(noon)
    sitting = factories.a_started(exam, noon)
    save(sitting, {"q1": [2]}, at=noon, seq=2)
    save(sitting, {"q1": [1], "q2": [0]}, at=noon + SECOND, seq=1)
    assert saved_state(sitting).answers == {"q1": [2], "q2": [0]}


def test_receipts_and_tokens_are_genuine_or_nothing(noon):
    exam = factories.an_exam(noon)
    sitting = factories.a_started(exam, noon)
    receipt = save(sitting, {"q1": [0]}, at=noon)
    assert receipt_matches(receipt.signature, sitting.pk, 1, 1, receipt.hash)
    assert not receipt_matches(receipt.signature, sitting.pk, 1, 2, receipt.hash)
    token = sitting_token(sitting.pk, sitting.owner_id, 1)
    assert read_sitting_token(token) == (sitting.pk, sitting.owner_id, 1)
    head, _dot, mac = token.rpartition(".")
    assert read_sitting_token(f"{head}.{mac[::-1]}") is None
    assert read_sitting_token(token.replace(f"{sitting.pk}.", f"{sitting.pk + 1}.", 1)) is None
    assert [read_sitting_token(text) for text in ("", "1.2.3", "a.b.c.d", "1.2.3.é", "²." * 3 + "x")] == [None] * 5


def test_handing_in_marks_once(noon, django_capture_on_commit_callbacks):
    heard = []
    sitting_submitted.connect(listener := lambda sender, sitting, mark, **rest: heard.append(mark.mark))
    exam = factories.an_exam(noon)
    sitting = factories.a_started(exam, noon)
    right = factories.right_answers(sitting)
    right["q1"] = [(right["q1"][0] + 1) % 4]
    save(sitting, right, at=noon)
    with django_capture_on_commit_callbacks(execute=True):
        mark = submit_sitting(sitting, at=noon + MINUTE)
        assert submit_sitting(sitting, at=noon + 2 * MINUTE) == mark
    sitting_submitted.disconnect(listener)
    assert (mark.points, mark.maximum, mark.mark) == (Decimal(80), Decimal(100), Decimal(80))
    assert heard == [Decimal("80.00")]
    assert MarkEntry.objects.count() == 1


def test_after_the_deadline_one_cannot_hand_in_and_what_was_saved_counts(noon):
    exam = factories.an_exam(noon)
    sitting = factories.a_started(exam, noon)
    save(sitting, factories.right_answers(sitting), at=noon)
    save(sitting, factories.wrong_answers(sitting), at=sitting.deadline + 5 * SECOND, seq=2)
    with pytest.raises(DomainError) as caught:
        submit_sitting(sitting, at=sitting.deadline + SECOND)
    assert caught.value.code == "deadline_passed"
    assert sitting.state_at(sitting.deadline) == "running"
    assert sitting.state_at(sitting.deadline + SECOND) == "expired"
    enrolment = sitting.enrolment_id
    assert theory_marks(exam.term, sitting.deadline + 60 * SECOND)[enrolment].value is None
    assert theory_marks(exam.term, sitting.deadline + 61 * SECOND)[enrolment].value == Decimal(100)
    assert not MarkEntry.objects.exists()


def test_expired_sittings_are_marked_by_the_desk_once(noon):
    exam = factories.an_exam(noon)
    sitting = factories.a_started(exam, noon)
    save(sitting, factories.right_answers(sitting), at=noon)
    with pytest.raises(DomainError):
        mark_sitting(sitting, at=sitting.deadline + 60 * SECOND)
    over = sitting.deadline + 61 * SECOND
    assert [mark_expired(exam, at=over), mark_expired(exam, at=over)] == [1, 0]
    assert theory_marks(exam.term, over)[sitting.enrolment_id].value == Decimal(100)


def test_not_sat_is_not_nought(noon):
    exam = factories.an_exam(noon, learners=2)
    sitting = factories.a_started(exam, noon)
    submit_sitting(sitting, at=noon)
    marks = theory_marks(exam.term, noon + timedelta(days=1))
    other = Sitting.objects.exclude(pk=sitting.pk).get()
    assert marks[sitting.enrolment_id].value == Decimal(0)
    assert marks[other.enrolment_id].value is None


def test_theory_marks_cost_the_same_for_three_and_for_many(noon, django_assert_num_queries):
    exam = factories.an_exam(noon, learners=12)
    for sitting in Sitting.objects.filter(exam=exam).select_related("exam", "enrolment")[:10]:
        start_sitting(sitting, at=noon)
    with django_assert_num_queries(4):
        theory_marks(exam.term, noon + timedelta(days=1))
    with django_assert_num_queries(2):
        live_rows(exam, noon)


def test_the_verifier_finds_a_changed_answer_and_a_wrong_mark(noon):
    exam = factories.an_exam(noon)
    sitting = factories.a_started(exam, noon)
    save(sitting, {"q1": [0]}, at=noon + timedelta(microseconds=7))
    save(sitting, {"q2": [1]}, at=noon + SECOND, seq=2)
    submit_sitting(sitting, at=noon + MINUTE)
    assert [*verify_answers(), *verify_marks()] == []
    MarkEntry.objects.create(
        sitting=sitting, revision=2, points=99, maximum=100, mark=99, details=[], head_hash="x", at=noon
    )
    assert [difference.found for difference in verify_marks()] == ["99.00/100.00 = 99.00"]
    head = AnswerEntry.objects.order_by("-pk")[0].hash
    AnswerEntry.objects.create(
        sitting=sitting, epoch=9, seq=9, answers="{}", answered=0, at=noon, late=False, prev_hash=head, hash="f" * 64
    )
    assert [difference.found for difference in verify_answers()] == ["f" * 64]


def test_the_journal_refuses_change_and_forks(noon):
    exam = factories.an_exam(noon)
    sitting = factories.a_started(exam, noon)
    save(sitting, {"q1": [0]}, at=noon)
    with pytest.raises((IntegrityError, InternalError)), transaction.atomic():
        AnswerEntry.objects.update(answers="{}")
    row = AnswerEntry.objects.get()
    assert row.prev_hash == sitting.paper_digest
    with pytest.raises(IntegrityError), transaction.atomic():
        AnswerEntry.objects.create(
            sitting=sitting, epoch=1, seq=2, answers="{}", answered=0, at=noon, late=False,
            prev_hash=row.prev_hash, hash="0" * 64,
        )  # fmt: skip


def test_the_paper_a_browser_gets_holds_no_key(noon):
    exam = factories.an_exam(noon)
    sitting = factories.a_sitting(exam)
    paper = json.loads(sitting.paper)
    assert set(paper) == {"format", "questions"}
    assert {frozenset(question) for question in paper["questions"]} == {
        frozenset({"id", "kind", "stem", "options", "points"})
    }
    assert "解析" not in sitting.paper
    assert set(PaperKey.objects.get(sitting=sitting).keys) == {question["id"] for question in paper["questions"]}
