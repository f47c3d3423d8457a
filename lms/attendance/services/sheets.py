"""Drawing attendance sheets to be signed as PDF; nothing is stored here."""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import override, pgettext

from lms.attendance.enums import Status
from lms.attendance.models import Session
from lms.attendance.rules import MARKS, sheet_number
from lms.attendance.selectors import Cell, PaperRow, SheetPaper
from lms.core.printing import draw_pages, spelled_out
from lms.core.templatetags.lms_ui import clock_time, when, who
from lms.programmes.models import Enrolment
from lms.programmes.rules import show_hours

TEMPLATE = Path(__file__).resolve().parent.parent / "data" / "sheet.typ"
SESSIONS_BESIDE = 18  # sessions that fit beside the names and the totals on A4 across


def draw_sheet(paper: SheetPaper, *, classes: str, at: datetime, actor: Any) -> bytes:
    """A4 pages of a month or a term, in class minutes and in the site's own language, whoever prints it.

    The same paper at the same moment gives the same bytes.
    """
    with override(settings.LANGUAGE_CODE):
        data = _term_data(paper, classes or _("everybody"), at, actor)
    return draw_pages(TEMPLATE, spelled_out(data), at=at)


def _term_data(paper: SheetPaper, classes: str, at: datetime, actor: Any) -> dict[str, Any]:
    return _frame(title_of(paper), paper.number, at, actor) | {
        "facts": [
            (_("Term"), f"{paper.term.programme.name} {paper.term.name}"),
            (_("Class"), classes),
            (_("Learners"), str(len(paper.rows))),
            (_("State"), _("final") if paper.final else _("not all sheets are closed yet")),
        ],
        "blocks": _blocks(paper),
        "notes": [legend(paper), _("Class minutes; one class hour has %(minutes)s.") % {"minutes": _hour(paper)}],
    }


def draw_session_sheet(session: Session, rows: Sequence[tuple[Enrolment, Cell]], *, at: datetime, actor: Any) -> bytes:
    """A4 pages of one session: who came and left when, what counts, and a place for each signature."""
    with override(settings.LANGUAGE_CODE):
        data = _session_data(session, rows, at, actor)
    return draw_pages(TEMPLATE, spelled_out(data), at=at)


def _session_data(session: Session, rows: Sequence[tuple[Enrolment, Cell]], at: datetime, actor: Any) -> dict[str, Any]:
    number = sheet_number([session.pk, [[seat.number, str(cell.status), cell.minutes] for seat, cell in rows]])
    hour = session.term.programme.class_hour_minutes
    everybody = pgettext("session", "Make-up") if session.make_up else _("everybody")
    groups = "、".join(group.name for group in session.groups.all()) or everybody
    heads = [
        _("No."),
        pgettext("person", "Name"),
        _("Unit"),
        _("Class"),
        _("Came"),
        _("Left"),
        pgettext("attendance", "Status"),
        _("Class minutes"),
        _("Reason"),
        _("Signature"),
    ]
    return _frame(pgettext("printed sheet", "Attendance of a session"), number, at, actor) | {
        "facts": [
            (_("Session"), session.course.title),
            (_("When"), f"{when(session.starts_at, 'year')}–{clock_time(session.ends_at)}"),
            (_("Where"), session.room or "—"),
            (_("Class"), groups),
            (_("Class hours"), show_hours(session.minutes, hour)),
            (_("Present"), f"{sum(1 for _seat, cell in rows if cell.proven)} / {len(rows)}"),
        ],
        "blocks": [
            {
                "caption": "",
                "heads": heads,
                "widths": [10, 22, 0, 22, 14, 14, 26, 20, 44, 34],
                "names": 4,
                "tall": True,
                "rows": [_session_line(session, seat, cell) for seat, cell in rows],
            }
        ],
        "notes": [],
    }


def title_of(paper: SheetPaper) -> str:
    """What the sheet is called."""
    if not paper.month:
        return _("Attendance sheet of the term")
    year, month = paper.month.split("-")
    return _("Attendance sheet of %(year)s-%(month)s") % {"year": year, "month": month}


