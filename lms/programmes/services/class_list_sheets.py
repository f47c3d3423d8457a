"""Spreadsheets around the class list: the template to fill in and the list sent back with its verdicts."""

import io
from typing import IO, Any

import openpyxl
import xlsxwriter
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from lms.programmes.rules.class_list import COLUMN_CAP, HEADINGS, ClassListReading, ListedRow
from lms.programmes.services.importing import sentence_of

WIDTHS = (14, 24, 32, 16, 18)


def write_template() -> bytes:
    """An empty list with the five headings, every column formatted as text, and a sheet of hints."""
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True})
    sheet = book.add_worksheet("学员名单")
    text = book.add_format({"num_format": "@"})
    head = book.add_format({"num_format": "@", "bold": True, "bottom": 1, "bg_color": "#E8F0F4"})
    for index, (words, width) in enumerate(zip(HEADINGS.values(), WIDTHS, strict=True)):
        sheet.set_column(index, index, width, text)
        sheet.write_string(0, index, words[0], head)
    sheet.freeze_panes(1, 0)
    hints = book.add_worksheet("填写说明")
    hints.set_column(0, 0, 80)
    for index, line in enumerate(_hints()):
        hints.write_string(index, 0, line)
    book.close()
    return out.getvalue()


def write_annotated(stream: IO[bytes], reading: ClassListReading) -> bytes:
    """The uploaded rows as text with two columns more: the verdict and every reason; refused cells are coloured."""
    table = openpyxl.load_workbook(stream, read_only=True, data_only=True, keep_links=False)
    values = list(table.worksheets[0].iter_rows(values_only=True, max_col=COLUMN_CAP, max_row=_last_row(reading)))
    table.close()
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True})
    sheet = book.add_worksheet("学员名单")
    text, wrong = book.add_format({"num_format": "@"}), book.add_format({"num_format": "@", "bg_color": "#F6D5D0"})
    width = max((len([value for value in row if value is not None]) for row in values), default=0)
    sheet.set_column(0, width - 1, 20, text)
    sheet.set_column(width, width + 1, 40, text)
    rows = {row.number: row for row in reading.rows}
    for number, line in enumerate(values, start=1):
        row = rows.get(number)
        bad = {refusal.cell for refusal in row.refusals} if row else set()
        for index, value in enumerate(line[:width]):
            style = wrong if xlsxwriter.utility.xl_rowcol_to_cell(number - 1, index) in bad else text
            sheet.write_string(number - 1, index, _as_text(value), style)
        for offset, value in enumerate(_remarks(row, number, reading)):
            sheet.write_string(number - 1, width + offset, value, text)
    book.close()
    return out.getvalue()


def _hints() -> list[str]:
    return [
        _("Keep the headings as they are. One person a row."),
        _("All columns are formatted as text, so that ID numbers keep every digit. Paste values only."),
        _("Name, ID number, unit and mobile number are needed; the post may stay empty."),
        _("The mobile number is the name to sign in with; nobody can share it."),
        _("Somebody who took part before is recognised by ID number and name and keeps her account."),
        _("The list is imported as a whole: while one row is refused, nothing is imported."),
    ]


def _remarks(row: ListedRow | None, number: int, reading: ClassListReading) -> tuple[str, str]:
    if row is not None:
        words = {"new": _("new"), "known": _("recorded already"), "refused": _("refused")}
        reasons = [*(sentence_of(refusal) for refusal in row.refusals), *row.notes]
        return words[row.verdict], " ".join(reasons)
    if number == 1:
        return _("Verdict"), " ".join(
            [pgettext("refused row", "Reason"), *(sentence_of(problem) for problem in reading.problems)]
        )
    return "", ""


def _last_row(reading: ClassListReading) -> int:
    return max((row.number for row in reading.rows), default=1)


def _as_text(value: Any) -> str:
    return "" if value is None else str(value)
