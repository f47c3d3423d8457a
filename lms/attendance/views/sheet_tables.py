"""The sheet of a term as HTML. 50 rows have 1,800 cells: each kind of cell is written once, then repeated."""

from collections.abc import Collection
from functools import cache

from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from lms.attendance.enums import Status
from lms.attendance.models import Session
from lms.attendance.selectors import Cell, PaperRow, SheetPaper
from lms.core.templatetags.lms_ui import class_hours


def write_table(paper: SheetPaper, excluded: Collection[int], *, framed: str = "") -> tuple[SafeString, SafeString]:
    """Heads of the sessions and the rows.

    `excluded` are ids of seats whose exclusion is confirmed; cells of the status `framed` stand out.
    """
    write = _Writer(paper.term.programme.class_hour_minutes, excluded, framed)
    heads = "".join(_head(session) for session in paper.sessions)
    return SafeString(heads), SafeString("\n".join(write.row(row) for row in paper.rows))


def _head(session: Session) -> SafeString:
    starts = localtime(session.starts_at)
    return format_html(
        '<th scope="col"><a href="{}" title="{}">{}<br>{}</a></th>',
        reverse("lms_attendance_admin:sheet", args=[session.pk]),
        session.course.title,
        f"{starts.month}-{starts.day}",
        f"{starts:%H:%M}",
    )


class _Writer:
    """Of one answer, because words depend on its language."""

    def __init__(self, class_hour: int, excluded: Collection[int], framed: str) -> None:
        self.excluded, self.framed = excluded, framed
        self.hours = cache(lambda minutes: class_hours(minutes, class_hour))
        self.cell = cache(self._cell)
        self.badge = cache(_badge)

    def row(self, row: PaperRow) -> str:
        seat, standing = row.enrolment, row.standing
        state = "excluded" if seat.pk in self.excluded else standing.outlook
        lead = format_html(
            '<tr><th scope="row">{}{}</th><td>{}</td><td>{}</td><td>{} / {}</td><td{}>{}</td><td>{}</td><td>{}</td>',
            seat.person.name,
            self.badge(state),
            seat.number,
            seat.group.name if seat.group else "",
            self.hours(row.earned),
            self.hours(row.held),
            BAD if standing.exceeded else "",
            self.hours(row.missed),
            self.hours(standing.may_still_miss),
            self.hours(standing.expected_missed),
        )
        return "".join([lead, *map(self._said, row.cells), "</tr>"])

    def _said(self, cell: Cell | None) -> SafeString:
        if cell is None:
            return NOTHING
        return self.cell(cell.status, cell.minutes, bool(cell.missed), bool(cell.made_up))

    def _cell(self, status: Status, minutes: int | None, missed: bool, made_up: bool) -> SafeString:
        word = str(Status(status).label)
        looks = [name for name, wanted in (("lms-bad", missed), ("lms-framed", status == self.framed)) if wanted]
        return format_html(
            '<td title="{}"{}>{}{}</td>',
            word,
            format_html(' class="{}"', " ".join(looks)) if looks else "",
            "" if minutes is None else self.hours(minutes),
            format_html('<abbr title="{}">☆</abbr>', word) if made_up and minutes is not None else "",
        )


NOTHING = SafeString("<td>—</td>")
BAD = SafeString(' class="lms-bad"')


def _badge(state: str) -> SafeString:
    """How near the limit of absence she is (R12), and whether the exclusion is confirmed."""
    if state == "excluded":
        return format_html(' <span class="w-status lms-bad">{}</span>', _("Excluded"))
    if state == "over":
        return format_html(' <span class="w-status lms-bad">{}</span>', _("over the limit"))
    if state != "clear":
        return format_html(' <span class="w-status">{}</span>', _("near the limit"))
    return SafeString("")
