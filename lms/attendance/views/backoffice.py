"""The class assistant's screens in the back office: the sheet of a session, and closing it."""

from collections import Counter
from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from lms.attendance.enums import SessionState, Status
from lms.attendance.forms import CorrectionForm
from lms.attendance.models import Session
from lms.attendance.permissions import RunScope, flag_policy, leave_policy, paper_policy, session_policy, sheet_policy
from lms.attendance.selectors import corrections_of, headcount_on, room_notes, session_rows
from lms.attendance.services import close_session, headcount_refusal
from lms.attendance.views.asked import numbers_of, words_of
from lms.core.exceptions import DomainError
from lms.people.viewsets import role_required

SHEET = "lms_attendance_admin:sheet"


@require_safe
@role_required(sheet_policy, "view")
def sheet(request: HttpRequest, pk: int) -> HttpResponse:
    """One session: everybody expected, when they came and left, what counts and why."""
    session, scope = session_for(request, pk)
    ticked = numbers_of(request.GET.getlist("seat"))
    return show_sheet(request, session, scope, None, ticked)


@require_http_methods(["GET", "HEAD", "POST"])
@role_required(sheet_policy, "close")
def close(request: HttpRequest, pk: int) -> HttpResponse:
    """Say what closing means for how many; POST closes the sheet and credits the hours."""
    session, _scope = session_for(request, pk)
    if request.method != "POST":
        return _show_closing(request, session)
    reason = words_of(request.POST.get("without_headcount", ""))
    done = attempt(
        request,
        lambda: close_session(session, at=timezone.now(), actor=request.user, without_headcount=reason),
        _("The sheet is closed and the class hours are credited."),
    )
    return redirect(SHEET if done else "lms_attendance_admin:close", pk=pk)


def attempt(request: HttpRequest, act: Callable[[], Any], said: str) -> bool:
    """Do it and say so, or show every refusal with its figures."""
    try:
        act()
    except DomainError as problem:
        for refusal in problem.refusals:
            messages.error(request, " ".join(filter(None, (str(refusal.sentence), str(refusal.explanation)))))
        return False
    messages.success(request, said)
    return True


def session_for(request: HttpRequest, pk: int) -> tuple[Session, RunScope]:
    """The session and the learners this member of staff answers for; 403 for a session of other classes."""
    session = get_object_or_404(
        Session.objects.select_related("term__programme", "course", "instructor__person").prefetch_related("groups"),
        pk=pk,
    )
    scope = RunScope(request.user, session.term)
    if not scope.covers_session(session):
        raise PermissionDenied
    return session, scope


def show_sheet(
    request: HttpRequest,
    session: Session,
    scope: RunScope,
    form: CorrectionForm | None,
    ticked: set[int] | None = None,
) -> HttpResponse:
    """The sheet of her learners; `?status=` narrows it to a word, and `form` is the correction being entered."""
    rows = [(seat, cell) for seat, cell in session_rows(session) if scope.covers(seat)]
    words = Counter(cell.status for _seat, cell in rows)
    status = request.GET.get("status", "")
    status = status if status in Status.values else ""
    context = {
        "session": session,
        "rows": rows,
        "shown": [row for row in rows if status in ("", str(row[1].status))],
        "status": status,
        "counts": [(word, word.label, count) for word in Status if (count := words[word])],
        "history": corrections_of(session),
        "notes": room_notes(session, at=timezone.now()),
        "form": form or CorrectionForm(owner=request.user, at=timezone.now(), reference=str(session.pk)),
        "ticked": ticked or set(),
        "hour": session.term.programme.class_hour_minutes,
        "here": sum(1 for _seat, cell in rows if cell.arrived),
        "out": sum(1 for _seat, cell in rows if cell.left),
        "earned": sum(cell.proven for _seat, cell in rows),
        "may_plan": session_policy.allows(request.user, "view"),
        "may_change": session_policy.allows(request.user, "change"),
        "may_tick": sheet_policy.allows(request.user, "correct") and session.state != SessionState.CANCELLED,
        "may_grant": leave_policy.allows(request.user, "decide"),
        "may_print": paper_policy.allows(request.user, "enter"),
        "may_close": sheet_policy.allows(request.user, "close"),
        "may_flag": flag_policy.allows(request.user, "decide"),
        "may_board": sheet_policy.allows(request.user, "board"),
        "has_room": headcount_on() or bool(session.mid_check_minutes),
        "began": timezone.now() >= session.starts_at,
    }
    return render(request, "lms_attendance/admin/sheet.html", context)


def _show_closing(request: HttpRequest, session: Session) -> HttpResponse:
    if session.state not in (SessionState.PLANNED, SessionState.OPEN):
        return redirect(SHEET, pk=session.pk)
    rows = session_rows(session)
    context = {
        "session": session,
        "uncounted": headcount_refusal(session),
        "rows": rows,
        "early": timezone.now() < session.ends_at,
        "here": sum(1 for _seat, cell in rows if cell.arrived),
        "open": sum(1 for _seat, cell in rows if cell.arrived and not cell.left),
        "away": sum(1 for _seat, cell in rows if not cell.arrived),
    }
    return render(request, "lms_attendance/admin/close.html", context)
