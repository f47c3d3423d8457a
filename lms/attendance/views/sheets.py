"""The sheet of a term on screen, and sheets to be signed as Excel and PDF."""

from dataclasses import dataclass
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from lms.attendance.enums import Status
from lms.attendance.permissions import RunScope, sheet_policy
from lms.attendance.selectors import (
    Row,
    TermSheet,
    exclusions_in_force,
    months_of,
    paper_of,
    session_rows,
    term_sheet,
)
from lms.attendance.services.sheets import draw_session_sheet, draw_sheet
from lms.attendance.views.backoffice import session_for
from lms.attendance.views.exports import write_sheet
from lms.attendance.views.terms import chosen_term
from lms.people.viewsets import role_required
from lms.programmes.models import Enrolment, Term

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
PDF = "application/pdf"
NEAR, OVER = "near", "over"
LIMITS = [(NEAR, _("near or over the limit")), (OVER, _("over the limit"))]


@dataclass(frozen=True)
class Choice:
    """What of the sheet was asked for: a class, a month, a status, who is near or over the limit, words."""

    group: str
    month: str
    status: str
    limit: str
    words: str

    @classmethod
    def of(cls, request: HttpRequest) -> "Choice":
        """From the address."""
        asked = {name: request.GET.get(name, "").strip() for name in ("group", "month", "status", "limit", "q")}
        return cls(asked["group"], asked["month"], asked["status"], asked["limit"], asked["q"].lower())

    def wants_seat(self, seat: Enrolment) -> bool:
        """By class and words: name, pinyin or unit."""
        person = seat.person
        return (not self.group or str(seat.group_id) == self.group) and (
            not self.words
            or self.words in person.name.lower()
            or self.words in person.pinyin
            or self.words in str(person.unit or "").lower()
        )

    def wants_row(self, row: Row) -> bool:
        """By outlook and status."""
        if self.limit == OVER and not row.standing.exceeded:
            return False
        if self.limit == NEAR and row.standing.outlook == "clear":
            return False
        return not self.status or any(cell is not None and cell.status == self.status for cell in row.cells)


@require_safe
@role_required(sheet_policy, "view")
def term(request: HttpRequest) -> HttpResponse:
    """Learners by sessions with totals from the ledger; `?export=xlsx` and `?export=pdf` as a sheet to sign."""
    chosen, terms = chosen_term(request)
    if chosen is None:
        return render(request, "lms_attendance/admin/no_term.html")
    scope, choice = RunScope(request.user, chosen), Choice.of(request)
    found = term_sheet(chosen, only=lambda seat: scope.covers(seat) and choice.wants_seat(seat))
    months = months_of(found.sessions)
    if choice.month and choice.month not in months:
        raise Http404
    sheet = TermSheet(found.sessions, [row for row in found.rows if choice.wants_row(row)])
    paper = paper_of(chosen, sheet, month=choice.month)
    if request.GET.get("export") in ("xlsx", "pdf"):
        return _file(request, chosen, choice, paper)
    context = {
        "term": chosen,
        "terms": terms,
        "paper": paper,
        "choice": choice,
        "months": months,
        "groups": [group for group in chosen.groups.all() if group.pk not in scope.closed_to_user],
        "statuses": [(status.value, status.label) for status in Status],
        "limits": LIMITS,
        "excluded": exclusions_in_force(chosen),
        "hour": chosen.programme.class_hour_minutes,
    }
    return render(request, "lms_attendance/admin/term_sheet.html", context)


@require_safe
@role_required(sheet_policy, "view")
def session(request: HttpRequest, pk: int) -> HttpResponse:
    """The sheet of one session to print and sign."""
    found, scope = session_for(request, pk)
    rows = [(seat, cell) for seat, cell in session_rows(found) if scope.covers(seat)]
    drawn = draw_session_sheet(found, rows, at=timezone.now(), actor=request.user)
    return _answer(drawn, PDF, f"attendance-{found.term.code}-{found.pk}.pdf")


def _file(request: HttpRequest, term: Term, choice: Choice, paper: Any) -> HttpResponse:
    now = timezone.now()
    name = "-".join(filter(None, ["attendance", term.code, choice.month]))
    if request.GET["export"] == "xlsx":
        return _answer(write_sheet(paper, at=now, actor=request.user), XLSX, f"{name}.xlsx")
    groups = {str(group.pk): group.name for group in term.groups.all()}
    drawn = draw_sheet(paper, classes=groups.get(choice.group, ""), at=now, actor=request.user)
    return _answer(drawn, PDF, f"{name}.pdf")


def _answer(content: bytes, kind: str, name: str) -> HttpResponse:
    answer = HttpResponse(content, content_type=kind)
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer
