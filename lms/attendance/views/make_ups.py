"""Back-office screens of make-up sessions: who missed what, where it is made up, and taking a seat back (R12)."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from lms.attendance.enums import SessionState
from lms.attendance.forms import MakeUpForm
from lms.attendance.models import MakeUpSeat, Session
from lms.attendance.permissions import RunScope, session_policy, sheet_policy
from lms.attendance.selectors import Cell, TermSheet, make_up_sessions, session_rows, term_sheet
from lms.attendance.services import assign_make_up, plan_make_up, withdraw_make_up
from lms.attendance.views.asked import words_of
from lms.attendance.views.backoffice import attempt, session_for
from lms.attendance.views.terms import chosen_term
from lms.people.viewsets import role_required
from lms.programmes.models import Enrolment, Term

LIST = "lms_attendance_admin:make_ups"


@dataclass(frozen=True)
class Missing:
    """A closed session: how many missed something of it, and how many of them have a make-up seat."""

    session: Session
    learners: int
    assigned: int


@require_safe
@role_required(sheet_policy, "view")
def make_ups(request: HttpRequest) -> HttpResponse:
    """Closed sessions of which somebody missed something, and the make-up sessions with their learners."""
    term, terms = chosen_term(request)
    if term is None:
        return render(request, "lms_attendance/admin/no_term.html")
    scope = RunScope(request.user, term)
    context = {
        "term": term,
        "terms": terms,
        "missing": list(_missing(term_sheet(term, only=scope.covers))),
        "sessions": _with_own_seats(term, scope),
        "hour": term.programme.class_hour_minutes,
        "may_change": session_policy.allows(request.user, "change"),
    }
    return render(request, "lms_attendance/admin/make_ups.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@role_required(sheet_policy, "view")
def missed(request: HttpRequest, pk: int) -> HttpResponse:
    """Who missed this session by how much; POST lets those ticked make it up, in a new session or one that is there."""
    session, scope = session_for(request, pk)
    rows = [(seat, cell) for seat, cell in session_rows(session) if scope.covers(seat) and _missed(cell)]
    form = MakeUpForm(request.POST or None, missed=session)
    ticked = set(request.POST.getlist("seat"))
    if request.method == "POST":
        session_policy.require(request.user, "change")
        seats = [seat for seat, _cell in rows if str(seat.pk) in ticked]
        if not seats:
            form.add_error(None, _("Tick at least one learner."))
        if form.is_valid() and seats and _assign(request, session, form, seats):
            return redirect(request.path)
    context = {
        "session": session,
        "rows": rows,
        "form": form,
        "ticked": ticked,
        "to_assign": any(cell.missed and not cell.made_up_in for _seat, cell in rows),
        "hour": session.term.programme.class_hour_minutes,
        "may_change": session_policy.allows(request.user, "change") and session.state == SessionState.CLOSED,
    }
    return render(request, "lms_attendance/admin/missed.html", context)


@require_POST
@role_required(session_policy, "change")
def withdraw(request: HttpRequest, pk: int) -> HttpResponse:
    """Take a make-up seat back, with a reason."""
    seat = get_object_or_404(MakeUpSeat.objects.select_related("session__term", "enrolment__person"), pk=pk)
    if not RunScope(request.user, seat.session.term).covers(seat.enrolment):
        raise PermissionDenied
    reason, now = words_of(request.POST.get("reason", "")), timezone.now()
    attempt(
        request,
        lambda: withdraw_make_up(seat, reason=reason, at=now, actor=request.user),
        _("%(name)s no longer makes this session up.") % {"name": seat.enrolment.person.name},
    )
    return redirect(f"{reverse(LIST)}?term={seat.session.term_id}")


def _assign(request: HttpRequest, session: Session, form: MakeUpForm, seats: list[Enrolment]) -> bool:
    now, chosen = timezone.now(), form.cleaned_data["session"]

    def act() -> Any:
        if chosen is not None:
            return assign_make_up(chosen, session, seats, at=now, actor=request.user)
        return plan_make_up(session, form.plan(), seats, at=now, actor=request.user)

    said = ngettext(
        "%(count)s learner makes it up and is told.", "%(count)s learners make it up and are told.", len(seats)
    )
    return attempt(request, act, said % {"count": len(seats)})


def _missing(sheet: TermSheet) -> Iterable[Missing]:
    """The latest session first; what was made up in full is no longer missing."""
    for place in reversed(range(len(sheet.sessions))):
        cells = [row.cells[place] for row in sheet.rows]
        lost = [cell for cell in cells if cell is not None and cell.missed]
        if lost:
            assigned = sum(1 for cell in lost if cell.made_up_in is not None)
            yield Missing(sheet.sessions[place], len(lost), assigned)


def _with_own_seats(term: Term, scope: RunScope) -> list[tuple[Session, list[MakeUpSeat]]]:
    """The latest first."""
    rows = []
    for session in make_up_sessions(term):
        seats: list[MakeUpSeat] = session.__dict__["live_seats"]
        rows.append((session, [seat for seat in seats if scope.covers(seat.enrolment)]))
    return rows[::-1]


def _missed(cell: Cell) -> bool:
    return bool(cell.missed) or cell.made_up > 0
