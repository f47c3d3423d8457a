"""The paper roll in the back office: print, find by code, type in, confirm by a second person."""

from datetime import datetime
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from lms.attendance.enums import PaperState, SessionState
from lms.attendance.forms import CodeForm, ReasonForm, RollForm
from lms.attendance.models import PaperRoll, PaperSheet
from lms.attendance.permissions import RunScope, paper_policy
from lms.attendance.rules import Pair
from lms.attendance.selectors import (
    compare_sheet,
    expected_enrolments,
    find_roll,
    latest_sheet,
    pairs_of,
    paper_seats,
    rolls,
    rolls_in_scope,
)
from lms.attendance.services import confirm_sheet, draw_roll, enter_roll, print_roll, rare_names, send_back_sheet
from lms.attendance.views.backoffice import attempt, session_for
from lms.core.conf import core_settings
from lms.core.exceptions import DomainError
from lms.people.viewsets import role_required
from lms.programmes.models import Enrolment

ROLL, SHEET, LIST = (f"lms_attendance_admin:{name}" for name in ("paper_roll", "paper_sheet", "paper"))
SHOWN = 100


@require_safe
@role_required(paper_policy, "view")
def paper(request: HttpRequest) -> HttpResponse:
    """Find a roll by its code; the rolls printed last, those that wait for a second person first."""
    form = CodeForm(request.GET or None)
    if request.GET and form.is_valid():
        roll = find_roll(form.cleaned_data["code"])
        if roll is not None:
            return redirect(ROLL, code=roll.code)
        form.add_error("code", _("No roll has this code. Compare it with the paper."))
    mine = rolls_in_scope(request.user, rolls()[:SHOWN])
    found = [(roll, latest_sheet(roll)) for roll in mine]
    found.sort(key=lambda pair: pair[1] is None or pair[1].state != PaperState.WAITING)
    context = {"form": form, "rolls": found, "may_enter": paper_policy.allows(request.user, "enter")}
    return render(request, "lms_attendance/admin/paper.html", context)


@require_POST
@role_required(paper_policy, "enter")
def print_(request: HttpRequest, pk: int) -> HttpResponse:
    """A new roll for this session; its page offers the PDF and takes what was written on it."""
    session, _scope = session_for(request, pk)
    try:
        roll = print_roll(session, at=timezone.now(), actor=request.user)
    except DomainError as problem:
        messages.error(request, str(problem))
        return redirect("lms_attendance_admin:sheet", pk=pk)
    return redirect(ROLL, code=roll.code)


@require_safe
@role_required(paper_policy, "view")
def pdf(request: HttpRequest, code: str) -> HttpResponse:
    """The roll as it is to be printed: the learners of whoever prints it."""
    roll, scope = _roll_for(request, code)
    origin = core_settings.PUBLIC_ORIGIN or request.build_absolute_uri("/")
    answer = HttpResponse(
        draw_roll(roll, paper_seats(roll.session, scope), origin=origin), content_type="application/pdf"
    )
    answer["Content-Disposition"] = f'inline; filename="roll-{roll.code}.pdf"'
    answer["Cache-Control"] = "private, no-store"
    return answer


