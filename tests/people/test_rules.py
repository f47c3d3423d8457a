"""ID numbers, unit codes and masks."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum.cn import ric, uscc

from lms.people.rules import InvalidId, id_checksum, is_unit_code, mask_id, mask_name, read_id_number, read_phone


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("6.1E+17", "spreadsheet"),
        ("6.10404198503E+17", "spreadsheet"),
        ("12345", "length"),
        ("99999919850615001A", "characters"),
        ("999999198506150010", "checksum"),
        ("999999198513150016", "checksum"),
        ("", "length"),
    ],
)
def test_wrong_numbers_are_refused_with_the_reason(text: str, code: str) -> None:
    with pytest.raises(InvalidId) as refusal:
        read_id_number(text)
    assert refusal.value.code == code


def test_a_date_that_does_not_exist_is_refused_although_the_checksum_is_right() -> None:
    body = "99999919850230001"
    with pytest.raises(InvalidId) as refusal:
        read_id_number(body + id_checksum(body))
    assert refusal.value.code == "birth_date"


@given(st.dates(date(1900, 1, 1), date(2024, 12, 31)), st.integers(0, 999))
def test_made_numbers_are_read_back_with_birth_date_and_sex(born_on: date, serial: int) -> None:
    body = f"999999{born_on:%Y%m%d}{serial:03d}"
    identity = read_id_number(" " + (body + id_checksum(body)).lower() + " ")
    assert (identity.born_on, identity.sex) == (born_on, "male" if serial % 2 else "female")
    assert ric.calc_check_digit(identity.value) == identity.value[17]


def test_x_is_read_in_either_case_and_in_full_width() -> None:
    body = next(f"99999919850615{n:03d}" for n in range(1000) if id_checksum(f"99999919850615{n:03d}") == "X")
    full = "".join(chr(ord(char) + 0xFEE0) for char in body + "x")
    assert read_id_number(body + "x").value == read_id_number(full).value == body + "X"


@given(st.text("0123456789ABCDEFGHJKLMNPQRTUWXY", min_size=18, max_size=18))
def test_unit_codes_agree_with_an_independent_implementation(code: str) -> None:
    body = code[:17]
    right = body + uscc.calc_check_digit(body)
    assert is_unit_code(right)
    assert is_unit_code(code) == (code == right)


def test_masks_show_only_the_ends() -> None:
    assert mask_id("999999198506150011") == "9999**********0011"
    assert (mask_name("张伟"), mask_name("欧阳静怡"), mask_name("")) == ("张*", "欧***", "")


@pytest.mark.parametrize(
    ("text", "phone"),
    [
        ("+86 139-0000-0001", "13900000001"),
        ("１３９０００００００１", "13900000001"),
        ("029-88880000", ""),
        ("12800000001", ""),
    ],
)
def test_phones_are_read_as_plain_digits(text: str, phone: str) -> None:
    assert read_phone(text) == phone
