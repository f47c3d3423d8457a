"""Bodies and marks of questions, as tables and properties."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lms.questions.rules import POLICIES, check_body, clean_body, item_key, mark_answer

TEN = Decimal(10)


def body(**changes):
    return {"stem": "题干", "options": ["甲", "乙", "丙", "丁"], "answer": [1], "explanation": "", **changes}


@pytest.mark.parametrize(
    ("kind", "changes", "codes"),
    [
        ("single", {}, []),
        ("multiple", {"answer": [0, 2]}, []),
        ("truefalse", {"options": ["正确", "错误"]}, []),
        ("essay", {}, ["kind_unknown"]),
        ("single", {"stem": "  "}, ["stem_missing"]),
        ("single", {"stem": None}, ["stem_missing"]),
        ("single", {"options": ["甲"], "answer": [0]}, ["options_few"]),
        ("single", {"options": "甲乙"}, ["options_few", "answer_outside"]),
        ("single", {"options": ["甲", " 甲 "]}, ["options_repeat"]),
        ("single", {"options": ["甲", ""]}, ["option_empty"]),
        ("single", {"options": [str(n) for n in range(11)]}, ["options_many"]),
        ("single", {"answer": []}, ["answer_missing"]),
        ("single", {"answer": [0, 1]}, ["answer_one"]),
        ("single", {"answer": [4]}, ["answer_outside"]),
        ("single", {"answer": [True]}, ["answer_not_indices"]),
        ("single", {"answer": ["A"]}, ["answer_not_indices"]),
        ("multiple", {"answer": [1]}, ["answer_two"]),
        ("multiple", {"answer": [1, 1]}, ["answer_outside"]),
        ("truefalse", {}, ["options_two"]),
        ("single", {"stem": "", "answer": [9], "explanation": "x" * 2001}, [
            "stem_missing", "answer_outside", "explanation_long",
        ]),
    ],
)  # fmt: skip
def test_every_problem_is_found_at_once(kind, changes, codes):
    assert [problem.code for problem in check_body(kind, body(**changes))] == codes


@pytest.mark.parametrize(
    ("key", "answer", "all_", "partial", "deduction"),
    [
        ([1], [1], "10", "10", "10"),
        ([1], [0], "0", "0", "0"),
        ([1], [], "0", "0", "0"),
        ([1], [0, 1], "0", "0", "0"),
        ([0, 2], [0, 2], "10", "10", "10"),
        ([0, 2], [2, 0, 2], "10", "10", "10"),
        ([0, 2], [0], "0", "5", "5"),
        ([0, 2], [0, 1], "0", "0", "0"),
        ([0, 1, 2], [0], "0", "3.33", "3.33"),
        ([0, 1, 2], [0, 1], "0", "6.67", "6.67"),
        ([0, 1, 2], [0, 1, 2, 3], "0", "0", "6.67"),
    ],
)
def test_marks_by_policy(key, answer, all_, partial, deduction):
    marks = [mark_answer(key, answer, TEN, policy=policy) for policy in POLICIES]
    assert marks == [Decimal(all_), Decimal(partial), Decimal(deduction)]


CHOICES = st.sets(st.integers(0, 5))


@given(st.sets(st.integers(0, 5), min_size=1), CHOICES, st.decimals(0, 20, places=2), st.sampled_from(POLICIES))
def test_a_mark_lies_between_nothing_and_the_points_and_is_full_only_for_the_key(key, answer, points, policy):
    mark = mark_answer(key, answer, points, policy=policy)
    assert 0 <= mark <= points
    if answer == key:
        assert mark == points
    elif policy == "all":
        assert mark == 0


@given(st.sets(st.integers(0, 5), min_size=1), CHOICES)
def test_all_or_nothing_never_gives_more_than_partial_credit(key, answer):
    assert mark_answer(key, answer, TEN) <= mark_answer(key, answer, TEN, policy="partial")


def test_an_unknown_policy_is_an_error():
    with pytest.raises(ValueError, match="policy"):
        mark_answer([0], [0], TEN, policy="generous")


def test_the_key_of_an_item_ignores_answer_and_space():
    assert item_key("single", clean_body(body(stem=" 题干 "))) == item_key("single", clean_body(body(answer=[2])))
    assert item_key("single", clean_body(body())) != item_key("multiple", clean_body(body()))
