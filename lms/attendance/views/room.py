"""What happens in the room: heads counted, learners called by name, the check during class."""

from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from lms.attendance.enums import SessionState
from lms.attendance.models import Headcount, Session
from lms.attendance.permissions import RunScope, sheet_policy
from lms.attendance.rules import minutes_left
from lms.attendance.selectors import (
    HeadcountState,
    RollRow,
    count_room,
    headcount_on,
    headcount_state,
    may_start_prompt,
    off_record,
    prompt_of,
    roll_rows,
    unanswered,
)
from lms.attendance.services import call_off_prompt, call_roll, enter_headcount, start_prompt
from lms.attendance.views.asked import number_of, words_of
from lms.attendance.views.backoffice import attempt, session_for
from lms.core.exceptions import DomainError
from lms.people.viewsets import role_required
from lms.programmes.models import Enrolment

ROOM = "lms_attendance_admin:room"


@require_safe
@role_required(sheet_policy, "board")
def room(request: HttpRequest, pk: int) -> HttpResponse:
    """Headcount, roll call and the check during class of one session; `q` looks for who is not on record."""
    session, scope = session_for(request, pk)
    now = timezone.now()
    state = headcount_state(session)
    context = {
        "session": session,
        "running": session.state == SessionState.OPEN,
        "on_record": count_room(session, at=now),
        "may_correct": sheet_policy.allows(request.user, "correct"),
        **_prompt_context(session, now),
    }
    if headcount_on():
        context |= _headcount_context(request, session, scope, state)
    return render(request, "lms_attendance/admin/room.html", context)


@require_POST
@role_required(sheet_policy, "board")
def headcount(request: HttpRequest, pk: int) -> HttpResponse:
    """Enter how many heads are in the room; the answer says whether the record agrees."""
    session, _scope = session_for(request, pk)
    typed = request.POST.get("counted", "").strip()
    if not headcount_on() or not (typed.isascii() and typed.isdigit()):
        messages.error(request, _("Enter how many heads you counted, as a whole number."))
        return _back(request, pk)
    try:
        enter_headcount(session, int(typed[:9]), at=timezone.now(), actor=request.user)
    except DomainError as problem:
        messages.error(request, str(problem))
    else:
        state = headcount_state(session)
        (messages.success if state.matches else messages.warning)(request, say_state(state))
    return _back(request, pk)


@require_POST
@role_required(sheet_policy, "board")
def roll_call(request: HttpRequest, pk: int) -> HttpResponse:
    """One learner was called: seen, or not. Asked for JSON, the answer carries the figures as they stand then."""
    session, scope = session_for(request, pk)
    seat = get_object_or_404(Enrolment, pk=number_of(request.POST.get("seat", "")), term=session.term)
    if not scope.covers(seat):
        return HttpResponse(status=404)
    seen = request.POST.get("seen") == "yes"
    try:
        call_roll(session, seat, seen=seen, at=timezone.now(), actor=request.user)
    except DomainError as problem:
        if _wants_json(request):
            return JsonResponse({"problem": str(problem)}, status=409)
        messages.error(request, str(problem))
        return redirect(ROOM, pk=pk)
    if _wants_json(request):
        return JsonResponse({"seen": seen, **_figures(session, scope)})
    return redirect(f"{reverse(ROOM, args=[pk])}#seat-{seat.pk}")


@require_POST
@role_required(sheet_policy, "board")
def start_check(request: HttpRequest, pk: int) -> HttpResponse:
    """Begin the check during class now; pressed again, the same check goes on."""
    return _act(request, pk, lambda session: start_prompt(session, at=timezone.now(), actor=request.user), "")


@require_POST
@role_required(sheet_policy, "board")
def call_off_check(request: HttpRequest, pk: int) -> HttpResponse:
    """Take the planned check back, with a reason."""
    reason = words_of(request.POST.get("reason", ""))
    return _act(
        request,
        pk,
        lambda session: call_off_prompt(session, reason=reason, at=timezone.now(), actor=request.user),
        _("The check during class is called off."),
    )