def mark_of(cell: Cell | None) -> str:
    """The sign of a cell, and its minutes unless all of them or none count."""
    if cell is None:
        return MARKS["before"]
    sign = MARKS[cell.status]
    return sign if cell.minutes in (None, 0, cell.session.minutes) else f"{sign}{cell.minutes}"


def legend(paper: SheetPaper) -> str:
    """The signs that are used, and what they mean."""
    used = {Status(cell.status) for row in paper.rows for cell in row.cells if cell is not None}
    used |= {Status.BEFORE} if any(None in row.cells for row in paper.rows) else set()
    words = [f"{MARKS[status]} {status.label}" for status in Status if status in used and MARKS[status]]
    return "　".join([*words, _("a number: the class minutes that count, where not all or none do")])


def outcome_of(row: PaperRow) -> str:
    """Whether the learner is within the limit of absence (R12)."""
    return _("over") if row.standing.exceeded else _("within")


def _frame(heading: str, number: str, at: datetime, actor: Any) -> dict[str, Any]:
    return {
        "title": f"{heading} {number}",
        "heading": heading,
        "number": _("Check number %(number)s") % {"number": number},
        "sign": [_("Class assistant (signature):"), _("Person in charge (signature):"), _("Date:")],
        "seal": _("Place for the seal"),
        "printed": _("Printed on %(moment)s by %(name)s") % {"moment": when(at, "year"), "name": who(actor)},
        "page": pgettext("printed sheet", "Page {page} of {pages}"),
    }


def _blocks(paper: SheetPaper) -> list[dict[str, Any]]:
    """Sessions beside the names, as many as fit; the totals stand in the last block."""
    count = len(paper.sessions)
    parts = max(1, -(-count // SESSIONS_BESIDE))
    beside = -(-count // parts) or 1
    return [_block(paper, part * beside, min(count, (part + 1) * beside), part == parts - 1) for part in range(parts)]


def _block(paper: SheetPaper, first: int, last: int, final: bool) -> dict[str, Any]:
    sessions = paper.sessions[first:last]
    heads = [_("No."), pgettext("person", "Name"), _("Class")]
    heads += [
        f"{localtime(session.starts_at):%m-%d}\n{clock_time(session.starts_at)}\n{session.minutes}"
        for session in sessions
    ]
    totals = [_("Earned"), _("Missed"), _("Held"), _("Scheduled"), _("Limit")] if final else []
    rows = [
        [str(row.enrolment.number), row.enrolment.person.name, str(row.enrolment.group or "")]
        + [mark_of(cell) for cell in row.cells[first:last]]
        + ([*map(str, (row.earned, row.missed, row.held, row.scheduled)), outcome_of(row)] if final else [])
        for row in paper.rows
    ]
    if final:
        rows.append(["", pgettext("sum", "Total"), "", *[""] * len(sessions), *map(str, paper.totals), ""])
    return {
        "caption": _("Sessions %(first)s to %(last)s of %(count)s")
        % {"first": first + 1, "last": last, "count": len(paper.sessions)}
        if len(paper.sessions) > SESSIONS_BESIDE
        else "",
        "heads": heads + totals,
        "widths": [9, 20, 18] + [0] * len(sessions) + [13, 12, 12, 14, 11][: len(totals)],
        "names": 3,
        "tall": False,
        "rows": rows,
    }


def _session_head(session: Session) -> str:
    return f"{localtime(session.starts_at):%m-%d}\n{clock_time(session.starts_at)}\n{session.minutes}"


def _session_line(session: Session, seat: Enrolment, cell: Cell) -> list[str]:
    minutes = f"{cell.proven} / {session.minutes}" if cell.counts else "—"
    return [
        str(seat.number),
        seat.person.name,
        str(seat.person.unit or ""),
        str(seat.group or ""),
        clock_time(cell.arrived),
        clock_time(cell.left),
        str(cell.status.label),
        minutes if cell.minutes is not None else f"({cell.proven})",
        cell.reason,
        "",
    ]


def _hour(paper: SheetPaper) -> int:
    return paper.term.programme.class_hour_minutes
