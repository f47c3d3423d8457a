"""Rotating codes: what is accepted, for how long, and for whom."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from lms.core.tokens import matches_typed_code, read_rotating_code, rotating_code, sign, typed_code

KEY = "k" * 32
AT = datetime(2025, 3, 10, 8, 30, 0, tzinfo=ZoneInfo("Asia/Shanghai"))


def read(code: str, at: datetime) -> tuple[int, str] | None:
    return read_rotating_code(KEY, "check-in", code, at=at, seconds=5)


@given(st.integers(1, 2**60), st.integers(0, 600), st.integers(0, 4))
def test_a_code_is_accepted_in_its_step_and_the_next_and_never_later(subject: int, age: int, offset: int) -> None:
    made = AT + timedelta(seconds=offset)
    code = rotating_code(KEY, "check-in", subject, "board1", at=made, seconds=5)
    accepted = read(code, made + timedelta(seconds=age)) == (subject, "board1")
    assert accepted == (offset + age < 10)


def test_a_code_of_the_future_is_refused() -> None:
    code = rotating_code(KEY, "check-in", 7, "board1", at=AT + timedelta(seconds=5), seconds=5)
    assert read(code, AT) is None


@given(st.text(max_size=60))
def test_anything_that_is_not_a_code_is_refused_without_an_error(text: str) -> None:
    assert read(text, AT) is None


def test_a_code_holds_for_its_purpose_subject_board_and_key_only() -> None:
    code = rotating_code(KEY, "check-in", 7, "board1", at=AT, seconds=5)
    body, _dot, _nonce = code.partition(".")
    assert read(code, AT) == (7, "board1")
    assert read(f"{body}.board2", AT) is None
    assert read_rotating_code(KEY, "check-out", code, at=AT, seconds=5) is None
    assert read_rotating_code("x" * 32, "check-in", code, at=AT, seconds=5) is None


@given(st.integers(0, 3), st.integers(0, 4))
def test_a_typed_code_lives_as_long_as_its_picture(steps: int, offset: int) -> None:
    made = AT + timedelta(seconds=offset)
    code = typed_code(KEY, "check-in", 7, "board1", at=made, seconds=5)
    later = made + timedelta(seconds=5 * steps)
    assert len(code) == 6
    if matches_typed_code(KEY, "check-in", 7, "board1", code, at=later, seconds=5) != (steps <= 1):
        now_and_before = {
            typed_code(KEY, "check-in", 7, "board1", at=later - timedelta(seconds=5 * back), seconds=5)
            for back in (0, 1)
        }
        assert code in now_and_before


def test_the_boundaries_of_signed_parts_are_part_of_the_signature() -> None:
    assert sign(KEY, "a", "bc", "d") != sign(KEY, "a", "b", "cd")
