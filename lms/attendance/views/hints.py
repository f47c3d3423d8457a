"""Hints of place: the learner's consent, and the one request of her phone. What it says is compared and forgotten."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST, require_safe

from lms.attendance.models import CheckEntry
from lms.attendance.services.hints import Whereabouts, agree_to_hints, keep_hints, stop_hints
from lms.attendance.views.guarding import hint_part, phone_part
from lms.attendance.views.watching import watch_part
from lms.people.adapters import AccountAdapter
from lms.people.selectors import person_of


@login_required
@require_POST
def consent(request: HttpRequest) -> HttpResponse:
    """Agree separately, or stop; stopping deletes what is kept."""
    person, now = person_of(request.user), timezone.now()
    if person is None:
        raise PermissionDenied
    if request.POST.get("agree") == "yes":
        agree_to_hints(person, at=now)
        messages.success(request, _("Hints of place are on. You can stop them here at any time."))
    else:
        stop_hints(person, at=now, actor=request.user)
        messages.success(request, _("Hints of place are off, and what was kept is deleted."))
    return redirect("lms_attendance:overview")


@login_required
@sensitive_post_parameters("latitude", "longitude")
@require_POST
def hint(request: HttpRequest, pk: int, kind: str) -> HttpResponse:
    """One hint for one check of her own; always the same empty answer, so that nothing can be read from it."""
    keep_hints(_own_entry(request, pk, kind), _whereabouts(request), at=timezone.now())
    return HttpResponse(status=204)


@login_required
@never_cache
@require_safe
def after(request: HttpRequest, pk: int, kind: str) -> HttpResponse:
    """What else a page shows after a check that its script wrote: another phone to approve, a hint to send, a
    check during class to wait for; or 204."""
    entry = _own_entry(request, pk, kind)
    context = {
        "entry": entry,
        **phone_part(entry.enrolment, entry.device),
        **hint_part(entry),
        **watch_part(request, entry.enrolment, [entry.session], timezone.now()),
    }
    if not (context["phone_standing"] or context["send_hint"] or context["watch"]):
        return HttpResponse(status=204)
    return render(request, "lms_attendance/parts/after.html", context)


def _own_entry(request: HttpRequest, pk: int, kind: str) -> CheckEntry:
    return get_object_or_404(
        CheckEntry.objects.select_related("session", "enrolment__person"),
        session=pk,
        kind=kind,
        enrolment__person__user=request.user,
    )


def _address(request: HttpRequest) -> str:
    """As the sign-in limits count it, behind the proxies the site trusts."""
    return str(AccountAdapter(request).get_client_ip(request) or "")


def _whereabouts(request: HttpRequest) -> Whereabouts:
    try:
        position = float(request.POST["latitude"]), float(request.POST["longitude"])
    except (KeyError, ValueError):
        return Whereabouts(_address(request))
    return Whereabouts(_address(request), position)
