"""Back office of staff scan: learners' new phones, scanning phones, and scans that wait for a decision."""

from collections.abc import Sequence
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from lms.attendance.models import LearnerKey, Scanner, StaffScan
from lms.attendance.permissions import RunScope, scan_policy
from lms.attendance.selectors.scanners import (
    decided_conflicts,
    open_conflicts,
    scanning_phones,
    waiting_keys,
    within_scope,
)
from lms.attendance.services.scanners import approve_key, decide_scan, refuse_key, revoke_scanner
from lms.attendance.views.asked import number_of, words_of
from lms.attendance.views.backoffice import attempt
from lms.attendance.views.scanner_texts import why_doubtful
from lms.core.screens import HomeJob
from lms.people.viewsets import role_required

DECIDED_SHOWN = 50


@require_http_methods(["GET", "HEAD", "POST"])
@role_required(scan_policy, "view")
def phones(request: HttpRequest) -> HttpResponse:
    """New phones of learners to approve, and the phones that scan; POST approves, refuses or revokes one."""
    if request.method == "POST":
        scan_policy.require(request.user, "decide")
        if request.POST.get("act") == "revoke":
            _revoke(request)
        else:
            _decide_key(request)
        return redirect("lms_attendance_admin:scanners")
    context = {
        "keys": within_scope(waiting_keys(), request.user),
        "phones": [(phone, clock_error(phone.skew_ms)) for phone in scanning_phones()],
        "may_decide": scan_policy.allows(request.user, "decide"),
        "waiting": len(within_scope(open_conflicts(), request.user)),
    }
    return render(request, "lms_attendance/admin/scanners.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@role_required(scan_policy, "view")
def conflicts(request: HttpRequest) -> HttpResponse:
    """Scans that contradict the record or came in doubt, with both times; POST decides one, with a reason."""
    if request.method == "POST":
        scan_policy.require(request.user, "decide")
        _decide_scan(request)
        return redirect("lms_attendance_admin:conflicts")
    context = {
        "rows": [_shown(scan) for scan in within_scope(open_conflicts(), request.user)],
        "decided": within_scope(decided_conflicts()[:DECIDED_SHOWN], request.user),
        "may_decide": scan_policy.allows(request.user, "decide"),
    }
    return render(request, "lms_attendance/admin/conflicts.html", context)


def scan_jobs(user: Any) -> Sequence[HomeJob]:
    """Scans to decide and phones to approve, for the home of the back office."""
    if not scan_policy.allows(user, "decide"):
        return []
    scans, keys = within_scope(open_conflicts(), user), within_scope(waiting_keys(), user)
    text = _("They contradict the record or came in doubt; nothing counts until you decide.")
    jobs = [HomeJob(_("Scans to decide"), reverse("lms_attendance_admin:conflicts"), text, "help", len(scans), 32)]
    if keys:
        text = _("Learners show their personal code on another phone than before.")
        url = reverse("lms_attendance_admin:scanners")
        jobs.append(HomeJob(_("Phones to approve"), url, text, "mobile-alt", len(keys), 34))
    return jobs


def clock_error(skew_ms: int) -> str:
    """How wrong a phone's clock is, in words; empty within two seconds."""
    seconds = round(abs(skew_ms) / 1000)
    if seconds <= 2:
        return ""
    span = f"{seconds // 3600}:{seconds // 60 % 60:02d}:{seconds % 60:02d}"
    if skew_ms > 0:
        return _("%(span)s slow") % {"span": span}
    return _("%(span)s fast") % {"span": span}


def _shown(scan: StaffScan) -> dict[str, Any]:
    return {"scan": scan, "why": why_doubtful(scan.code), "clock": clock_error(scan.skew_ms)}


def _revoke(request: HttpRequest) -> None:
    phone = get_object_or_404(Scanner, pk=_pk(request, "phone"))
    said = _("The phone is revoked. It can send no more scans.")
    attempt(request, lambda: revoke_scanner(phone, at=timezone.now(), actor=request.user), said)


def _decide_key(request: HttpRequest) -> None:
    key = get_object_or_404(LearnerKey.objects.select_related("enrolment__term"), pk=_pk(request, "key"))
    if not RunScope(request.user, key.enrolment.term).covers(key.enrolment):
        raise PermissionDenied
    now = timezone.now()
    if request.POST.get("act") == "approve":
        said = _("The phone is approved. The code of the phone before it is no longer valid.")
        attempt(request, lambda: approve_key(key, at=now, actor=request.user), said)
    else:
        attempt(request, lambda: refuse_key(key, at=now, actor=request.user), _("The phone is refused."))


def _decide_scan(request: HttpRequest) -> None:
    scan = get_object_or_404(
        StaffScan.objects.select_related("enrolment__term", "enrolment__person", "session"), pk=_pk(request, "scan")
    )
    if not RunScope(request.user, scan.enrolment.term).covers(scan.enrolment):
        raise PermissionDenied
    accept, reason, now = request.POST.get("act") == "accept", words_of(request.POST.get("reason", "")), timezone.now()
    attempt(
        request,
        lambda: decide_scan(scan, accept=accept, reason=reason, at=now, actor=request.user),
        _("The scan counts.") if accept else _("The scan is rejected; the record stays as it is."),
    )


def _pk(request: HttpRequest, name: str) -> int:
    return number_of(request.POST.get(name, ""))
