"""Pure functions of the community."""

from datetime import date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lms.community.rules import clean_text, first_unread, is_overdue, may_still_edit, page_of


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("  a\r\nb\rc  ", "a\nb\nc"),
        ("a\x00b\x07c", "abc"),
        ("good\u202eevil", "goodevil"),
        ("a\u200bb\ufeff", "ab"),
        ("𠮷野", "𠮷野"),
    ],
)
def test_clean_text(typed, kept):
    assert clean_text(typed) == kept


@given(st.text())
def test_clean_text_cleans_once_and_for_all(text):
    assert clean_text(clean_text(text)) == clean_text(text)


@pytest.mark.parametrize(("number", "page"), [(1, 1), (20, 1), (21, 2), (10_000, 500), (0, 1)])
def test_page_of(number, page):
    assert page_of(number, 20) == page


@pytest.mark.parametrize(("read", "count", "first"), [(0, 5, 1), (3, 5, 4), (5, 5, 5)])
def test_first_unread(read, count, first):
    assert first_unread(read, count) == first


def test_a_post_may_be_edited_before_the_sixtieth_minute_is_over():
    written = datetime(2025, 3, 10, 12, 0)
    assert may_still_edit(written, written + timedelta(minutes=59, seconds=59), 60)
    assert not may_still_edit(written, written + timedelta(minutes=60), 60)


def test_a_question_is_overdue_after_its_day():
    assert not is_overdue(date(2025, 3, 14), date(2025, 3, 14))
    assert is_overdue(date(2025, 3, 14), date(2025, 3, 15))
