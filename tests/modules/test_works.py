"""Handing in, marking, and the assignments' part of the mark (R11, R13)."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError, connection, transaction

from lms.core.exceptions import DomainError
from lms.modules.enums import SubmissionKind, WorkState
from lms.modules.models import AssignmentMark, Submission
from lms.modules.selectors import assignment_part_marks, next_unmarked, work_of, works_of, works_to_mark
from lms.modules.services import mark_work, submit_work
from lms.people.enums import Role
from lms.programmes.enums import EnrolmentState
from tests import factories
from tests.modules import factories as make

pytestmark = pytest.mark.django_db
DRAFT, FINAL = SubmissionKind.DRAFT, SubmissionKind.FINAL


@pytest.fixture
def term():
    return factories.a_term(make.a_programme_with_courses())


@pytest.fixture
def enrolment(term):
    return factories.an_enrolment(term)


@pytest.fixture
def assignment(term):
    return make.an_assignment(term)


@pytest.fixture
def teacher():
    return factories.staff(Role.INSTRUCTOR)


def test_a_draft_is_kept_and_handed_in_later(enrolment, assignment, noon):
    submit_work(enrolment, assignment, "提纲", kind=DRAFT, revision=1, at=noon)
    assert work_of(enrolment, assignment.pk, at=noon).state == WorkState.DRAFTED
    submit_work(enrolment, assignment, "正文\r\n第二段 ", kind=FINAL, revision=2, at=noon)
    assert work_of(enrolment, assignment.pk, at=noon).state == WorkState.SUBMITTED
    assert Submission.objects.get(revision=2).text == "正文\n第二段"


def test_a_repeat_gets_the_first_row(enrolment, assignment, noon):
    first = submit_work(enrolment, assignment, "正文", kind=FINAL, revision=1, at=noon)
    late = assignment.due_at + timedelta(days=1)
    assert submit_work(enrolment, assignment, "正文", kind=FINAL, revision=1, at=late) == first
    assert Submission.objects.count() == 1


def test_two_windows_do_not_overwrite_each_other(enrolment, assignment, noon):
    submit_work(enrolment, assignment, "甲窗口", kind=DRAFT, revision=1, at=noon)
    with pytest.raises(DomainError) as refused:
        submit_work(enrolment, assignment, "乙窗口", kind=DRAFT, revision=1, at=noon)
    assert refused.value.code == "changed_elsewhere"


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"text": "  "}, "empty"),
        ({"text": "字" * 20_001}, "too_long"),
        ({"after": timedelta(0)}, "past_due"),
        ({"published": False}, "not_published"),
        ({"state": EnrolmentState.WITHDRAWN}, "seat_not_active"),
    ],
)
def test_what_cannot_be_handed_in(enrolment, assignment, noon, change, code):
    assignment.published = change.get("published", True)
    type(enrolment).objects.filter(pk=enrolment.pk).update(state=change.get("state", EnrolmentState.ACTIVE))
    at = assignment.due_at + change["after"] if "after" in change else noon
    with pytest.raises(DomainError) as refused:
        submit_work(enrolment, assignment, change.get("text", "正文"), kind=FINAL, revision=1, at=at)
    assert refused.value.code == code
    assert not Submission.objects.exists()


def test_the_last_moment_before_the_deadline_counts(enrolment, assignment):
    at = assignment.due_at - timedelta(microseconds=1)
    assert submit_work(enrolment, assignment, "正文", kind=FINAL, revision=1, at=at).at == at


def test_an_assignment_of_another_term_is_refused(enrolment, noon):
    other = make.an_assignment(factories.a_term(make.a_programme_with_courses()))
    assert work_of(enrolment, other.pk, at=noon) is None
    with pytest.raises(DomainError) as refused:
        submit_work(enrolment, other, "正文", kind=FINAL, revision=1, at=noon)
    assert refused.value.code == "other_term"


def test_a_mark_is_given_and_corrected_with_a_reason(enrolment, assignment, teacher, noon):
    text = submit_work(enrolment, assignment, "正文", kind=FINAL, revision=1, at=noon)
    first = mark_work(text, Decimal("82.5"), revision=1, at=noon, actor=teacher, comment="好")
    assert mark_work(text, Decimal("82.5"), revision=1, at=noon, actor=teacher, comment="好") == first
    with pytest.raises(DomainError) as refused:
        mark_work(text, Decimal(90), revision=2, at=noon, actor=teacher)
    assert refused.value.code == "reason_missing"
    mark_work(text, Decimal(90), revision=2, at=noon, actor=teacher, reason="漏看第二页")
    work = work_of(enrolment, assignment.pk, at=noon)
    assert (work.mark, work.state) == (Decimal(90), WorkState.MARKED)
    with pytest.raises(DomainError) as refused:
        submit_work(enrolment, assignment, "再改", kind=FINAL, revision=2, at=noon)
    assert refused.value.code == "already_marked"


@pytest.mark.parametrize("value", ["-0.01", "100.01"])
def test_a_mark_lies_between_0_and_100(enrolment, assignment, teacher, noon, value):
    text = submit_work(enrolment, assignment, "正文", kind=FINAL, revision=1, at=noon)
    with pytest.raises(DomainError) as refused:
        mark_work(text, Decimal(value), revision=1, at=noon, actor=teacher)
    assert refused.value.code == "mark_range"


def test_drafts_older_texts_and_second_markers_are_refused(enrolment, assignment, teacher, noon):
    draft = submit_work(enrolment, assignment, "提纲", kind=DRAFT, revision=1, at=noon)
    old = submit_work(enrolment, assignment, "初稿", kind=FINAL, revision=2, at=noon)
    new = submit_work(enrolment, assignment, "定稿", kind=FINAL, revision=3, at=noon)
    for text, code in ((draft, "not_handed_in"), (old, "newer_text")):
        with pytest.raises(DomainError) as refused:
            mark_work(text, Decimal(80), revision=1, at=noon, actor=teacher)
        assert refused.value.code == code
    mark_work(new, Decimal(80), revision=1, at=noon, actor=teacher)
    with pytest.raises(DomainError) as refused:
        mark_work(new, Decimal(70), revision=1, at=noon, actor=teacher)
    assert refused.value.code == "marked_meanwhile"


@pytest.mark.parametrize("model", [Submission, AssignmentMark])
def test_the_journals_refuse_changes(enrolment, assignment, teacher, noon, model):
    text = submit_work(enrolment, assignment, "正文", kind=FINAL, revision=1, at=noon)
    mark_work(text, Decimal(80), revision=1, at=noon, actor=teacher)
    for statement in (f"UPDATE {model._meta.db_table} SET revision = 9", f"DELETE FROM {model._meta.db_table}"):
        with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)


def test_the_part_mark_is_the_mean_with_reasons(term, enrolment, assignment, teacher, noon):
    second = make.an_assignment(term, "模拟考核方案")
    make.an_assignment(term, "未发布", published=False)
    text = submit_work(enrolment, assignment, "正文", kind=FINAL, revision=1, at=noon)
    mark_work(text, Decimal("85.50"), revision=1, at=noon, actor=teacher)
    early = assignment_part_marks(term, at=noon)[enrolment.pk]
    assert early.value is None
    late = assignment_part_marks(term, at=second.due_at)[enrolment.pk]
    assert late.value == Decimal("42.75")
    assert late.lines == ("岗位考核指标设计：85.5 / 100", "模拟考核方案：0 / 100，截止前未提交（R13）")


def test_a_text_without_a_mark_leaves_the_part_open(term, enrolment, assignment, noon):
    submit_work(enrolment, assignment, "正文", kind=FINAL, revision=1, at=noon)
    assert assignment_part_marks(term, at=assignment.due_at)[enrolment.pk].value is None


def test_a_term_without_assignments_has_no_part_mark(term, enrolment, noon):
    assert enrolment.pk not in assignment_part_marks(term, at=noon)


@pytest.mark.parametrize("count", [3, 200])
def test_part_marks_take_four_queries(term, assignment, noon, count, django_assert_num_queries):
    for _learner in range(count):
        factories.an_enrolment(term)
    with django_assert_num_queries(4):
        assert len(assignment_part_marks(term, at=noon)) == count


def test_the_desk_leads_from_one_unmarked_text_to_the_next(term, assignment, teacher, noon):
    learners = [factories.an_enrolment(term) for _learner in range(3)]
    texts = [submit_work(one, assignment, "正文", kind=FINAL, revision=1, at=noon) for one in learners]
    assert next_unmarked(assignment) == learners[0]
    assert next_unmarked(assignment, after=learners[2]) == learners[0]
    mark_work(texts[0], Decimal(80), revision=1, at=noon, actor=teacher)
    assert next_unmarked(assignment, after=learners[0]) == learners[1]
    assert [row.mark for row in works_to_mark(assignment)] == [Decimal(80), None, None]


def test_states_of_all_assignments_take_one_query(term, enrolment, noon, django_assert_num_queries):
    for number in range(12):
        make.an_assignment(term, f"作业{number}")
    with django_assert_num_queries(1):
        assert {work.state for work in works_of(enrolment, at=noon)} == {WorkState.OPEN}
