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
from lms.attendance.selectors import leave_cases, leave_requests, leaves_in_scope
from lms.attendance.services import decide_leaves
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
            return redirect("lms_attendance_admin:leave")
    state = request.GET.get("state", LeaveState.PENDING)
    found = leave_requests()
    if state in LeaveState.values:
        found = found.filter(state=state)
    cases = leave_cases(leaves_in_scope(request.user, found))
    ticked = {leave.pk for leave in chosen}
    wrong = [case for case in cases if form.errors and ticked & {leave.pk for leave in case.leaves}]
    context = {
        "page": Paginator(cases, A_PAGE).get_page(request.GET.get("page")),
        "total": len(cases),
        "form": form,
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
    approve, answer, now = form.cleaned_data["act"] == "approve", form.cleaned_data["answer"], timezone.now()
    count = len(chosen)
    said = (
        ngettext("%(count)s request approved.", "%(count)s requests approved.", count)
        if approve
        else ngettext("%(count)s request refused.", "%(count)s requests refused.", count)
    )
    return attempt(
        request,
        lambda: decide_leaves(chosen, approve=approve, answer=answer, at=now, actor=request.user),
        said % {"count": count},
    )
