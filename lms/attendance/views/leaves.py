"""Requests for leave in the back office: figures and proof beside each, decided one by one or together."""

from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from lms.attendance.enums import LeaveState
from lms.attendance.forms import LeaveAnswerForm
from lms.attendance.models import LeaveRequest
from lms.attendance.permissions import leave_policy
from lms.attendance.selectors import leave_cases, leave_requests, leaves_in_scope, withdrawable_leaves
from lms.attendance.services import decide_leaves, withdraw_leaves
from lms.attendance.views.asked import numbers_of
from lms.attendance.views.backoffice import attempt
from lms.people.viewsets import role_required

A_PAGE = 50


@require_http_methods(["GET", "HEAD", "POST"])
@role_required(leave_policy, "view")
def leave(request: HttpRequest) -> HttpResponse:
    """Those waiting first; POST answers the ones ticked."""
    form, chosen = LeaveAnswerForm(request.POST or None), _chosen(request)
    if request.method == "POST":
        leave_policy.require(request.user, "decide")
        if form.is_valid() and _decide(request, form, chosen):
            return redirect(request.get_full_path())
    state = request.GET.get("state", LeaveState.PENDING)
    found = leave_requests()
    if state in LeaveState.values:
        found = found.filter(state=state)
    cases = leave_cases(leaves_in_scope(request.user, found))
    withdrawable = withdrawable_leaves((leave for case in cases for leave in case.leaves), at=timezone.now())
    ticked = {leave.pk for leave in chosen}
    wrong = [case for case in cases if form.errors and ticked & {leave.pk for leave in case.leaves}]
    context = {
        "page": Paginator(cases, A_PAGE).get_page(request.GET.get("page")),
        "total": len(cases),
        "form": form,
        "withdrawable": withdrawable,
        "given_up": {
            case.first.pk
            for case in cases
            if case.first.state == LeaveState.APPROVED and withdrawable & {leave.pk for leave in case.leaves}
        },
        "wrong": {case.first.pk for case in wrong},
        "unticked": {leave.pk for case in wrong for leave in case.leaves} - ticked,
        "state": state,
        "states": LeaveState.choices,
        "may_decide": leave_policy.allows(request.user, "decide"),
    }
    return render(request, "lms_attendance/admin/leave.html", context)


def _chosen(request: HttpRequest) -> list[LeaveRequest]:
    keys = numbers_of(request.POST.getlist("leave"))
    found = list(leave_requests().filter(pk__in=keys)) if keys else []
    mine = leaves_in_scope(request.user, found)
    if len(mine) < len(found):
        raise PermissionDenied
    return mine


def _decide(request: HttpRequest, form: LeaveAnswerForm, chosen: list[LeaveRequest]) -> bool:
    if not chosen:
        form.add_error(None, _("Tick at least one request."))
        return False
    act, answer, now = form.cleaned_data["act"], form.cleaned_data["answer"], timezone.now()
    if act == "withdraw":
        return attempt(
            request,
            lambda: withdraw_leaves(chosen, reason=answer, at=now, actor=request.user),
            _say(act, len(chosen)),
        )
    return attempt(
        request,
        lambda: decide_leaves(chosen, approve=act == "approve", answer=answer, at=now, actor=request.user),
        _say(act, len(chosen)),
    )


def _say(act: str, count: int) -> str:
    said = {
        "approve": ngettext("%(count)s request approved.", "%(count)s requests approved.", count),
        "refuse": ngettext("%(count)s request refused.", "%(count)s requests refused.", count),
        "withdraw": ngettext(
            "Leave from %(count)s session withdrawn; the learner is told.",
            "Leave from %(count)s sessions withdrawn; the learner is told.",
            count,
        ),
    }
    return said[act] % {"count": count}
