"""What the class assistant enters for the learners ticked on a sheet: other minutes, or leave."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from lms.attendance.forms import CorrectionForm, GrantLeaveForm
from lms.attendance.models import Session
from lms.attendance.permissions import RunScope, leave_policy, sheet_policy
from lms.attendance.selectors import preview_corrections
from lms.attendance.services import Correction, correct_attendance, grant_leave
from lms.attendance.views.asked import numbers_of
from lms.attendance.views.backoffice import SHEET, attempt, session_for, show_sheet
from lms.people.viewsets import role_required
from lms.programmes.models import Enrolment


@require_POST
@role_required(sheet_policy, "correct")
def correct(request: HttpRequest, pk: int) -> HttpResponse:
    """Other minutes for the learners ticked, with a reason; with `preview` what it would change, and nothing more."""
    session, scope = session_for(request, pk)
    form = CorrectionForm(request.POST, request.FILES, owner=request.user, at=timezone.now(), reference=str(pk))
    seats = _ticked(request, session, scope)
    if not seats:
        form.add_error(None, _("Tick at least one learner."))
    if not form.is_valid():
        return show_sheet(request, session, scope, form, {seat.pk for seat in seats})
    if "preview" in request.POST:
        return _show_preview(request, session, form, seats)
    if _correct(request, session, form, seats):
        return redirect(SHEET, pk=pk)
    return show_sheet(request, session, scope, form, {seat.pk for seat in seats})


@require_POST
@role_required(leave_policy, "decide")
def enter_leave(request: HttpRequest, pk: int) -> HttpResponse:
    """Leave for the learners ticked, also after the session, with a reason."""
    session, scope = session_for(request, pk)
    form = GrantLeaveForm(request.POST, request.FILES, owner=request.user, at=timezone.now(), reference=str(pk))
    seats = _ticked(request, session, scope)
    if not seats:
        form.add_error(None, _("Tick at least one learner."))
    if form.is_valid():
        reason = form.cleaned_data["reason"]
        said = ngettext("Leave entered for %(count)s learner.", "Leave entered for %(count)s learners.", len(seats))
        if attempt(
            request,
            lambda: grant_leave(
                session, seats, reason=reason, at=timezone.now(), actor=request.user, evidence=form.file
            ),
            said % {"count": len(seats)},
        ):
            return redirect(SHEET, pk=pk)
    return show_sheet(request, session, scope, form, {seat.pk for seat in seats})


def _correct(request: HttpRequest, session: Session, form: CorrectionForm, seats: list[Enrolment]) -> bool:
    minutes = form.minutes_for(session)
    wanted = [Correction(seat, minutes) for seat in seats]
    reason, now = form.cleaned_data["reason"], timezone.now()
    said = ngettext("%(count)s learner corrected.", "%(count)s learners corrected.", len(seats))
    return attempt(
        request,
        lambda: correct_attendance(session, wanted, reason=reason, at=now, actor=request.user, evidence=form.file),
        said % {"count": len(seats)},
    )


def _show_preview(request: HttpRequest, session: Session, form: CorrectionForm, seats: list[Enrolment]) -> HttpResponse:
    changes = preview_corrections(session, seats, form.minutes_for(session))
    context: dict[str, Any] = {
        "session": session,
        "form": form,
        "changes": changes,
        "altered": sum(change.alters for change in changes),
        "hour": session.term.programme.class_hour_minutes,
    }
    return render(request, "lms_attendance/admin/correct.html", context)


def _ticked(request: HttpRequest, session: Session, scope: RunScope) -> list[Enrolment]:
    """The learners ticked that are hers; 403 for a form without any of hers."""
    wanted = numbers_of(request.POST.getlist("seat"))
    seats = Enrolment.objects.filter(pk__in=wanted, term=session.term).select_related("group", "person")
    mine = [seat for seat in seats.order_by("number") if scope.covers(seat)]
    if wanted and not mine:
        raise PermissionDenied
    return mine
