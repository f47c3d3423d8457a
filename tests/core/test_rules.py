"""Finding Chinese by any part of it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lms.core.rules import bigrams, search_pieces

HAN = st.text(alphabet="绩效考核管理面谈反馈改进计划", min_size=2, max_size=30)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("绩效考核 2025", " 绩效 效考 考核 2025 "),
        ("KPI与OKR", " kpi 与 okr "),
        ("考核考核", " 考核 核考 "),
        ("ＫＰＩ（试行）", " kpi 试行 "),
        ("，。", ""),
        ("", ""),
    ],
)
def test_bigrams(text, words):
    assert bigrams(text) == words


@pytest.mark.parametrize(
    ("query", "pieces"),
    [("考核", ["考核"]), ("绩效考", ["绩效", "效考"]), ("perf 核", [" perf", "核"]), ("%_", []), ("", [])],
)
def test_search_pieces(query, pieces):
    assert search_pieces(query) == pieces


@given(HAN, st.data())
def test_every_part_of_two_or_more_characters_is_found(text, data):
    start = data.draw(st.integers(0, len(text) - 2))
    end = data.draw(st.integers(start + 2, len(text)))
    words = bigrams(text)
    assert all(piece in words for piece in search_pieces(text[start:end]))


@given(st.text(max_size=200))
def test_a_text_is_found_by_itself(text):
    words = bigrams(text)
    assert all(piece in words for piece in search_pieces(text))
