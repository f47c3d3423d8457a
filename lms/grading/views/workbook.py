"""The grade sheet as a workbook that is printed and signed."""

from collections.abc import Sequence
from datetime import datetime
from io import BytesIO
from typing import Any

import xlsxwriter
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from lms.core.templatetags.lms_ui import when
from lms.programmes.models import Term


def write_sheet(term: Term, headings: Sequence[str], lines: Sequence[Sequence[Any]], *, at: datetime) -> bytes:
    """A4 landscape, heads repeated on every page, source and moment, lines to sign on at the end."""
    buffer = BytesIO()
    with xlsxwriter.Workbook(buffer, {"in_memory": True, "strings_to_formulas": False}) as book:
        page = book.add_worksheet(_("Final results"))
        _set_paper(page)
        bold = book.add_format({"bold": True, "font_size": 14})
        head = book.add_format({"bold": True, "border": 1, "text_wrap": True, "align": "center"})
        cell, figure = book.add_format({"border": 1}), book.add_format({"border": 1, "num_format": "0.00"})
        page.write_string(0, 0, f"{term.programme} {term} {_('Results')}", bold)
        page.write_string(1, 0, _("Drawn up %(when)s") % {"when": when(at, "year")})
        titles = [
            _("Serial no."),
            pgettext("person", "Name"),
            _("Unit"),
            _("Class"),
            *headings,
            _("Total"),
            _("Outcome"),
        ]
        for column, title in enumerate(titles):
            page.write_string(3, column, title, head)
        for number, line in enumerate(lines, start=4):
            _write_line(page, number, line, cell, figure)
        foot = len(lines) + 6
        for offset, sign in enumerate((_("Examiner (signature)"), _("Administrator (signature)"), _("Date"))):
            page.write_string(foot, offset * 4, f"{sign}：________________")
    return buffer.getvalue()


def _set_paper(page: Any) -> None:
    page.set_landscape()
    page.set_paper(9)
    page.fit_to_pages(1, 0)
    page.repeat_rows(3)
    page.freeze_panes(4, 2)
    page.set_column(0, 0, 6)
    page.set_column(1, 1, 12)
    page.set_column(2, 2, 30)
    page.set_column(3, 11, 11)


def _write_line(page: Any, number: int, line: Sequence[Any], cell: Any, figure: Any) -> None:
    last = len(line) - 1
    for column, value in enumerate(line):
        if 4 <= column < last and value != "":
            page.write_number(number, column, float(value), figure)
        elif column == 0:
            page.write_number(number, column, value, cell)
        else:
            page.write_string(number, column, str(value), cell)
