"""Where a term stands, to the second, and which comes first."""

from dataclasses import dataclass
from datetime import date, datetime

import pytest

from cms_pages.rules import excerpt, in_order, only_language, term_phase
from tests.factories import ZONE


@dataclass(frozen=True)
class Spring:
    starts_on: date = date(2025, 3, 1)
    ends_on: date = date(2025, 3, 31)
    registration_opens_on: date = date(2025, 1, 15)
    registration_closes_on: date = date(2025, 2, 15)


@pytest.mark.parametrize(
    ("at", "left", "phase"),
    [
        (datetime(2025, 1, 14, 23, 59, 59, tzinfo=ZONE), 5, "soon"),
        (datetime(2025, 1, 15, 0, 0, 0, tzinfo=ZONE), 5, "open"),
        (datetime(2025, 2, 15, 23, 59, 59, tzinfo=ZONE), 5, "open"),
        (datetime(2025, 2, 15, 23, 59, 59, tzinfo=ZONE), 0, "full"),
        (datetime(2025, 2, 16, 0, 0, 0, tzinfo=ZONE), 5, "closed"),
        (datetime(2025, 3, 1, 0, 0, 0, tzinfo=ZONE), 5, "running"),
        (datetime(2025, 3, 31, 23, 59, 59, tzinfo=ZONE), 5, "running"),
        (datetime(2025, 4, 1, 0, 0, 0, tzinfo=ZONE), 5, "ended"),
    ],
)
def test_phases(at: datetime, left: int, phase: str) -> None:
    assert term_phase(Spring(), at, seats_left=left) == phase


def test_what_one_can_act_on_comes_first_and_the_past_backwards() -> None:
    old, older = Spring(starts_on=date(2024, 7, 1)), Spring(starts_on=date(2024, 3, 1))
    now, soon = Spring(starts_on=date(2025, 3, 1)), Spring(starts_on=date(2025, 7, 1))
    assert in_order([(older, "ended"), (soon, "soon"), (old, "ended"), (now, "open")]) == [now, soon, old, older]


def test_an_excerpt_cuts_no_latin_word() -> None:
    assert excerpt("one appraisal plan that works", ["plan"], around=4) == ("…appraisal ", "plan", " that works")


def test_a_bilingual_text_is_read_in_one_language() -> None:
    text = "上传材料 请上传 PDF 图片 Upload clear pictures of every paper 提交"
    assert only_language(text, chinese=True) == "上传材料 请上传 PDF 图片 提交"
    assert only_language(text, chinese=False) == "PDF Upload clear pictures of every paper"


def test_an_excerpt_shows_the_match() -> None:
    assert excerpt("确需请假的，事先提出", ["请假"], around=2) == ("确需", "请假", "的，事先…")
    assert excerpt("短文", ["没有"]) == ("短文", "", "")
