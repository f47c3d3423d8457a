"""Subsidies to the fen, refund dates to the day, amounts as typed."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lms.fees.rules import Balance, last_full_day, read_yuan, refund_verdict, subsidy_of

START = date(2025, 3, 1)


@pytest.mark.parametrize(
    ("fen", "numerator", "denominator", "subsidy"),
    [
        (180_000, 80, 100, 144_000),
        (180_000, 0, 100, 0),
        (180_000, 1, 1, 180_000),
        (100, 1, 3, 33),
        (200, 1, 3, 67),
        (1, 1, 2, 1),
        (3, 1, 2, 2),
        (99_999, 333, 1000, 33_300),
    ],
)
def test_subsidy_rounds_half_up_to_the_fen(fen: int, numerator: int, denominator: int, subsidy: int) -> None:
    assert subsidy_of(fen, numerator, denominator) == subsidy


@given(st.integers(0, 10**9), st.integers(1, 1000), st.data())
def test_a_subsidy_lies_within_the_fee_and_within_half_a_fen(fen: int, denominator: int, data: st.DataObject) -> None:
    numerator = data.draw(st.integers(0, denominator))
    subsidy = subsidy_of(fen, numerator, denominator)
    assert 0 <= subsidy <= fen
    assert abs(2 * (subsidy * denominator - fen * numerator)) <= denominator


@pytest.mark.parametrize(("numerator", "denominator"), [(2, 1), (-1, 2), (0, 0)])
def test_a_rate_outside_zero_and_one_is_an_error(numerator: int, denominator: int) -> None:
    with pytest.raises(ValueError, match="rate"):
        subsidy_of(100, numerator, denominator)


@pytest.mark.parametrize(
    ("asked_on", "verdict"),
    [
        (date(2025, 2, 21), "full"),
        (date(2025, 2, 22), "full"),
        (date(2025, 2, 23), "between"),
        (date(2025, 2, 28), "between"),
        (date(2025, 3, 1), "none"),
        (date(2025, 3, 2), "none"),
    ],
)
def test_seven_calendar_days_before_the_start(asked_on: date, verdict: str) -> None:
    assert last_full_day(START, 7) == date(2025, 2, 22)
    assert refund_verdict(asked_on, START, 7) == verdict


def test_the_number_of_days_is_a_figure_of_the_programme() -> None:
    assert refund_verdict(date(2025, 2, 23), START, 6) == "full"
    assert refund_verdict(date(2025, 2, 28), START, 0) == "full"


@pytest.mark.parametrize(
    ("balance", "payable", "due", "state"),
    [
        (Balance(180_000), 180_000, 180_000, "open"),
        (Balance(180_000, 144_000), 36_000, 36_000, "open"),
        (Balance(180_000, 144_000, 10_000), 36_000, 26_000, "part"),
        (Balance(180_000, 144_000, 36_000), 36_000, 0, "paid"),
        (Balance(180_000, 144_000, 36_000, 36_000, 36_000), 0, 0, "released"),
        (Balance(180_000, 144_000, 40_000), 36_000, -4_000, "over"),
    ],
)
def test_balances(balance: Balance, payable: int, due: int, state: str) -> None:
    assert (balance.payable, balance.due, balance.state) == (payable, due, state)


@pytest.mark.parametrize(
    ("text", "fen"),
    [
        ("360", 36_000),
        ("360.5", 36_050),
        ("1,440.00", 144_000),
        ("¥0.01", 1),
        ("３６０．００", 36_000),
        (" 12.5 ", 1_250),
    ],
)
def test_amounts_as_typed(text: str, fen: int) -> None:
    assert read_yuan(text) == fen


@pytest.mark.parametrize("text", ["", "abc", "12.", "1.234", "-5", "1e3", "1.2.3", "9999999999", "②"])
def test_what_is_no_amount(text: str) -> None:
    with pytest.raises(ValueError, match="amount"):
        read_yuan(text)
