"""A sheet to be signed as an Excel file: class minutes and signs, real numbers, ready to print on A4."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from io import BytesIO
from typing import Any

import xlsxwriter
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from xlsxwriter.utility import xl_range

from lms.attendance.selectors import Cell, PaperRow, SheetPaper
from lms.attendance.services.sheets import legend, mark_of, outcome_of, title_of
from lms.core.templatetags.lms_ui import when, who

LEAD, HEAD = 4, 3  # columns before the sessions, lines before the first learner
A4 = 9
Draw = Callable[[Any, int, int, Cell | None], None]


@dataclass(frozen=True)
class _Look:
    """Formats of one workbook."""

    title: Any
    soft: Any
    head: Any
    cell: Any
    sign: Any
    total: Any


def write_sheet(paper: SheetPaper, *, at: datetime, actor: Any) -> bytes:
    """Two tabs: class minutes, which equal the ledger to the minute, and signs; both with a place to sign.

    Text is always written as text: a name that begins with "=" is no formula.
    """
    held = BytesIO()
    with xlsxwriter.Workbook(held, {"in_memory": True}) as book:
        look = _look(book)
        for name, draw in (
            (_("Class minutes"), _write_minutes(look)),
            (pgettext("attendance", "Status"), _write_sign(look)),
        ):
            page = book.add_worksheet(name)
            _write_page(page, paper, look, draw)
            _write_frame(page, paper, look, at, actor)
    return held.getvalue()


def _look(book: Any) -> _Look:
    border = {"border": 1, "valign": "vcenter"}
    return _Look(
        title=book.add_format({"bold": True, "font_size": 14}),
        soft=book.add_format({"font_color": "#54606f"}),
        head=book.add_format({**border, "bold": True, "text_wrap": True, "align": "center"}),
        cell=book.add_format({**border, "num_format": "0"}),
        sign=book.add_format({**border, "align": "center"}),
        total=book.add_format({**border, "bold": True, "num_format": "0"}),
    )


def _write_page(page: Any, paper: SheetPaper, look: _Look, draw: Draw) -> None:
    after = LEAD + len(paper.sessions)
    names = [_("No."), pgettext("person", "Name"), _("Unit"), _("Class")]
    sessions = [
        f"{localtime(session.starts_at):%m-%d %H:%M}\n{session.course.title}\n{session.minutes}"
        for session in paper.sessions
    ]
    totals = [_("Earned (min)"), _("Missed (min)"), _("Held so far (min)"), _("Scheduled (min)"), _("Limit of absence")]
    for column, text in enumerate([*names, *sessions, *totals]):
        page.write_string(HEAD - 1, column, text, look.head)
    for line, row in enumerate(paper.rows, start=HEAD):
        _write_lead(page, line, row, look)
        for column, cell in enumerate(row.cells, start=LEAD):
            draw(page, line, column, cell)
        for column, minutes in enumerate((row.earned, row.missed, row.held, row.scheduled), start=after):
            page.write_number(line, column, minutes, look.cell)
        page.write_string(line, after + 4, outcome_of(row), look.sign)
    end = HEAD + len(paper.rows)
    page.write_string(end, 1, pgettext("sum", "Total"), look.total)
    for column, minutes in enumerate(paper.totals, start=after):
        if paper.rows:
            page.write_formula(end, column, f"=SUM({xl_range(HEAD, column, end - 1, column)})", look.total, minutes)


def _write_lead(page: Any, line: int, row: PaperRow, look: _Look) -> None:
    seat = row.enrolment
    page.write_number(line, 0, seat.number, look.cell)
    for column, text in enumerate([seat.person.name, str(seat.person.unit or ""), str(seat.group or "")], start=1):
        page.write_string(line, column, text, look.cell)


def _write_frame(page: Any, paper: SheetPaper, look: _Look, at: datetime, actor: Any) -> None:
    """Title, number, legend, the lines to sign, and how it prints."""
    term, line = paper.term, HEAD + len(paper.rows) + 2
    number = _("Check number %(number)s") % {"number": paper.number}
    state = _("final") if paper.final else _("not all sheets are closed yet")
    printed = _("Printed on %(moment)s by %(name)s") % {"moment": when(at, "year"), "name": who(actor)}
    page.write_string(0, 0, f"{term.programme.name} {term.name} · {title_of(paper)}", look.title)
    page.write_string(1, 0, f"{number} · {state} · {printed}", look.soft)
    page.write_string(line, 1, legend(paper), look.soft)
    words = [_("Class assistant (signature):"), _("Person in charge (signature):"), _("Date:"), _("Place for the seal")]
    for place, text in enumerate(words):
        page.write_string(line + 2, 1 + place * 5, text)
    page.freeze_panes(HEAD, 2)
    page.set_landscape()
    page.set_paper(A4)
    page.fit_to_pages(1, 0)
    page.repeat_rows(HEAD - 1)
    page.set_margins(left=0.4, right=0.4, top=0.5, bottom=0.6)
    page.set_footer("&L" + number.replace("&", "&&") + "&R&P / &N")
    page.set_row(HEAD - 1, 62)
    page.set_column(1, 1, 10)
    page.set_column(2, 2, 24)
    page.set_column(LEAD, LEAD + len(paper.sessions) + 4, 9)


def _write_minutes(look: _Look) -> Draw:
    def draw(page: Any, line: int, column: int, cell: Cell | None) -> None:
        if cell is not None and cell.minutes is not None:
            page.write_number(line, column, cell.minutes, look.cell)
        else:
            page.write_string(line, column, "—" if cell is None else "", look.sign)

    return draw


def _write_sign(look: _Look) -> Draw:
    def draw(page: Any, line: int, column: int, cell: Cell | None) -> None:
        page.write_string(line, column, mark_of(cell), look.sign)

    return draw