@require_http_methods(["GET", "HEAD", "POST"])
@role_required(paper_policy, "view")
def roll(request: HttpRequest, code: str) -> HttpResponse:
    """Where the QR of the paper leads: to what waits for this person, or to the lines to be typed."""
    found, scope = _roll_for(request, code)
    sheet = latest_sheet(found)
    if request.method == "POST":
        paper_policy.require(request.user, "enter")
    elif sheet is not None and _shows_sheet(request, sheet):
        return redirect(SHEET, pk=sheet.pk)
    seats, now = paper_seats(found.session, scope), timezone.now()
    form = RollForm(
        request.POST or None,
        request.FILES or None,
        session=found.session,
        seats=seats,
        typed=pairs_of(sheet) if sheet is not None and sheet.state != PaperState.CONFIRMED else {},
        owner=request.user,
        at=now,
        reference=found.code,
    )
    if request.method == "POST" and form.is_valid():
        entered = _enter(request, found, form, now)
        if entered is not None:
            messages.success(request, _("The roll is saved. It counts as soon as a second person confirms it."))
            return redirect(SHEET, pk=entered.pk)
    context = {
        "roll": found,
        "session": found.session,
        "sheet": sheet,
        "form": form,
        "photo_before": sheet is not None and _is_picture(sheet),
        "rare": rare_names(seats),
        "closed": found.session.state in (SessionState.CLOSED, SessionState.CANCELLED),
        "early": now < found.session.starts_at,
        "running": found.session.starts_at <= now < found.session.ends_at,
    }
    return render(request, "lms_attendance/admin/paper_roll.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@role_required(paper_policy, "view")
def sheet(request: HttpRequest, pk: int) -> HttpResponse:
    """What was typed beside the photo and the record; POST confirms it or sends it back with a reason."""
    found = get_object_or_404(
        PaperSheet.objects.select_related("entered_by__person", "decided_by__person", "evidence"), pk=pk
    )
    found.roll, scope = _roll_for(request, get_object_or_404(PaperRoll, pk=found.roll_id).code)
    seats = _seats_of(found, scope)
    form = ReasonForm(request.POST if request.POST.get("act") == "back" else None)
    if request.method == "POST" and (request.POST.get("act") == "confirm" or form.is_valid()):
        paper_policy.require(request.user, "confirm")
        return _decide(request, found, form)
    lines = compare_sheet(found, seats)
    context = {
        "sheet": found,
        "roll": found.roll,
        "session": found.roll.session,
        "lines": lines,
        "contradictions": [line for line in lines if line.contradicts],
        "fresh": sum(line.fresh for line in lines),
        "form": form,
        "own": found.entered_by_id == request.user.pk,
        "waiting": found.state == PaperState.WAITING,
        "closed": found.roll.session.state in (SessionState.CLOSED, SessionState.CANCELLED),
        "may_enter": paper_policy.allows(request.user, "enter"),
        "is_picture": _is_picture(found),
    }
    return render(request, "lms_attendance/admin/paper_sheet.html", context)


def _roll_for(request: HttpRequest, code: str) -> tuple[PaperRoll, RunScope]:
    found = find_roll(code)
    if found is None:
        raise Http404
    scope = RunScope(request.user, found.session.term)
    if not scope.covers_session(found.session):
        raise PermissionDenied
    return found, scope


def _seats_of(found: PaperSheet, scope: RunScope) -> list[Enrolment]:
    """Her learners of the roll; 403 when somebody was typed whom she does not answer for."""
    typed = set(pairs_of(found))
    if not all(scope.covers(seat) for seat in expected_enrolments(found.roll.session) if seat.pk in typed):
        raise PermissionDenied
    return paper_seats(found.roll.session, scope)


def _shows_sheet(request: HttpRequest, sheet: PaperSheet) -> bool:
    """Typing it again is asked for by name; a roll that was sent back is typed again."""
    if sheet.state == PaperState.REFUSED:
        return not paper_policy.allows(request.user, "enter")
    return "again" not in request.GET


def _is_picture(sheet: PaperSheet) -> bool:
    return sheet.evidence is not None and sheet.evidence.content_type.startswith("image/")


def _enter(request: HttpRequest, found: PaperRoll, form: RollForm, now: datetime) -> PaperSheet | None:
    pairs: dict[int, Pair] = form.pairs
    try:
        return enter_roll(found, pairs, evidence=form.file, at=now, actor=request.user)
    except DomainError as problem:
        form.take_refusals(problem)
        return None


def _decide(request: HttpRequest, found: PaperSheet, form: ReasonForm) -> HttpResponse:
    now, act = timezone.now(), request.POST["act"]
    verbs: dict[str, Any] = {
        "confirm": lambda: confirm_sheet(found, at=now, actor=request.user, seen=request.POST.get("seen", "")),
        "back": lambda: send_back_sheet(found, reason=form.cleaned_data["reason"], at=now, actor=request.user),
    }
    said = {"confirm": _("The roll is confirmed and on record."), "back": _("The roll is sent back to be typed again.")}
    if attempt(request, verbs[act], said[act]) and act == "confirm":
        return redirect("lms_attendance_admin:sheet", pk=found.roll.session_id)
    return redirect(SHEET, pk=found.pk)
