"""Sheets to be signed: a month or the whole term of some learners, with totals that equal the class-hour ledger."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from django.utils.timezone import localdate

from lms.attendance.models import Session
from lms.attendance.rules import sheet_number
from lms.attendance.selectors.cells import Cell
from lms.attendance.selectors.sheets import Row, TermSheet
from lms.attendance.selectors.standing import Standing
from lms.programmes.models import Enrolment, Term


@dataclass(frozen=True)
class PaperRow:
    """One learner over the sessions of the paper, in class minutes; `standing` is that of the whole term.

    `held` is what the closed sessions that count for her were scheduled for, `scheduled` all of them.
    """

    enrolment: Enrolment
    cells: Sequence[Cell | None]
    standing: Standing
    earned: int
    missed: int
    held: int
    scheduled: int


@dataclass(frozen=True)
class SheetPaper:
    """`month` is "2025-03", or "" for the whole term. `final` says that every sheet of it is closed."""

    term: Term
    month: str
    sessions: Sequence[Session]
    rows: Sequence[PaperRow]
    final: bool

    @property
    def totals(self) -> tuple[int, int, int, int]:
        """Earned, missed, held and scheduled class minutes of everybody."""
        rows = self.rows
        return (
            sum(row.earned for row in rows),
            sum(row.missed for row in rows),
            sum(row.held for row in rows),
            sum(row.scheduled for row in rows),
        )

    @cached_property
    def number(self) -> str:
        """Stands on the paper and on the screen; as long as both are equal the paper says what the data say."""
        rows = [
            [row.enrolment.number, row.enrolment.person.name, [_said(cell) for cell in row.cells]] for row in self.rows
        ]
        return sheet_number([self.term.code, self.month, [session.pk for session in self.sessions], rows])


def months_of(sessions: Sequence[Session]) -> list[str]:
    """Calendar months in Asia/Shanghai in which there are sessions, like "2025-03"."""
    return sorted({_month(session) for session in sessions})


def paper_of(term: Term, sheet: TermSheet, *, month: str = "") -> SheetPaper:
    """The sheet of one calendar month, or of the whole term without one. No query."""
    places = [place for place, session in enumerate(sheet.sessions) if not month or _month(session) == month]
    sessions = [sheet.sessions[place] for place in places]
    rows = [_row(row, [row.cells[place] for place in places]) for row in sheet.rows]
    final = bool(sessions) and all(session.state == "closed" for session in sessions)
    return SheetPaper(term, month, sessions, rows, final)


def _row(row: Row, cells: Sequence[Cell | None]) -> PaperRow:
    counted = [cell for cell in cells if cell is not None]
    closed = [cell for cell in counted if cell.minutes is not None]
    return PaperRow(
        enrolment=row.enrolment,
        cells=cells,
        standing=row.standing,
        earned=sum(cell.minutes or 0 for cell in closed),
        missed=sum(cell.missed for cell in closed),
        held=sum(cell.session.minutes for cell in closed),
        scheduled=sum(cell.session.minutes for cell in counted),
    )


def _month(session: Session) -> str:
    return f"{localdate(session.starts_at):%Y-%m}"


def _said(cell: Cell | None) -> list[str | int | None] | None:
    return None if cell is None else [str(cell.status), cell.minutes]
