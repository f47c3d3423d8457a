"""The shape of a programme file: which keys there are, of what type, in which range."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from string import Formatter
from typing import Any

SMALL = 32_767
LARGE = 2_000_000_000
_SLUG = re.compile(r"^[-a-zA-Z0-9_]+$")
_FRACTION = re.compile(r"^(\d{1,5})/(\d{1,5})$")
_YUAN = re.compile(r"^\d{1,7}(\.\d{1,2})?$")
_SPEC = re.compile(r"^(0?[1-9]?d?)$")
_NUMBER = re.compile(r"^\d{1,3}(\.\d{1,2})?$")


class BadValue(Exception):
    """A value that cannot be read; `code` and `figures` say why."""

    def __init__(self, code: str, **figures: object) -> None:
        self.code, self.figures = code, figures
        super().__init__(code)


@dataclass(frozen=True)
class Value:
    """One key of a table; `read` gives the clean value or raises `BadValue`."""

    read: Callable[[object], Any]
    required: bool = True
    default: Any = None


@dataclass(frozen=True)
class Rows:
    """A list of tables; `least` rows at least."""

    keys: Mapping[str, Any]
    least: int = 0


def text(most: int, *, least: int = 1) -> Callable[[object], str]:
    """Text of `least`..`most` characters, spaces at the ends removed."""

    def read(value: object) -> str:
        if not isinstance(value, str):
            raise BadValue("not_text")
        clean = value.strip()
        if "\x00" in clean:
            raise BadValue("not_text")
        if not least <= len(clean) <= most:
            raise BadValue("length", least=least, most=most, found=len(clean))
        return clean

    return read


def slug(most: int) -> Callable[[object], str]:
    """Latin letters, digits, hyphen and underline."""

    def read(value: object) -> str:
        clean = text(most)(value)
        if not _SLUG.match(clean):
            raise BadValue("not_slug")
        return clean

    return read


def whole(least: int = 0, most: int = SMALL) -> Callable[[object], int]:
    """A whole number in the range."""

    def read(value: object) -> int:
        if isinstance(value, bool) or not isinstance(value, int):
            raise BadValue("not_whole")
        if not least <= value <= most:
            raise BadValue("range", least=least, most=most)
        return value

    return read


def choice(*allowed: str) -> Callable[[object], str]:
    """One of the words."""

    def read(value: object) -> str:
        if value not in allowed:
            raise BadValue("choice", allowed=", ".join(allowed))
        return str(value)

    return read


def flag(value: object) -> bool:
    if not isinstance(value, bool):
        raise BadValue("not_flag")
    return value


def day(value: object) -> date:
    """A TOML date without a time."""
    if isinstance(value, datetime) or not isinstance(value, date):
        raise BadValue("not_date")
    return value


def fraction(value: object) -> Fraction:
    """ "1/3": an exact share from 0 to 1 with a denominator that the database holds."""
    found = _FRACTION.match(value) if isinstance(value, str) else None
    if found is None or not 0 < int(found[2]) <= SMALL or int(found[1]) > int(found[2]):
        raise BadValue("not_fraction")
    return Fraction(int(found[1]), int(found[2]))


def yuan(value: object) -> Decimal:
    """Yuan as text with at most two decimals or as a whole number; never a float."""
    written = str(value) if isinstance(value, int) and not isinstance(value, bool) else value
    if not isinstance(written, str) or not _YUAN.match(written):
        raise BadValue("not_yuan")
    return Decimal(written).quantize(Decimal("0.01"))


def mark(value: object) -> Decimal:
    """A mark of 0–100 as a whole number or as text with at most two decimals."""
    written = str(value) if isinstance(value, int) and not isinstance(value, bool) else value
    if not isinstance(written, str) or not _NUMBER.match(written):
        raise BadValue("not_mark")
    try:
        exact = Decimal(written).quantize(Decimal("0.01"))
    except InvalidOperation as problem:  # pragma: no cover - the pattern leaves no such text
        raise BadValue("not_mark") from problem
    if exact > 100:
        raise BadValue("not_mark")
    return exact


def texts(value: object) -> tuple[str, ...]:
    """A list of texts."""
    if not isinstance(value, list):
        raise BadValue("not_list")
    return tuple(text(200)(entry) for entry in value)


def number_pattern(value: object) -> str:
    """A pattern with {serial} and perhaps {year}, each with a plain format ("{serial:05d}")."""
    clean = text(60)(value)
    try:
        fields = [field for field in Formatter().parse(clean) if field[1] is not None]
        if not all(_SPEC.match(spec or "") and conversion is None for _before, _name, spec, conversion in fields):
            raise BadValue("bad_pattern")
        clean.format(year=2025, serial=1)
    except (ValueError, KeyError, IndexError, AttributeError) as problem:
        raise BadValue("bad_pattern") from problem
    names = {name for _before, name, _spec, _conversion in fields}
    if names - {"year", "serial"} or "serial" not in names:
        raise BadValue("bad_pattern")
    if len(clean.format(year=9999, serial=9_999_999)) > 60:
        raise BadValue("bad_pattern")
    return clean


GROUP = {
    "code": Value(text(20)),
    "name": Value(text(60)),
    "kind": Value(text(40, least=0), required=False, default=""),
    "capacity": Value(whole(1, LARGE)),
}
COURSE = {
    "code": Value(slug(20)),
    "title": Value(text(120)),
    "summary": Value(text(2000, least=0), required=False, default=""),
    "offline_hours": Value(whole(0, 1000)),
}
TERM = {
    "code": Value(slug(40)),
    "name": Value(text(80)),
    "starts_on": Value(day),
    "ends_on": Value(day),
    "registration_opens_on": Value(day),
    "registration_closes_on": Value(day),
    "capacity": Value(whole(1, LARGE)),
    "groups": Rows(GROUP),
}
ITEM = {
    "code": Value(slug(40)),
    "title": Value(text(200)),
    "detail": Value(text(2000, least=0), required=False, default=""),
}
#: Every key a programme file may have. A mapping is a table, `Rows` an array of tables.
SHAPE: Mapping[str, Any] = {
    "format": Value(whole()),
    "programme": {
        "slug": Value(slug(60)),
        "name": Value(text(120)),
        "year": Value(whole(2000, 2200)),
        "organiser": Value(text(120, least=0), required=False, default=""),
        "summary": Value(text(5000, least=0), required=False, default=""),
    },
    "hours": {
        "class_hour_minutes": Value(whole(1, 240)),
        "required_offline": Value(whole(0, 2000)),
        "certificate_total": Value(whole(0, 2000)),
        "certificate_online": Value(whole(0, 2000)),
    },
    "assessment": {
        **{key: Value(whole(0, 100)) for key in ("regular", "theory", "practical")},
        **{key: Value(whole(0, 100)) for key in ("regular_attendance", "regular_classroom", "regular_assignments")},
        "pass_mark": Value(mark),
        **{
            key: Value(mark, required=False, default=Decimal("0.00"))
            for key in ("minimum_regular", "minimum_theory", "minimum_practical")
        },
    },
    "absence": {
        "limit": Value(fraction),
        "leave_counts": Value(flag),
        "late_grace_minutes": Value(whole(0, 240), required=False, default=0),
    },
    "check_in": {"opens_before": Value(whole(0, 1440)), "closes_after": Value(whole(0, 1440))},
    "appeal": {"working_days": Value(whole(1, 365))},
    "certificate": {"refresh_years": Value(whole(1, 100)), "number_pattern": Value(number_pattern)},
    "fee": {
        "amount_yuan": Value(yuan),
        "includes": Value(text(120, least=0), required=False, default=""),
        "refund_days": Value(whole(0, 365)),
        "between_default": Value(choice("refuse", "refund")),
        "subsidies": Rows(
            {
                "authority": Value(text(60)),
                "rate": Value(fraction),
                "note": Value(text(200, least=0), required=False, default=""),
            }
        ),
    },
    "eligibility": {
        "minimum_degree": Value(text(30, least=0), required=False, default=""),
        "appraisal_years": Value(whole(0, 20)),
        "priority": Value(texts, required=False, default=()),
    },
    "modules": Rows(
        {
            "kind": Value(choice("theory", "practice", "case")),
            "title": Value(text(80)),
            "courses": Rows(COURSE, least=1),
        },
        least=1,
    ),
    "terms": Rows(TERM, least=1),
    "documents": Rows({**ITEM, "copies": Value(whole(1, 20), required=False, default=1)}),
    "discipline": Rows(ITEM),
    "faq": Rows({"question": Value(text(200)), "answer": Value(text(2000))}),
}