def say_state(state: HeadcountState) -> str:
    """The comparison in words."""
    if state.latest is None:
        return _("Nobody has counted the heads in the room.")
    figures = {"counted": state.latest.counted, "on_record": state.record, "more": abs(state.difference)}
    if state.matches:
        return _("%(counted)s heads, %(on_record)s learners on record: the figures agree.") % figures
    if state.difference > 0:
        return (
            _(
                "%(counted)s heads, %(on_record)s learners on record: %(more)s more in the room than on record. "
                "Look for who is not on record."
            )
            % figures
        )
    return (
        _(
            "%(counted)s heads, %(on_record)s learners on record: %(more)s more on record than in the room. "
            "Call the roll."
        )
        % figures
    )


def _act(request: HttpRequest, pk: int, act: Callable[[Session], Any], said: str) -> HttpResponse:
    session, _scope = session_for(request, pk)
    said = said or _("The check during class has begun; the board shows its code.")
    attempt(request, lambda: act(session), said)
    return _back(request, pk)


def _prompt_context(session: Session, now: Any) -> dict[str, Any]:
    """How the check during class stands; a planned moment is not told."""
    prompt = prompt_of(session)
    silent = len(unanswered(session, at=now)) if prompt and prompt.until < now else 0
    return {
        "has_prompt": bool(session.mid_check_minutes),
        "may_prompt": session.state == SessionState.OPEN and may_start_prompt(session, at=now),
        "planned": prompt is not None and prompt.opens_at > now,
        "prompt": prompt if prompt is not None and prompt.opens_at <= now else None,
        "minutes_left": minutes_left(prompt.until, now) if prompt and prompt.opens_at <= now else 0,
        "silent": silent,
        "silent_words": ngettext(
            "%(count)s learner who was in the room did not answer.",
            "%(count)s learners who were in the room did not answer.",
            silent,
        )
        % {"count": silent},
    }


def _headcount_context(
    request: HttpRequest, session: Session, scope: RunScope, state: HeadcountState
) -> dict[str, Any]:
    at = state.latest.at if state.latest else timezone.now()
    rows = roll_rows(session, at=at)
    mine = [row for row in rows if scope.covers(row.enrolment)]
    words = words_of(request.GET.get("q", "").strip(), 40)
    found = [seat for seat in off_record(session, words, at=at) if scope.covers(seat)][:20] if words else []
    return {
        "counts_heads": True,
        "state": state,
        "state_words": say_state(state),
        "counts": Headcount.objects.filter(session=session).select_related("actor__person").order_by("-pk")[:5],
        "rows": mine,
        "others": len(rows) - len(mine),
        "q": words,
        "found": found,
        "unseen_url": _unseen_url(session, mine),
        "unseen": _count_unseen(mine),
    }


def _figures(session: Session, scope: RunScope) -> dict[str, Any]:
    """What changes on the page when somebody was called."""
    now, state = timezone.now(), headcount_state(session)
    rows = roll_rows(session, at=state.latest.at if state.latest else now)
    mine = [row for row in rows if scope.covers(row.enrolment)]
    return {
        "matches": state.matches,
        "words": say_state(state),
        "on_record": count_room(session, at=now),
        "unseen": _count_unseen(mine),
        "unseen_url": _unseen_url(session, mine),
    }


def _count_unseen(rows: list[RollRow]) -> int:
    return sum(1 for row in rows if row.call is not None and not row.call.seen)


def _unseen_url(session: Session, rows: list[RollRow]) -> str:
    """The sheet with those called and not seen already ticked."""
    seats = [("seat", row.enrolment.pk) for row in rows if row.call is not None and not row.call.seen]
    return f"{reverse('lms_attendance_admin:sheet', args=[session.pk])}?{urlencode(seats)}"


def _wants_json(request: HttpRequest) -> bool:
    return request.headers.get("Accept", "").startswith("application/json")


def _back(request: HttpRequest, pk: int) -> HttpResponse:
    return redirect("lms_attendance:board" if request.POST.get("from") == "board" else ROOM, pk=pk)
