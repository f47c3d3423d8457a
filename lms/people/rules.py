"""ID numbers, unit codes, names and phones: pure functions on text."""

import re
import unicodedata
from dataclasses import dataclass
from datetime import date

ID_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
ID_CHECKS = "10X98765432"
CODE_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
SPREADSHEET_NUMBER = re.compile(r"^\d(\.\d+)?[Ee]\+?\d+$|^\d{15,18}\.0$")
MOBILE = re.compile(r"^1[3-9]\d{9}$")


@dataclass(frozen=True)
class IdNumber:
    """A valid GB 11643 number with what it says."""

    value: str
    born_on: date
    sex: str


class InvalidId(ValueError):
    """Not a valid ID number; `code` says why: length, characters, spreadsheet, birth_date, checksum."""

    def __init__(self, code: str) -> None:
        self.code = code
        super().__init__(code)


def fold_width(text: str) -> str:
    """Full-width digits and letters to their plain form, spaces at the ends and inside removed."""
    return "".join(unicodedata.normalize("NFKC", text).split())


def read_id_number(text: str) -> IdNumber:
    """Read an ID number as typed (x or X, full width, spaces). Raises `InvalidId` with the reason."""
    value = fold_width(text).upper()
    if SPREADSHEET_NUMBER.match(value):
        raise InvalidId("spreadsheet")
    if len(value) != 18:
        raise InvalidId("length")
    if not re.fullmatch(r"[0-9]{17}[0-9X]", value):
        raise InvalidId("characters")
    if id_checksum(value[:17]) != value[17]:
        raise InvalidId("checksum")
    return IdNumber(value, _birth_date(value), "male" if int(value[16]) % 2 else "female")


def id_checksum(first_17: str) -> str:
    """The check character of GB 11643 (ISO 7064 MOD 11-2)."""
    total = sum(int(digit) * weight for digit, weight in zip(first_17, ID_WEIGHTS, strict=True))
    return ID_CHECKS[total % 11]


def mask_id(value: str) -> str:
    """6101**********1234: never show more on a screen."""
    return f"{value[:4]}{'*' * 10}{value[-4:]}" if len(value) == 18 else "*" * len(value)


def mask_name(name: str) -> str:
    """Family name and stars: 张**; for public lists and verification (R15)."""
    return name[:1] + "*" * max(1, len(name) - 1) if name else ""


def mask_phone(phone: str) -> str:
    """138****0000."""
    return f"{phone[:3]}****{phone[-4:]}" if len(phone) >= 8 else "*" * len(phone)


def is_mobile(phone: str) -> bool:
    """A mainland mobile number of 11 digits."""
    return bool(MOBILE.match(phone))


def read_phone(text: str) -> str:
    """The number in plain digits, +86 and separators removed; empty when it is no mainland mobile number."""
    digits = re.sub(r"[-\s()]", "", fold_width(text)).removeprefix("+86").removeprefix("0086")
    return digits if is_mobile(digits) else ""


def is_unit_code(code: str) -> bool:
    """GB 32100: 18 characters without I, O, S, V, Z and a check character modulo 31."""
    if len(code) != 18 or any(char not in CODE_ALPHABET for char in code):
        return False
    total = sum(CODE_ALPHABET.index(char) * 3**i % 31 for i, char in enumerate(code[:17]))
    return CODE_ALPHABET[(31 - total % 31) % 31] == code[17]


def clean_name(name: str) -> str:
    """Trimmed name, one kind of middle dot; characters outside the basic plane are kept."""
    return re.sub(r"\s+", " ", re.sub(r"[•‧・･]", "·", name)).strip()


def _birth_date(value: str) -> date:
    try:
        born_on = date(int(value[6:10]), int(value[10:12]), int(value[12:14]))
    except ValueError as problem:
        raise InvalidId("birth_date") from problem
    if born_on.year < 1900:
        raise InvalidId("birth_date")
    return born_on
