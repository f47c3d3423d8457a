"""Marks of assignments, deadlines and the lesson file."""

from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lms.modules.rules import InvalidLessons, Outcome, average_mark, counted_mark, read_lessons, spread_deadlines

LESSON = """
format = 1
[[lessons]]
course = "T1"
position = 1
title = "依据"
minutes = 29
[[lessons.blocks]]
kind = "paragraph"
text = "正文"
"""


@pytest.mark.parametrize(
    ("mark", "handed_in", "past_due", "counted"),
    [
        (Decimal("87.5"), True, True, Decimal("87.5")),
        (Decimal(90), True, False, Decimal(90)),
        (None, True, True, None),
        (None, True, False, None),
        (None, False, False, None),
        (None, False, True, Decimal(0)),
    ],
)
def test_what_one_assignment_counts(mark, handed_in, past_due, counted):
    assert counted_mark(Outcome("作业", mark, handed_in, past_due)) == counted


@pytest.mark.parametrize(
    ("outcomes", "average"),
    [
        ([], None),
        ([(80, True), (90, True), (100, True)], Decimal(90)),
        ([(80, True), (None, False)], Decimal(40)),
        ([(80, True), (85, True), (85, True)], Fraction(250, 3)),
        ([(80, True), (None, True)], None),
    ],
)
def test_the_average_counts_missing_as_nought_and_waits_for_marks(outcomes, average):
    found = [Outcome("作业", None if mark is None else Decimal(mark), handed, True) for mark, handed in outcomes]
    assert average_mark(found) == average


@given(st.lists(st.decimals(0, 100, places=2), min_size=1, max_size=20))
def test_the_average_lies_between_its_marks(marks):
    mean = average_mark([Outcome("作业", mark, True, True) for mark in marks])
    assert min(marks) <= mean <= max(marks)


@given(st.dates(date(2024, 1, 1), date(2030, 1, 1)), st.integers(0, 120), st.integers(1, 12))
def test_deadlines_lie_in_the_term_in_order(first, length, count):
    last = first + timedelta(days=length)
    days = spread_deadlines(first, last, count)
    assert len(days) == count
    assert days == sorted(days)
    assert first <= days[0] <= days[-1] <= last


def test_deadlines_of_the_spring_term():
    assert spread_deadlines(date(2025, 3, 1), date(2025, 3, 31), 3) == [
        date(2025, 3, 10),
        date(2025, 3, 19),
        date(2025, 3, 29),
    ]


def test_a_lesson_file_is_read():
    document = read_lessons(LESSON)
    assert [(lesson.course, lesson.slug, lesson.minutes) for lesson in document.lessons] == [("T1", "lesson-1", 29)]


def test_every_error_of_a_lesson_file_is_named_at_once():
    broken = LESSON.replace("minutes = 29", "minutes = 0\nteacher = 1").replace('"paragraph"', '"film"')
    with pytest.raises(InvalidLessons) as caught:
        read_lessons(broken.replace("format = 1", "format = 2"))
    assert list(caught.value.errors) == [
        "format: must be 1",
        "lessons[1].teacher: unknown key",
        "lessons[1].minutes: must be a whole number above 0",
        "lessons[1].blocks[1].kind: must be one of heading, paragraph, list, quote, case",
    ]


def test_a_lesson_that_appears_twice_is_an_error():
    with pytest.raises(InvalidLessons, match="T1 1: appears twice"):
        read_lessons(LESSON + LESSON.replace("format = 1", ""))


def test_a_file_that_is_no_toml_is_an_error():
    with pytest.raises(InvalidLessons):
        read_lessons("= =")
