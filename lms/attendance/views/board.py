"""The board on the projector: full screen, its code made by the server every few seconds."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from lms.attendance.conf import attendance_settings
from lms.attendance.enums import CheckKind, SessionState
from lms.attendance.models import Board, Session
from lms.attendance.permissions import RunScope, sheet_policy
from lms.attendance.rules import Face, minutes_left
from lms.attendance.selectors import board_view, face_at, headcount_on, may_start_prompt, prompt_of
from lms.attendance.services import open_board, switch_board
from lms.attendance.tokens import board_code, board_typed_code
from lms.core.conf import core_settings
from lms.core.exceptions import DomainError
from lms.core.qr import draw_qr
from lms.core.tokens import step_of

PRESENT_SHOWN = 6
MISSING_A_PAGE = 24
REFUSALS_FOR = timedelta(minutes=10)
END_IS_NEAR = timedelta(minutes=10)
# What a projector may say about somebody. Whatever looks like a trick waits for a person in the back office.
REASONS = {
    "not_expected": _("not on the list"),
    "session_closed": _("sheet closed"),
    "session_not_open": _("not open"),
    "staff_scan_only": _("personal code needed"),
    "stale_ticket": _("code out of date"),
    "typed_wrong": _("wrong code"),
    "too_early": _("too early"),
    "too_late": _("too late"),
}


@login_required
@require_safe
@never_cache
def board(request: HttpRequest, pk: int) -> HttpResponse:
    """The full screen; works without JavaScript by reloading itself."""
    found = _board(request, pk)
    if found is None:
        return redirect("lms_attendance_admin:sheet", pk=pk)
    return render(request, "lms_attendance/board.html", _page_context(request, found, timezone.now()))


@login_required
@require_safe
@never_cache
def state(request: HttpRequest, pk: int) -> HttpResponse:
    """What the board shows now, and in how many milliseconds the next code begins."""
    found, now = _board(request, pk), timezone.now()
    if found is None:
        return JsonResponse({"open": False})
    context = _context(request, found, now)
    seconds = attendance_settings.CODE_SECONDS
    return JsonResponse(
        {
            "open": context["running"],
            "kind": context["face"],
            "typed": context.get("typed", ""),
            "near_end": context["near_end"],
            "may_prompt": context["may_prompt"],
            "present": len(context["view"].present),
            "expected": context["view"].expected,
            "next_in_ms": int(seconds * 1000 - now.timestamp() * 1000 % (seconds * 1000)),
            "html": render_to_string("lms_attendance/parts/board_state.html", context),
        }
    )


@login_required
@require_POST
def open_(request: HttpRequest, pk: int) -> HttpResponse:
    """Open the board, then show it."""
    session = _session(request, pk)
    try:
        open_board(session, at=timezone.now(), actor=request.user)
    except DomainError as problem:
        messages.error(request, str(problem))
        return redirect("lms_attendance_admin:sheet", pk=pk)
    return redirect("lms_attendance:board", pk=pk)


@login_required
@require_POST
def switch(request: HttpRequest, pk: int) -> HttpResponse:
    """Turn from coming to leaving, or back."""
    found = _board(request, pk)
    kind = CheckKind.OUT if request.POST.get("kind") == CheckKind.OUT else CheckKind.IN
    if found is not None:
        try:
            switch_board(found, kind, at=timezone.now(), actor=request.user)
        except DomainError as problem:
            messages.error(request, str(problem))
    return redirect("lms_attendance:board", pk=pk)


def _session(request: HttpRequest, pk: int) -> Session:
    sheet_policy.require(request.user, "board")
    session = get_object_or_404(Session.objects.select_related("term").prefetch_related("groups"), pk=pk)
    _require_scope(request, session)
    return session


def _board(request: HttpRequest, pk: int) -> Board | None:
    """The latest board with all it shows of its session: two queries, three for an assistant of some classes."""
    sheet_policy.require(request.user, "board")
    boards = Board.objects.filter(session=pk).select_related("session__term", "session__course", "session__prompt")
    found = boards.prefetch_related("session__groups").order_by("-pk").first()
    if found is None:
        _session(request, pk)
    else:
        _require_scope(request, found.session)
    return found


def _require_scope(request: HttpRequest, session: Session) -> None:
    if not RunScope(request.user, session.term).covers_session(session):
        raise PermissionDenied


def _page_context(request: HttpRequest, found: Board, now: datetime) -> dict[str, Any]:
    return {**_context(request, found, now), "counts_heads": headcount_on()}


def _context(request: HttpRequest, found: Board, now: datetime) -> dict[str, Any]:
    session, face = found.session, face_at(found, now)
    running = session.state == SessionState.OPEN
    view = board_view(session, face, refused_since=now - REFUSALS_FOR, reasons=REASONS)
    prompt = prompt_of(session) if face == "mid" else None
    context: dict[str, Any] = {
        "session": session,
        "face": face if running else "closed",
        "running": running,
        "near_end": running and face == "in" and now >= session.ends_at - END_IS_NEAR and session.check_out_required,
        "may_prompt": running and may_start_prompt(session, at=now),
        "view": view,
        "present_shown": view.present[:PRESENT_SHOWN],
        "missing_shown": _page(view.missing, step_of(now, seconds=attendance_settings.CODE_SECONDS)),
        "refused": [(refusal, str(REASONS[refusal.code])) for refusal in view.refusals],
        "prompt": prompt,
        "minutes_left": minutes_left(prompt.until, now) if prompt else 0,
        "seconds": attendance_settings.CODE_SECONDS,
    }
    if running and face in CheckKind.values and not session.staff_scan_only:
        context |= _code(request, found, face, now)
    return context


def _code(request: HttpRequest, found: Board, face: Face, now: datetime) -> dict[str, Any]:
    seconds, key = attendance_settings.CODE_SECONDS, core_settings.CODE_KEY
    code = board_code(key, found.session_id, face, found.nonce, at=now, seconds=seconds)
    address = reverse("lms_attendance:scan", args=[code])
    origin = core_settings.PUBLIC_ORIGIN.rstrip("/")
    return {
        "qr": draw_qr(f"{origin}{address}" if origin else request.build_absolute_uri(address), label=str(_("QR code"))),
        "typed": board_typed_code(key, found.session_id, face, found.nonce, at=now, seconds=seconds),
    }


def _page(names: Sequence[str], step: int) -> Sequence[str]:
    """One page of the names; the pages take turns, so that an unattended board shows them all."""
    pages = max(1, -(-len(names) // MISSING_A_PAGE))
    first = (step // 2 % pages) * MISSING_A_PAGE
    return names[first : first + MISSING_A_PAGE]
