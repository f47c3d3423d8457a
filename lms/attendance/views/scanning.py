"""From the scan to the answer. GET never writes; the tap is a POST.

The page with the tap carries a ticket sealed for its reader and her browser's session, so that the tap needs neither
session nor user to be read first: `confirm` is one statement (decision 9).
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.contrib.auth.views import redirect_to_login
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from lms.attendance.conf import attendance_settings
from lms.attendance.enums import CheckKind, CheckMethod
from lms.attendance.models import CheckEntry, Session
from lms.attendance.rules import Slot
from lms.attendance.services import CheckOutcome, Proof, check_in_scan, remember_refusal
from lms.attendance.tokens import (
    Scan,
    Ticket,
    claimed_session,
    mark_browser,
    open_ticket,
    read_board_code,
    read_outdated_code,
    seal_ticket,
)
from lms.attendance.views.guarding import hint_part, phone_part
from lms.attendance.views.outcomes import SeeOther, address_of, as_json, tell_recorded, tell_refused
from lms.attendance.views.phones import Phone, count_stale_try, known_mark, phone_of, set_cookie, stale_tries
from lms.attendance.views.watching import watch_part
from lms.core.conf import core_settings
from lms.core.exceptions import DomainError, Refusal

COOKIE = "lms_scan"


@require_safe
@never_cache
def scan(request: HttpRequest, code: str) -> HttpResponse:
    """The address in the QR code: the genuine code becomes a ticket, so that signing in or a slow tap loses nothing."""
    now, key, seconds = timezone.now(), core_settings.CODE_KEY, attendance_settings.CODE_SECONDS
    found = read_board_code(key, code, at=now, seconds=seconds, earlier_steps=attendance_settings.EARLIER_STEPS)
    if found is None:
        return _outdated(request, read_outdated_code(key, code, at=now, seconds=seconds), now)
    ticket = Ticket(found, stale_tries=stale_tries(request, found.session_id))
    if request.user.is_authenticated:
        return _ask(request, ticket)
    answer = redirect_to_login(reverse("lms_attendance:kept_scan"))
    _keep(request, answer, ticket, phone_of(request))
    return answer


@login_required
@require_safe
@never_cache
def kept_scan(request: HttpRequest) -> HttpResponse:
    """After signing in, or after a reload: the scan that waited in the browser."""
    found = _kept(request, timezone.now())
    return refused(request, [stale_code()], status=410) if found is None else _ask(request, found)


@require_POST
def confirm(request: HttpRequest) -> HttpResponse:
    """The one tap. Tapping again, or a lost answer, ends at the same row and the same page.

    Form field `ticket`. With `Accept: application/json` the answer is {state, title, lines, tone, url, …}: 200
    "recorded" or "already" (another scan was first) with {kind, at, late, early}; 409 or 410 "refused" and 401
    "signed_out" with {code}.
    """
    now, key = timezone.now(), core_settings.CODE_KEY
    text, login = request.POST.get("ticket", ""), request.COOKIES.get(settings.SESSION_COOKIE_NAME, "")
    ticket = open_ticket(key, text)
    problem = _look_at(request, ticket, text, login, now)
    if ticket is None or problem is not None:
        return _turn_away(request, [problem or stale_code()], status=410)
    proof = Proof(ticket.device, ticket.scan.age_ms, ticket.stale_tries)
    try:
        found = check_in_scan(ticket.scan, ticket.holder, at=now, method=CheckMethod.QR, proof=proof, login=login)
    except DomainError as refusal:
        return _turn_away(request, refusal.refusals, status=409)
    again = not found.fresh and found.at != ticket.scan.at
    if _wants_json(request):
        return _tell(found, ticket, again=again)
    return SeeOther(address_of(found.session_id, str(found.kind), again=again))


@login_required
@require_safe
@never_cache
def outcome(request: HttpRequest, pk: int, kind: str) -> HttpResponse:
    """What is on record for this learner and session."""
    entry = get_object_or_404(
        CheckEntry.objects.select_related("session__course", "session__term__programme", "enrolment__person"),
        session=pk,
        kind=kind,
        enrolment__person__user=request.user,
    )
    session, again = entry.session, request.GET.get("again") == "1"
    grace = session.term.programme.late_grace_minutes
    told = tell_recorded(CheckKind(entry.kind), entry.at, session.slot, grace=grace, again=again)
    context = {
        "entry": entry,
        "session": session,
        "came": entry.kind == CheckKind.IN,
        "late": told.late,
        "told": told,
        "place": "attendance",
        **phone_part(entry.enrolment, entry.device),
        **hint_part(entry),
        **watch_part(request, entry.enrolment, [session], timezone.now()),
    }
    answer = render(request, "lms_attendance/outcome.html", context)
    answer.delete_cookie(COOKIE, path=reverse("lms_attendance:overview"))
    return answer


def to_outcome(found: CheckOutcome) -> HttpResponse:
    """Redirect to what is on record."""
    return SeeOther(address_of(found.session_id, str(found.kind), again=not found.fresh))


def refused(request: HttpRequest, refusals: Sequence[Refusal], *, status: int) -> HttpResponse:
    """Why not, and what to do."""
    return render(
        request, "lms_attendance/scan_refused.html", {"refusals": refusals, "place": "attendance"}, status=status
    )


def stale_code() -> Refusal:
    """The code is no longer, or never was, a code of a board."""
    return Refusal(
        "code_stale",
        _("This code is no longer valid."),
        _("The code on the board changes every few seconds. Scan it again; nothing was recorded yet."),
    )


def borrowed_code() -> Refusal:
    """The scan was made by somebody else, or elsewhere."""
    return Refusal(
        "code_borrowed",
        _("This scan was made with another account or on another phone."),
        _("Scan the code on the board with your own phone; nothing was recorded yet."),
    )


def too_many_tries(request: HttpRequest) -> bool:
    """Whether the learner has to pause before typing another code."""
    return int(cache.get(_tries_key(request), 0)) >= attendance_settings.TYPED_TRIES


def count_try(request: HttpRequest) -> None:
    """One more wrong typed code."""
    key, pause = _tries_key(request), attendance_settings.TYPED_PAUSE_MINUTES * 60
    if not cache.add(key, 1, pause):
        cache.incr(key)


def _tries_key(request: HttpRequest) -> str:
    return f"lms_attendance.typed.{_reader(request)}"


def _reader(request: HttpRequest) -> int:
    user: Any = request.user
    return int(user.pk)


def _wants_json(request: HttpRequest) -> bool:
    return str(request.META.get("HTTP_ACCEPT", "")).startswith("application/json")


def _look_at(request: HttpRequest, ticket: Ticket | None, text: str, login: str, now: datetime) -> Refusal | None:
    """None for a fresh ticket in the browser it was sealed for, which reads nothing. Else why not, and it is kept."""
    if ticket is not None and ticket.holder and login and ticket.browser == mark_browser(core_settings.CODE_KEY, login):
        return None if ticket.is_fresh(now, minutes=attendance_settings.TICKET_MINUTES) else _stale(ticket, now)
    if not request.user.is_authenticated:
        return Refusal("signed_out", _("You are no longer signed in."), _("Sign in again; your scan is kept."))
    if ticket is None:
        claimed = claimed_session(text)
        if claimed is not None:
            _remember(request, *claimed, "forged_ticket", now)
        return stale_code()
    if ticket.holder != _reader(request) or not ticket.device or ticket.device != known_mark(request):
        _remember(request, ticket.scan.session_id, ticket.scan.kind, "borrowed_ticket", now)
        return borrowed_code()
    # The same person on the same phone, signed in anew since she scanned.
    return None if ticket.is_fresh(now, minutes=attendance_settings.TICKET_MINUTES) else _stale(ticket, now)


def _stale(ticket: Ticket, now: datetime) -> Refusal:
    scan = ticket.scan
    remember_refusal(
        scan.session_id, ticket.holder, kind=CheckKind(scan.kind), code="stale_ticket", at=now, device=ticket.device
    )
    return stale_code()


def _remember(request: HttpRequest, session_id: int, kind: str, code: str, now: datetime) -> None:
    remember_refusal(session_id, _reader(request), kind=CheckKind(kind), code=code, at=now, device=known_mark(request))


def _turn_away(request: HttpRequest, refusals: Sequence[Refusal], *, status: int) -> HttpResponse:
    signed_out = refusals[0].code == "signed_out"
    answer: HttpResponse = redirect_to_login(reverse("lms_attendance:kept_scan"))
    if _wants_json(request):
        return as_json(
            tell_refused(refusals[0]),
            state="signed_out" if signed_out else "refused",
            status=401 if signed_out else status,
            code=refusals[0].code,
            url=answer["Location"] if signed_out else reverse("lms_attendance:overview"),
        )
    return answer if signed_out else refused(request, refusals, status=status)


def _tell(found: CheckOutcome, ticket: Ticket, *, again: bool) -> HttpResponse:
    """The answer to the script, from what the ticket holds."""
    starts, ends = (datetime.fromtimestamp(moment, tz=found.at.tzinfo) for moment in (ticket.starts, ticket.ends))
    told = tell_recorded(found.kind, found.at, Slot(starts, ends, 1), grace=ticket.grace, again=again)
    return as_json(
        told,
        state="already" if again else "recorded",
        kind=str(found.kind),
        at=found.at.isoformat(),
        late=told.late,
        early=told.early,
        url=address_of(found.session_id, str(found.kind)),
    )


def _ask(request: HttpRequest, ticket: Ticket) -> HttpResponse:
    """The page with the tap, or what is on record already."""
    found = ticket.scan
    sessions = Session.objects.select_related("course", "term__programme")
    session = get_object_or_404(sessions, pk=found.session_id)
    if _is_on_record(request, found):
        return redirect(address_of(session.pk, found.kind, again=True))
    phone, key = phone_of(request), core_settings.CODE_KEY
    sealed = replace(
        ticket,
        holder=_reader(request),
        browser=mark_browser(key, request.COOKIES.get(settings.SESSION_COOKIE_NAME, "")),
        device=phone.mark,
        starts=int(session.starts_at.timestamp()),
        ends=int(session.ends_at.timestamp()),
        grace=session.term.programme.late_grace_minutes,
    )
    context = {
        "session": session,
        "kind": found.kind,
        "ticket": seal_ticket(key, sealed),
        "scanned_at": found.at,
        "place": "attendance",
    }
    answer = render(request, "lms_attendance/scan.html", context)
    _keep(request, answer, ticket, phone)
    return answer


def _keep(request: HttpRequest, answer: HttpResponse, ticket: Ticket, phone: Phone) -> None:
    """The scan waits in the browser that made it, for the sign-in and for a reload."""
    phone.keep(request, answer)
    kept = replace(ticket, holder=0, browser=phone.mark, device=phone.mark)
    minutes = timedelta(minutes=attendance_settings.TICKET_MINUTES)
    set_cookie(request, answer, COOKIE, seal_ticket(core_settings.CODE_KEY, kept), minutes)


def _kept(request: HttpRequest, now: datetime) -> Ticket | None:
    ticket = open_ticket(core_settings.CODE_KEY, request.COOKIES.get(COOKIE, ""))
    if ticket is None or ticket.holder or ticket.browser != known_mark(request):
        return None
    return ticket if ticket.is_fresh(now, minutes=attendance_settings.TICKET_MINUTES) else None


def _outdated(request: HttpRequest, found: Scan | None, now: datetime) -> HttpResponse:
    """Going back or reloading finds what is on record or the scan that was in time; else the code is refused."""
    if found is not None and request.user.is_authenticated:
        kept = _kept(request, now)
        if _is_on_record(request, found):
            return redirect(address_of(found.session_id, found.kind, again=True))
        if kept is not None and (kept.scan.session_id, kept.scan.kind) == (found.session_id, found.kind):
            return _ask(request, kept)
    answer = refused(request, [stale_code()], status=410)
    if found is not None:
        count_stale_try(request, answer, found.session_id)
    return answer


def _is_on_record(request: HttpRequest, found: Scan) -> bool:
    own = CheckEntry.objects.filter(enrolment__person__user=_reader(request))
    return own.filter(session=found.session_id, kind=found.kind).exists()
