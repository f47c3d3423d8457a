"""Questions, answers and results as plain values."""

from datetime import datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lms.evaluation.rules import SurveyQuestion, clean_answers, read_questions, scale_result, state_of

SCALE = SurveyQuestion("overall", "scale", "总体满意程度")
TEXT = SurveyQuestion("improve", "text", "希望改进什么")


@pytest.mark.parametrize(
    ("given_answers", "kept"),
    [
        ({"overall": 5, "improve": " 多些案例 ", "other": 1}, {"overall": 5, "improve": "多些案例"}),
        ({"overall": 1, "improve": ""}, {"overall": 1}),
        ({"overall": 6}, None),
        ({"overall": "5"}, None),
        ({"improve": "x"}, None),
    ],
)
def test_clean_answers(given_answers, kept):
    assert clean_answers([SCALE, TEXT], given_answers) == kept


@pytest.mark.parametrize(
    ("marks", "mean", "satisfied"),
    [([5, 5, 4, 4, 3], "4.20", 80), ([5, 4, 4], "4.33", 100), ([1, 1, 2, 5, 5, 5, 5, 5], "3.63", 63)],
)
def test_scale_result(marks, mean, satisfied):
    found = scale_result(SCALE, [{"overall": mark} for mark in marks])
    assert (found.mean, found.satisfied, found.answers) == (Decimal(mean), satisfied, len(marks))


def test_a_question_nobody_answered_has_no_mean():
    found = scale_result(SCALE, [{}])
    assert (found.mean, found.satisfied, found.answers) == (None, None, 0)


@given(st.lists(st.integers(1, 5), min_size=1))
def test_counts_add_up_and_the_mean_lies_between(marks):
    found = scale_result(SCALE, [{"overall": mark} for mark in marks])
    assert sum(found.counts.values()) == len(marks)
    assert min(marks) <= found.mean <= max(marks)


@pytest.mark.parametrize(
    "rows",
    [
        [],
        [{"key": "a", "kind": "scale", "text": ""}],
        [{"key": "a", "kind": "stars", "text": "x"}],
        [{"key": "a", "kind": "text", "text": "x"}] * 2,
    ],
)
def test_wrong_questions_are_refused(rows):
    with pytest.raises(ValueError):  # noqa: PT011
        read_questions(rows)


def test_the_dates_decide():
    opens = datetime(2025, 3, 31)
    closes = opens + timedelta(days=21)
    moments = [opens - timedelta(seconds=1), opens, closes - timedelta(seconds=1), closes]
    assert [state_of(opens, closes, at) for at in moments] == ["planned", "open", "open", "closed"]
