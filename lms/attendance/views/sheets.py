"""The sheet of a term on screen, and sheets to be signed as Excel and PDF."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from lms.attendance.enums import Status
from lms.attendance.permissions import RunScope, sheet_policy
from lms.attendance.selectors import (
    Row,
    SheetPaper,
    TermSheet,
    months_of,
    paper_of,
    session_rows,
    sheet_page,
    term_sheet,
)
from lms.attendance.services.sheets import draw_session_sheet, draw_sheet
from lms.attendance.views.asked import words_of
from lms.attendance.views.backoffice import session_for
from lms.attendance.views.exports import write_sheet
from lms.attendance.views.sheet_tables import write_table
from lms.attendance.views.terms import chosen_term
from lms.people.viewsets import role_required
from lms.programmes.models import ClassGroup, Term

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
        words = words_of(asked["q"]).lower()
        return cls(asked["group"], asked["month"], asked["status"], asked["limit"], words)

    def among(self, scope: RunScope, groups: Sequence[ClassGroup]) -> Q:
        """Seats by class and words (name, pinyin or unit), of those she answers for."""
        found = ~Q(group__in=scope.closed_to_user) if scope.closed_to_user else Q()
        if self.group:
            found &= Q(group__in=[group for group in groups if str(group.pk) == self.group])
        if self.words:
            found &= (
                Q(person__name__icontains=self.words)
                | Q(person__pinyin__icontains=self.words)
                | Q(person__unit__name__icontains=self.words)
            )
        return found

    @property
    def wants(self) -> Callable[[Row], bool] | None:
        """By outlook and status; None where neither is asked for."""
        return self._wants_row if self.status or self.limit else None

    def _wants_row(self, row: Row) -> bool:
        if self.limit == OVER and not row.standing.exceeded:
            return False
        if self.limit == NEAR and row.standing.outlook == "clear":
            return False
        return not self.status or any(cell is not None and cell.status == self.status for cell in row.cells)


@require_safe
@role_required(sheet_policy, "view")
def term(request: HttpRequest) -> HttpResponse:
    """Learners by sessions with totals from the ledger, in pages; `?export=xlsx` and `?export=pdf` as a sheet to sign.

    The check number is that of everybody who matches, like the sheet to sign: where they fill more than one page it
    is worked out when asked for (`?number=1`, decision 14).
    """
    chosen, terms = chosen_term(request)
    if chosen is None:
        return render(request, "lms_attendance/admin/no_term.html")
    scope, choice, groups = RunScope(request.user, chosen), Choice.of(request), list(chosen.groups.all())
    among = choice.among(scope, groups)
    if request.GET.get("export") in ("xlsx", "pdf"):
        return _file(request, choice, _whole(chosen, choice, among), groups)
    found = sheet_page(chosen, among=among, wants=choice.wants, asked=request.GET.get("page", ""))
    paper = _paper(chosen, choice, found.sheet)
    number = paper.number if found.is_whole else ""
    if request.GET.get("number") and not number:
        number = _whole(chosen, choice, among).number
    context = {
        "term": chosen,
        "terms": terms,
        "paper": paper,
        "page": found.page,
        "pages": found.page.paginator.get_elided_page_range(found.page.number, on_each_side=2, on_ends=1),
        "number": number,
        "table": write_table(paper, found.excluded, framed=choice.status),
        "choice": choice,
        "months": months_of(found.sheet.sessions),
        "groups": [group for group in groups if group.pk not in scope.closed_to_user],
        "status_word": dict(Status.choices).get(choice.status, ""),
        "statuses": [(status.value, status.label) for status in Status],
        "limits": LIMITS,
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


def _whole(term: Term, choice: Choice, among: Q) -> SheetPaper:
    return _paper(term, choice, term_sheet(term, among=among, wants=choice.wants))


def _paper(term: Term, choice: Choice, sheet: TermSheet) -> SheetPaper:
    if choice.month and choice.month not in months_of(sheet.sessions):
        raise Http404
    return paper_of(term, sheet, month=choice.month)


def _file(request: HttpRequest, choice: Choice, paper: SheetPaper, groups: Sequence[ClassGroup]) -> HttpResponse:
    now = timezone.now()
    name = "-".join(filter(None, ["attendance", paper.term.code, choice.month]))
    if request.GET["export"] == "xlsx":
        return _answer(write_sheet(paper, at=now, actor=request.user), XLSX, f"{name}.xlsx")
    names = {str(group.pk): group.name for group in groups}
    drawn = draw_sheet(paper, classes=names.get(choice.group, ""), at=now, actor=request.user)
    return _answer(drawn, PDF, f"{name}.pdf")


def _answer(content: bytes, kind: str, name: str) -> HttpResponse:
    answer = HttpResponse(content, content_type=kind)
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer
