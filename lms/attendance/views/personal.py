"""The learner's personal code: a page that also opens without network, and the key of her phone."""

import json
from datetime import datetime
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.middleware.csrf import get_token
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from lms.attendance.conf import attendance_settings
from lms.attendance.models import LearnerKey
from lms.attendance.services.scanners import install_key
from lms.attendance.views.offline import kept_files, worker
from lms.attendance.views.phones import phone_of
from lms.core.exceptions import DomainError
from lms.programmes.models import Enrolment
from lms.programmes.selectors import current_enrolment

STYLES = ("lms_attendance/scanning.css",)
ENTRY = "lms_attendance/my_code.js"
MODULES = ("lms_attendance/scanner/codes.js", "lms_attendance/scanner/store.js", "lms_attendance/vendor/qrcode.js")


@login_required
@require_safe
@never_cache
def my_code(request: HttpRequest) -> HttpResponse:
    """The page itself is the same for everybody, so that a phone may keep it; the names come from the phone."""
    return render(request, "lms_attendance/my_code.html", {"texts": _texts()})


@login_required
@require_safe
@never_cache
def my_code_state(request: HttpRequest) -> HttpResponse:
    """Whose code it is, what became of the phones' keys, and the server's clock in milliseconds."""
    seat = current_enrolment(request.user)
    return JsonResponse(_state(request, seat, timezone.now()))


@login_required
@require_POST
def install(request: HttpRequest) -> HttpResponse:
    """Make this phone's public key known; sending it again is harmless."""
    seat = current_enrolment(request.user)
    try:
        sent = json.loads(request.body)
        public_key = str(sent["public_key"])
    except (ValueError, KeyError, TypeError):
        return JsonResponse({"code": "key_malformed"}, status=400)
    if seat is None:
        return JsonResponse({"code": "no_seat"}, status=409)
    now, phone = timezone.now(), phone_of(request)
    try:
        install_key(seat, public_key, at=now, device=phone.mark)
    except DomainError as problem:
        return JsonResponse({"code": problem.code, "sentence": str(problem.refusals[0].sentence)}, status=409)
    answer = JsonResponse(_state(request, seat, now))
    phone.keep(request, answer)
    return answer


@require_safe
@never_cache
def my_code_worker(request: HttpRequest) -> HttpResponse:
    """The script that lets the page open without network."""
    return worker(request, page="lms_attendance:my_code", files=kept_files(STYLES, ENTRY, MODULES))


def _state(request: HttpRequest, seat: Enrolment | None, now: datetime) -> dict[str, Any]:
    keys = LearnerKey.objects.filter(enrolment=seat) if seat else LearnerKey.objects.none()
    return {
        "seat": seat
        and {
            "id": seat.pk,
            "name": seat.person.name,
            "number": seat.number,
            "group": seat.group.name if seat.group else "",
        },
        "keys": [{"id": key.pk, "public_key": key.public_key, "state": _word(key)} for key in keys],
        "now": int(now.timestamp() * 1000),
        "seconds": attendance_settings.PERSONAL_CODE_SECONDS,
        "csrf": get_token(request),
    }


def _word(key: LearnerKey) -> str:
    if key.retired_at is not None:
        return "retired"
    return "approved" if key.approved_at is not None else "waiting"


def _texts() -> dict[str, str]:
    return {
        "next": _("Next code in %(seconds)s s"),
        "online": _("Connected"),
        "offline": _("No network. The code is valid all the same."),
        "signed_out": _("You are signed out. The code of this phone is valid all the same."),
        "ready": _("This phone shows your code without network too."),
        "waiting": _("Your class assistant has not approved this phone yet."),
        "waiting_do": _("Show this page to the class assistant, who sees who you are and approves the phone."),
        "retired": _("The code of this phone is no longer valid."),
        "retired_do": _("Another phone shows your code now. If you use this one, ask for it again."),
        "no_seat": _("You hold no seat in a term"),
        "no_seat_do": _("Your code appears here as soon as you are admitted."),
        "unable": _("This browser cannot make a code."),
        "unable_do": _(
            "Open the page in the phone's own browser with https. If that does not help, the class assistant "
            "ticks you off by hand."
        ),
        "never": _("Without network this page cannot start the first time."),
        "never_do": _("Open it once with network; after that it works without. Now the class assistant ticks you off."),
        "label": _("QR code of your personal code"),
    }
