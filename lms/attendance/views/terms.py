"""Back-office screens of a whole term: limit of absence, classroom marks."""

from decimal import Decimal, InvalidOperation
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from lms.attendance.enums import ExclusionAct
from lms.attendance.permissions import RunScope, classroom_policy, exclusion_policy
from lms.attendance.selectors import (
    classroom_values,
    latest_exclusions,
    staff_terms,
    term_sheet,
)
from lms.attendance.services import (
    ClassroomValue,
    confirm_exclusion,
    lift_exclusion,
    set_classroom_marks,
)
from lms.attendance.views.asked import number_of, words_of
from lms.attendance.views.backoffice import attempt
from lms.people.viewsets import role_required
from lms.programmes.models import Enrolment, Term
from lms.programmes.selectors import live_enrolments


@require_http_methods(["GET", "HEAD", "POST"])
@role_required(exclusion_policy, "view")
def exclusions(request: HttpRequest) -> HttpResponse:
    """Who is over the limit, with figures and sessions; POST confirms or lifts, always with a reason (R12)."""
    term, terms = chosen_term(request)
    if term is None:
        return render(request, "lms_attendance/admin/no_term.html")
    scope = RunScope(request.user, term)
    if request.method == "POST":
        return _decide_exclusion(request, term, scope)
    latest = latest_exclusions(term)
    in_force = {pk: found for pk, found in latest.items() if found.act == ExclusionAct.CONFIRMED}
    rows = [
        (row, in_force.get(row.enrolment.pk), latest.get(row.enrolment.pk))
        for row in term_sheet(term, only=scope.covers).rows
        if row.standing.outlook != "clear" or row.enrolment.pk in in_force
    ]
    rows.sort(key=lambda found: -found[0].standing.missed)
    context = {
        "term": term,
        "terms": terms,
        "rows": rows,
        "hour": term.programme.class_hour_minutes,
        "may_decide": exclusion_policy.allows(request.user, "decide"),
    }
    return render(request, "lms_attendance/admin/exclusions.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@role_required(classroom_policy, "view")
def classroom(request: HttpRequest) -> HttpResponse:
    """Marks for classroom performance of a whole class on one screen (R11)."""
    term, terms = chosen_term(request)
    if term is None:
        return render(request, "lms_attendance/admin/no_term.html")
    scope = RunScope(request.user, term)
    seats = [seat for seat in live_enrolments(term) if scope.covers(seat)]
    group = request.GET.get("group", "")
    shown = [seat for seat in seats if not group or str(seat.group_id) == group]
    typed = {seat.pk: request.POST.get(f"mark-{seat.pk}", "").strip() for seat in shown}
    wrong: set[int] = set()
    if request.method == "POST":
        values, wrong = _read_marks(shown, typed)
        if wrong:
            messages.error(request, _("Correct the marks shown in red: 0 to 100, at most two decimals."))
        elif _save_marks(request, term, values):
            return redirect(f"{reverse('lms_attendance_admin:classroom')}?{request.GET.urlencode()}")
    held = classroom_values(term)
    context = {
        "term": term,
        "terms": terms,
        "groups": term.groups.all(),
        "group": group,
        "rows": [
            (seat, typed[seat.pk] if request.method == "POST" else _show_mark(held.get(seat.pk)), seat.pk in wrong)
            for seat in shown
        ],
        "reason": request.POST.get("reason", ""),
    }
    return render(request, "lms_attendance/admin/classroom.html", context)


def chosen_term(request: HttpRequest) -> tuple[Term | None, list[Term]]:
    """The term of `?term=`, else the one that runs today, else the latest; and all to choose from."""
    terms = list(staff_terms())
    wanted = request.GET.get("term", "")
    if wanted:
        found = [term for term in terms if wanted in (str(term.pk), term.code)]
        if not found:
            raise Http404
        return found[0], terms
    today = timezone.localdate()
    running = [term for term in terms if term.starts_on <= today <= term.ends_on]
    return next(iter(running or terms), None), terms


def _back(name: str, term: Term) -> HttpResponse:
    return redirect(f"{reverse(f'lms_attendance_admin:{name}')}?term={term.pk}")


def _decide_exclusion(request: HttpRequest, term: Term, scope: RunScope) -> HttpResponse:
    exclusion_policy.require(request.user, "decide")
    seat = get_object_or_404(
        Enrolment.objects.select_related("person"), pk=number_of(request.POST.get("seat", "")), term=term
    )
    if not scope.covers(seat):
        raise PermissionDenied
    reason, now, name = words_of(request.POST.get("reason", "")), timezone.now(), seat.person.name
    if request.POST.get("act") == "lift":
        attempt(
            request,
            lambda: lift_exclusion(seat, reason=reason, at=now, actor=request.user),
            _("%(name)s may be assessed again.") % {"name": name},
        )
    else:
        attempt(
            request,
            lambda: confirm_exclusion(seat, reason=reason, at=now, actor=request.user),
            _("The exclusion of %(name)s from the assessment is confirmed.") % {"name": name},
        )
    return _back("exclusions", term)


def _read_marks(seats: list[Enrolment], typed: dict[int, str]) -> tuple[list[ClassroomValue], set[int]]:
    values, wrong = [], set()
    for seat in seats:
        text = typed[seat.pk]
        if not text:
            continue
        try:
            value = Decimal(text)
        except InvalidOperation:
            wrong.add(seat.pk)
            continue
        if value.is_finite() and 0 <= value <= 100 and value == value.quantize(Decimal("0.01")):
            values.append(ClassroomValue(seat, value))
        else:
            wrong.add(seat.pk)
    return values, wrong


def _save_marks(request: HttpRequest, term: Term, values: list[ClassroomValue]) -> bool:
    reason, now = words_of(request.POST.get("reason", "")), timezone.now()
    said = ngettext("%(count)s mark on record.", "%(count)s marks on record.", len(values)) % {"count": len(values)}
    return attempt(request, lambda: set_classroom_marks(term, values, at=now, actor=request.user, reason=reason), said)


def _show_mark(mark: Any) -> str:
    return f"{mark.value.normalize():f}" if mark is not None else ""
