"""Back-office screens of the timetable: week calendar, pattern, publishing, moving, cancelling."""

from collections.abc import Sequence
from datetime import date, timedelta
from hashlib import sha256
from itertools import groupby
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from lms.attendance.enums import SessionState
from lms.attendance.forms import CancelForm, MoveForm, PatternForm, ask_to_confirm
from lms.attendance.models import Session, Timetable
from lms.attendance.permissions import RunScope, session_policy
from lms.attendance.selectors import (
    first_day_shown,
    scheduled_minutes_by_group,
    session_rows,
    sessions_of,
    week_of_term,
)
from lms.attendance.services import (
    Preview,
    SessionPlan,
    cancel_session,
    change_session,
    generate_timetable,
    preview_timetable,
    publish_timetable,
    short_without,
)
from lms.attendance.views.backoffice import SHEET, attempt, session_for
from lms.attendance.views.learner import show_in_form
from lms.attendance.views.terms import chosen_term
from lms.core.exceptions import DomainError, Refusal
from lms.people.viewsets import role_required
from lms.programmes.models import Term
from lms.programmes.selectors import unannounced_years

FARTHEST = timedelta(days=366)  # from the term, that the calendar goes
CHANGEABLE = (SessionState.PLANNED, SessionState.OPEN)


@require_safe
@role_required(session_policy, "view")
def timetable(request: HttpRequest) -> HttpResponse:
    """The week as a calendar (`?day=`), or every session by day (`?view=list`); hours of each class (R2)."""
    term, terms = chosen_term(request)
    if term is None:
        return render(request, "lms_attendance/admin/no_term.html")
    scope, required = RunScope(request.user, term), term.programme.required_offline_minutes
    may_change = session_policy.allows(request.user, "change")
    as_list = request.GET.get("view") == "list"
    context = {
        "term": term,
        "terms": terms,
        "totals": [(name, minutes, minutes >= required) for name, minutes in scheduled_minutes_by_group(term).items()],
        "timetable": Timetable.objects.filter(term=term).first(),
        "hour": term.programme.class_hour_minutes,
        "required": required,
        "may_change": may_change,
        "has_sessions": Session.objects.filter(term=term).exclude(state=SessionState.CANCELLED).exists(),
        "as_list": as_list,
        **(_list(term, scope) if as_list else _week(request, term, scope)),
    }
    return render(request, "lms_attendance/admin/timetable.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@role_required(session_policy, "change")
def generate(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask for the pattern, show what it would lay out, then write exactly what was shown."""
    term = get_object_or_404(Term.objects.select_related("programme"), pk=pk)
    scope = RunScope(request.user, term)
    groups = [group for group in term.groups.all() if scope.covers_groups([group])]
    form = PatternForm(request.POST or None, term=term, groups=groups)
    preview = None
    if form.is_valid():
        try:
            preview = preview_timetable(term, form.pattern())
            if request.POST.get("act") == "make" and request.POST.get("seen") == _digest(preview):
                made = generate_timetable(term, form.pattern(), at=timezone.now(), actor=request.user)
                return _made(request, term, made)
        except DomainError as problem:
            show_in_form(form, problem)
    return render(request, "lms_attendance/admin/pattern.html", _pattern_context(term, form, preview))


@require_POST
@role_required(session_policy, "change")
def publish(request: HttpRequest, pk: int) -> HttpResponse:
    """Show the timetable to the learners."""
    term, now = get_object_or_404(Term, pk=pk), timezone.now()
    said = _("The timetable is published and the learners are told.")
    attempt(request, lambda: publish_timetable(term, at=now, actor=request.user), said)
    return _to_timetable(term)


@require_http_methods(["GET", "HEAD", "POST"])
@role_required(session_policy, "change")
def move(request: HttpRequest, pk: int) -> HttpResponse:
    """Another day, start or room; a drop in the calendar comes here with `?day=` and `?start=` filled in."""
    session, _scope = session_for(request, pk)
    if session.state not in CHANGEABLE:
        return redirect(SHEET, pk=pk)
    wished = {name: request.GET[name] for name in ("day", "start") if request.GET.get(name)}
    form = MoveForm(request.POST or None, session=session, initial=wished)
    if form.is_valid() and _stays(session, form.plan()):
        form.add_error(None, _("Nothing is different from before. Choose another day, start or room."))
    if form.is_valid():
        reason = form.cleaned_data["reason"]
        try:
            moved = change_session(session, form.plan(), at=timezone.now(), actor=request.user, reason=reason)
        except DomainError as problem:
            show_in_form(form, problem)
        else:
            attempt(request, lambda: None, _("The session is moved."))
            return _to_timetable(session.term, timezone.localdate(moved.starts_at))
    published = Timetable.objects.filter(term=session.term, published_at__isnull=False).exists()
    context = {"session": session, "form": form, "published": published}
    return render(request, "lms_attendance/admin/move.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@role_required(session_policy, "change")
def cancel(request: HttpRequest, pk: int) -> HttpResponse:
    """Say what cancelling means and for whom; POST cancels the session, with a reason.

    Where class hours then fall short (R2) that is said with figures, and somebody must confirm it.
    """
    session, _scope = session_for(request, pk)
    if session.state not in CHANGEABLE:
        return redirect(SHEET, pk=pk)
    short = short_without(session)
    form = CancelForm(request.POST or None, prefix="cancel")
    if short:
        ask_to_confirm(form)
    if form.is_valid():
        given = form.cleaned_data
        try:
            cancel_session(
                session,
                at=timezone.now(),
                actor=request.user,
                reason=given["reason"],
                short_confirmed=given["short_confirmed"],
            )
        except DomainError as problem:
            if problem.code == "hours_fall_short":
                form.add_error("short_confirmed", _("Tick this box to cancel all the same."))
            else:
                show_in_form(form, problem)
        else:
            attempt(request, lambda: None, _("The session is cancelled."))
            return redirect(SHEET, pk=pk)
    context = {"session": session, "rows": session_rows(session), "cancel_form": form, "short": short}
    return render(request, "lms_attendance/admin/cancel.html", context)


def _stays(session: Session, plan: SessionPlan) -> bool:
    return (plan.starts_at, plan.room) == (session.starts_at, session.room)


def _week(request: HttpRequest, term: Term, scope: RunScope) -> dict[str, Any]:
    today = timezone.localdate()
    try:
        shown = date.fromisoformat(request.GET.get("day", ""))
    except ValueError:
        shown = first_day_shown(term, today)
    shown = min(max(shown, term.starts_on - FARTHEST), term.ends_on + FARTHEST)
    week = week_of_term(term, shown)
    sessions = [block.session for column in week.days for block in column.blocks]
    return {
        **_reach(sessions, scope),
        "week": week,
        "shown": shown,
        "today": today,
        "earlier": week.days[0].day - timedelta(days=7),
        "later": week.days[0].day + timedelta(days=7),
    }


def _list(term: Term, scope: RunScope) -> dict[str, Any]:
    sessions = list(sessions_of(term))
    return {
        **_reach(sessions, scope),
        "days": [
            (day, list(rows)) for day, rows in groupby(sessions, lambda session: timezone.localdate(session.starts_at))
        ],
        "cancelled": Session.objects.filter(term=term, state=SessionState.CANCELLED).select_related("course"),
    }


def _reach(sessions: Sequence[Session], scope: RunScope) -> dict[str, Any]:
    """Keys of the sessions she may open, and of those of them that can still be moved."""
    mine = {session.pk for session in sessions if scope.covers_session(session)}
    return {
        "mine": mine,
        "movable": {session.pk for session in sessions if session.pk in mine and session.state in CHANGEABLE},
    }


def _pattern_context(term: Term, form: PatternForm, preview: Preview | None) -> dict[str, Any]:
    context: dict[str, Any] = {
        "term": term,
        "form": form,
        "unannounced": unannounced_years(range(term.starts_on.year, term.ends_on.year + 1)),
        "hour": term.programme.class_hour_minutes,
        "required": term.programme.required_offline_minutes,
        "courses_hold": sum(course.offline_minutes for course in form.courses),
    }
    if preview is None:
        return context
    clashes: dict[int, list[Refusal]] = {}
    for clash in preview.clashes:
        clashes.setdefault(clash.index, []).append(clash.refusal)
    rows = [(plan, clashes.get(n, [])) for n, plan in enumerate(preview.plans)]
    chosen = [one.group for one in form.pattern().classes]
    totals = [(group.name if group else _("Everybody"), preview.minutes_of(group)) for group in chosen]
    return {
        **context,
        "preview": preview,
        "days": [(day, list(found)) for day, found in groupby(rows, lambda row: timezone.localdate(row[0].starts_at))],
        "seen": _digest(preview),
        "plan_totals": [(name, minutes, minutes >= context["required"]) for name, minutes in totals],
    }


def _digest(preview: Preview) -> str:
    """Stands for what was shown: what is written afterwards must be the same."""
    lines = [
        (
            plan.course.pk,
            plan.starts_at.isoformat(),
            plan.ends_at.isoformat(),
            plan.minutes,
            plan.room,
            plan.instructor.pk if plan.instructor else None,
            [group.pk for group in plan.groups],
        )
        for plan in preview.plans
    ]
    return sha256(repr(lines).encode()).hexdigest()


def _made(request: HttpRequest, term: Term, made: Sequence[Session]) -> HttpResponse:
    attempt(request, lambda: None, _("The timetable is made. Check it, then publish it."))
    return _to_timetable(term, timezone.localdate(made[0].starts_at) if made else None)


def _to_timetable(term: Term, day: date | None = None) -> HttpResponse:
    address = f"{reverse('lms_attendance_admin:timetable')}?term={term.pk}"
    return redirect(f"{address}&day={day.isoformat()}" if day else address)
