"""Numbers, dates and codes of certificates (R15, R16)."""

from datetime import date

import pytest

from lms.certificates.rules import certificate_number, chinese_date, refresh_due, tidy_number
from lms.certificates.tokens import new_code


def test_the_number_follows_the_pattern() -> None:
    assert certificate_number("XYJX-{year}-{serial:05d}", year=2025, serial=7) == "XYJX-2025-00007"


def test_a_pattern_without_serial_is_an_error() -> None:
    with pytest.raises(ValueError, match="serial"):
        certificate_number("XYJX-{year}", year=2025, serial=7)


def test_a_typed_number_is_forgiven() -> None:
    assert tidy_number(" xyjx－２０２５-00007 ") == "XYJX-2025-00007"


@pytest.mark.parametrize(
    ("issued", "due"),
    [(date(2025, 4, 10), date(2028, 4, 10)), (date(2024, 2, 29), date(2027, 2, 28))],
)
def test_a_refresh_is_suggested_after_three_years(issued: date, due: date) -> None:
    assert refresh_due(issued, 3) == due


@pytest.mark.parametrize(
    ("day", "words"),
    [
        (date(2025, 4, 10), "二〇二五年四月十日"),
        (date(2025, 11, 1), "二〇二五年十一月一日"),
        (date(2026, 12, 31), "二〇二六年十二月三十一日"),
        (date(2030, 10, 20), "二〇三〇年十月二十日"),
    ],
)
def test_a_date_in_words(day: date, words: str) -> None:
    assert chinese_date(day) == words


def test_codes_are_long_and_never_the_same() -> None:
    codes = {new_code() for _number in range(1000)}
    assert len(codes) == 1000
    assert {len(code) for code in codes} == {24}
