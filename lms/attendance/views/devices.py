"""Another phone: asked by the learner at the door, approved with one press by whoever sees her."""

from collections.abc import Sequence

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from lms.attendance.enums import DeviceState
from lms.attendance.models import DeviceChange
from lms.attendance.permissions import RunScope, device_policy
from lms.attendance.selectors.flags import phones_asked, users_of_phones
from lms.attendance.services.devices import ask_device, decide_device
from lms.attendance.views.asked import number_of, words_of
from lms.attendance.views.backoffice import attempt
from lms.attendance.views.phones import known_mark
from lms.attendance.views.terms import chosen_term
from lms.core.exceptions import DomainError
from lms.people.viewsets import role_required
from lms.programmes.selectors import current_enrolment

SHOWN = 200


@login_required
@require_POST
def ask(request: HttpRequest) -> HttpResponse:
    """The learner asks that the phone in her hand count as hers."""
    enrolment = current_enrolment(request.user)
    if enrolment is None:
        raise PermissionDenied
    reason = words_of(request.POST.get("reason", ""))
    try:
        held = ask_device(enrolment, known_mark(request), at=timezone.now(), reason=reason)
    except DomainError as problem:
        messages.error(request, str(problem))
        return redirect("lms_attendance:overview")
    if held.state == DeviceState.APPROVED:
        messages.success(request, _("This phone is approved."))
    elif held.state == DeviceState.REFUSED:
        messages.error(request, _("This phone was not approved. Please speak to the class assistant."))
    else:
        messages.success(request, _("Your request is sent. Show yourself to the class assistant now."))
    return redirect("lms_attendance:overview")


@require_http_methods(["GET", "HEAD", "POST"])
@role_required(device_policy, "view")
def phones(request: HttpRequest) -> HttpResponse:
    """Who waits with another phone, and what was decided; POST decides one."""
    if request.method == "POST":
        return _decide(request)
    term, terms = chosen_term(request)
    if term is None:
        return render(request, "lms_attendance/admin/no_term.html", {"terms": terms})
    state = request.GET.get("state", DeviceState.ASKED)
    known = state if state in DeviceState.values else ""
    scope = RunScope(request.user, term)
    found = list(phones_asked(term, closed_to_user=scope.closed_to_user, state=known)[:SHOWN])
    context = {
        "term": term,
        "terms": terms,
        "state": state,
        "states": DeviceState.choices,
        "rows": _with_users(found),
        "may_decide": device_policy.allows(request.user, "decide"),
    }
    return render(request, "lms_attendance/admin/phones.html", context)


def _with_users(found: Sequence[DeviceChange]) -> list[tuple[DeviceChange, str]]:
    users = users_of_phones(found)
    return [
        (row, "、".join(name for key, name in users.get(row.mark, {}).items() if key != row.enrolment_id))
        for row in found
    ]


def _decide(request: HttpRequest) -> HttpResponse:
    device_policy.require(request.user, "decide")
    row = get_object_or_404(
        DeviceChange.objects.select_related("enrolment__person", "enrolment__term"),
        pk=number_of(request.POST.get("phone", "")),
    )
    if not RunScope(request.user, row.enrolment.term).covers(row.enrolment):
        raise PermissionDenied
    approve, now, name = request.POST.get("act") == "approve", timezone.now(), row.enrolment.person.name
    said = _("The phone of %(name)s is approved.") if approve else _("The phone of %(name)s is not approved.")
    attempt(request, lambda: decide_device(row, approve=approve, at=now, actor=request.user), said % {"name": name})
    return redirect(f"{reverse('lms_attendance_admin:phones')}?{request.GET.urlencode()}")
