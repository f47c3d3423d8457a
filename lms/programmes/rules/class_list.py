"""What a class list says, row by row: pure functions on the values of its cells."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from lms.people.rules import InvalidId, clean_name, fold_width, read_id_number, read_phone

HEADINGS = {
    "name": ("姓名", "Name"),
    "id_number": ("身份证号", "ID number"),
    "unit": ("单位", "Unit"),
    "phone": ("手机号", "Mobile"),
    "position": ("职务", "Post"),
}
ALSO = {"身份证号码": "id_number", "工作单位": "unit", "手机号码": "phone", "手机": "phone", "联系电话": "phone"}
OPTIONAL = frozenset({"position"})
LONGEST = {"name": 60, "id_number": 40, "unit": 120, "phone": 40, "position": 60}
ERROR_VALUES = frozenset({"#N/A", "#NAME?", "#VALUE!", "#REF!", "#DIV/0!", "#NULL!", "#NUM!"})
ROW_CAP = 5000
BLANK_CAP = 20_000
COLUMN_CAP = 50


@dataclass(frozen=True)
class RowRefusal:
    """Why a cell, a row or the whole list cannot stand; `cell` is its name in the sheet ("B5") or empty."""

    code: str
    cell: str = ""
    figures: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class ListedRow:
    """One row as read; `number` is its number in the sheet. Texts are cleaned, the ID number is whole."""

    number: int
    name: str
    id_number: str
    unit: str
    phone: str
    position: str
    cells: Mapping[str, str] = field(default_factory=dict)
    refusals: tuple[RowRefusal, ...] = ()
    person_id: int | None = None
    notes: tuple[str, ...] = ()

    @property
    def verdict(self) -> str:
        """`refused`, `known` (the person is already recorded) or `new`."""
        if self.refusals:
            return "refused"
        return "known" if self.person_id else "new"

    def refused(self, code: str, column: str, **figures: Any) -> "ListedRow":
        """The same row with one refusal more, at the cell of `column`."""
        refusal = RowRefusal(code, self.cells.get(column, ""), figures)
        return replace(self, refusals=(*self.refusals, refusal))


@dataclass(frozen=True)
class ClassListReading:
    """A list as read: its rows, and what is wrong with the list as a whole."""

    rows: tuple[ListedRow, ...] = ()
    problems: tuple[RowRefusal, ...] = ()

    @property
    def refused_rows(self) -> tuple[ListedRow, ...]:
        """Rows that cannot stand."""
        return tuple(row for row in self.rows if row.refusals)

    @property
    def stands(self) -> bool:
        """Whether the whole list may be imported: at least one row, nothing refused."""
        return bool(self.rows) and not self.problems and not self.refused_rows

    def count(self, verdict: str) -> int:
        """How many rows have this verdict."""
        return sum(row.verdict == verdict for row in self.rows)


def read_rows(table: Iterable[Sequence[Any]], *, today: date) -> ClassListReading:
    """Read a sheet given as rows of cell values, the first row that is not blank being the headings.

    Refused at the cell: missing, too_long, error_value, id_is_number, id_spreadsheet, id_length, id_characters,
    id_birth_date, id_checksum, phone_wrong, id_twice, phone_twice. Refused as a whole: no_headings,
    unknown_column, column_twice, missing_column, too_many_rows, no_rows.
    """
    numbered = enumerate(table, start=1)
    columns: dict[str, int] = {}
    for _number, values in numbered:
        if any(_text(value) for value in values):
            columns, problems = _read_headings(values)
            break
    else:
        return ClassListReading(problems=(RowRefusal("no_headings"),))
    if problems:
        return ClassListReading(problems=problems)
    rows: list[ListedRow] = []
    for number, values in numbered:
        if len(rows) >= ROW_CAP or number > BLANK_CAP:
            return ClassListReading(problems=(RowRefusal("too_many_rows", "", {"limit": ROW_CAP}),))
        if any(_text(value) for value in values):
            rows.append(_read_row(number, values, columns, today))
    if not rows:
        return ClassListReading(problems=(RowRefusal("no_rows"),))
    return ClassListReading(rows=tuple(_mark_twice(_mark_twice(rows, "id_number", "id_twice"), "phone", "phone_twice")))


def column_letter(index: int) -> str:
    """0 -> A, 25 -> Z, 26 -> AA."""
    letters = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def _read_headings(values: Sequence[Any]) -> tuple[dict[str, int], tuple[RowRefusal, ...]]:
    known = ALSO | {fold_width(word).lower(): key for key, words in HEADINGS.items() for word in words}
    columns: dict[str, int] = {}
    problems: list[RowRefusal] = []
    for index, value in enumerate(values):
        text = _text(value)
        if not text:
            continue
        key = known.get(fold_width(text).lower().rstrip("*"))
        cell = column_letter(index)
        if key is None or index >= COLUMN_CAP:
            problems.append(RowRefusal("unknown_column", cell, {"heading": text[:30]}))
        elif key in columns:
            problems.append(RowRefusal("column_twice", cell, {"heading": text[:30]}))
        else:
            columns[key] = index
    for key, words in HEADINGS.items():
        if key not in columns and key not in OPTIONAL:
            problems.append(RowRefusal("missing_column", "", {"heading": words[0]}))
    return columns, tuple(problems)


def _read_row(number: int, values: Sequence[Any], columns: Mapping[str, int], today: date) -> ListedRow:
    raw = {key: values[index] if index < len(values) else None for key, index in columns.items()}
    texts = {key: _text(raw.get(key)) for key in HEADINGS}
    row = ListedRow(
        number=number,
        name=clean_name(texts["name"]),
        id_number=fold_width(texts["id_number"]).upper(),
        unit=clean_name(texts["unit"]),
        phone=texts["phone"],
        position=clean_name(texts["position"]),
        cells={key: f"{column_letter(index)}{number}" for key, index in columns.items()},
    )
    for key, text in texts.items():
        if not text and key not in OPTIONAL:
            row = row.refused("missing", key)
        elif text in ERROR_VALUES:
            row = row.refused("error_value", key, value=text)
        elif len(text) > LONGEST[key]:
            row = row.refused("too_long", key, limit=LONGEST[key])
    return _check_phone(_check_id(row, raw.get("id_number"), today))


def _check_id(row: ListedRow, raw: Any, today: date) -> ListedRow:
    if not row.id_number or _has_refusal(row, "id_number"):
        return row
    if not isinstance(raw, str):
        return row.refused("id_is_number", "id_number")
    try:
        identity = read_id_number(row.id_number)
    except InvalidId as problem:
        return row.refused(f"id_{problem.code}", "id_number")
    return row.refused("id_birth_date", "id_number") if identity.born_on >= today else row


def _check_phone(row: ListedRow) -> ListedRow:
    if not row.phone or _has_refusal(row, "phone"):
        return row
    phone = read_phone(row.phone)
    return replace(row, phone=phone) if phone else row.refused("phone_wrong", "phone")


def _has_refusal(row: ListedRow, column: str) -> bool:
    return any(refusal.cell == row.cells[column] for refusal in row.refusals)


def _mark_twice(rows: Sequence[ListedRow], column: str, code: str) -> list[ListedRow]:
    """Every later row with the same value is refused and names the first."""
    first: dict[str, int] = {}
    marked = []
    for row in rows:
        value = getattr(row, column)
        if value and not _has_refusal(row, column):
            if value in first:
                row = row.refused(code, column, row=first[value])
            else:
                first[value] = row.number
        marked.append(row)
    return marked


def _text(value: Any) -> str:
    """A cell as text: whole numbers without a fraction, everything else as it stands."""
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer():
        return f"{value:.0f}"
    return str(value).strip()
