"""The scanner of the class assistants: a page that works without network, its roster, and the scans it sends."""

import json
from datetime import UTC, datetime
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.middleware.csrf import get_token
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from lms.attendance.conf import attendance_settings
from lms.attendance.enums import CheckKind
from lms.attendance.models import Scanner
from lms.attendance.permissions import sheet_policy
from lms.attendance.selectors.scanners import RosterSession, roster_for
from lms.attendance.selectors.staff import staff_name
from lms.attendance.services.scanners import SignedScan, register_scanner, upload_scans
from lms.attendance.views.asked import number_of, words_of
from lms.attendance.views.offline import kept_files, worker
from lms.attendance.views.scanner_texts import scanner_texts
from lms.core.exceptions import DomainError
from lms.core.templatetags.lms_ui import static, when

STYLES = ("lms_attendance/scanning.css",)
ENTRY = "lms_attendance/scanner.js"
MODULES = (
    "lms_attendance/scanner/camera.js",
    "lms_attendance/scanner/codes.js",
    "lms_attendance/scanner/desk.js",
    "lms_attendance/scanner/rules.js",
    "lms_attendance/scanner/sending.js",
    "lms_attendance/scanner/store.js",
    "lms_attendance/vendor/jsqr.js",
)


@login_required
@require_safe
@never_cache
def scanner(request: HttpRequest) -> HttpResponse:
    """The page is the same for all staff, so that a phone may keep it; names come with the roster."""
    sheet_policy.require(request.user, "board")
    return render(request, "lms_attendance/scanner.html", {"texts": scanner_texts()})


@login_required
@require_safe
@never_cache
def state(request: HttpRequest) -> HttpResponse:
    """Who is signed in, the server's clock in milliseconds, and whether the phone `?scanner=` may still scan."""
    sheet_policy.require(request.user, "board")
    return JsonResponse(_state(request))


@login_required
@require_safe
@never_cache
def roster(request: HttpRequest) -> HttpResponse:
    """The state, and what the phone needs without network: sessions of today and tomorrow, learners, public keys."""
    sheet_policy.require(request.user, "board")
    found = roster_for(request.user, at=timezone.now())
    learners = [
        {"id": seat.pk, "name": seat.person.name, "number": seat.number, "group": seat.group.name if seat.group else ""}
        for seat in found.seats
    ]
    keys = [[key.pk, key.enrolment_id, key.public_key] for key in found.keys]
    sessions = [_session(row) for row in found.sessions]
    return JsonResponse({**_state(request), "sessions": sessions, "learners": learners, "keys": keys})


@login_required
@require_POST
def register(request: HttpRequest) -> HttpResponse:
    """Make this phone known by its public key; sending it again is harmless."""
    sheet_policy.require(request.user, "board")
    try:
        sent = json.loads(request.body)
        name, public_key, sent_at = words_of(str(sent["name"])), str(sent["public_key"]), _moment(sent["sent_at"])
    except (ValueError, KeyError, TypeError, OverflowError):
        return JsonResponse({"code": "malformed"}, status=400)
    try:
        found = register_scanner(request.user, name=name, public_key=public_key, sent_at=sent_at, at=timezone.now())
    except DomainError as problem:
        return _refused(problem)
    return JsonResponse({"id": found.pk, "name": found.name, "revoked": found.revoked_at is not None})


@login_required
@require_POST
def scans(request: HttpRequest) -> HttpResponse:
    """Take in scans in one batch; each is answered by itself. 400 when none of them bears the phone's signature."""
    received_at = timezone.now()
    sheet_policy.require(request.user, "board")
    try:
        sent = json.loads(request.body)
        sent_at = _moment(sent["sent_at"])
        signed = [SignedScan(str(scan["body"]), str(scan["signature"])) for scan in sent["scans"]]
        found = _own_scanner(request, str(sent["scanner"]))
    except (ValueError, KeyError, TypeError, OverflowError):
        return JsonResponse({"code": "malformed"}, status=400)
    if found is None:
        return JsonResponse({"code": "scanner_unknown"}, status=403)
    try:
        outcome = upload_scans(found, signed, sent_at=sent_at, at=received_at)
    except DomainError as problem:
        return _refused(problem)
    answers = [
        {"nonce": answer.nonce, "outcome": answer.outcome, "code": answer.code, "kept": answer.kept}
        for answer in outcome.answers
    ]
    forged_only = bool(signed) and outcome.forged == len(signed)
    body = {"answers": answers, "forged": outcome.forged, "skew_ms": outcome.skew_ms}
    return JsonResponse(body, status=400 if forged_only else 200)


@require_safe
@never_cache
def scanner_worker(request: HttpRequest) -> HttpResponse:
    """The script that lets the scanner open without network."""
    manifest = reverse("lms_attendance:scanner_manifest")
    files = kept_files(STYLES, ENTRY, MODULES)
    return worker(request, page="lms_attendance:scanner", files=files, more=[manifest])


@require_safe
def scanner_manifest(request: HttpRequest) -> HttpResponse:
    """Lets a phone put the scanner on its home screen."""
    page = reverse("lms_attendance:scanner")
    return JsonResponse(
        {
            "id": page,
            "name": _("Attendance scanner"),
            "short_name": _("Scanner"),
            "lang": get_language(),
            "start_url": page,
            "scope": page,
            "display": "standalone",
            "background_color": "#fbfaf7",
            "theme_color": "#1d5c7a",
            "icons": [{"src": static("lms/favicon.svg"), "type": "image/svg+xml", "sizes": "any"}],
        },
        content_type="application/manifest+json",
        json_dumps_params={"ensure_ascii": False},
    )


def _state(request: HttpRequest) -> dict[str, Any]:
    user: Any = request.user
    found = _own_scanner(request, request.GET.get("scanner", ""))
    return {
        "user": {"id": user.pk, "name": staff_name(user)},
        "scanner": found and {"id": found.pk, "name": found.name, "revoked": found.revoked_at is not None},
        "now": int(timezone.now().timestamp() * 1000),
        "seconds": attendance_settings.PERSONAL_CODE_SECONDS,
        "csrf": get_token(request),
    }


def _own_scanner(request: HttpRequest, asked: str) -> Scanner | None:
    user: Any = request.user
    return Scanner.objects.filter(pk=number_of(asked), user=user).first() if number_of(asked) else None


def _session(row: RosterSession) -> dict[str, Any]:
    session = row.session
    return {
        "id": session.pk,
        "title": session.course.title,
        "when": when(session.starts_at),
        "room": session.room,
        "groups": " · ".join(group.name for group in session.groups.all()),
        "starts": _milliseconds(session.starts_at),
        "ends": _milliseconds(session.ends_at),
        "doors": {
            CheckKind.IN: [_milliseconds(session.check_in_from), _milliseconds(session.ends_at)],
            CheckKind.MID: row.prompt and [_milliseconds(row.prompt.opens_at), _milliseconds(row.prompt.until)],
            CheckKind.OUT: [_milliseconds(session.starts_at), _milliseconds(session.check_out_until)],
        },
        "mid": session.mid_check_minutes > 0,
        "seats": list(row.seats),
    }


def _refused(problem: DomainError) -> HttpResponse:
    return JsonResponse({"code": problem.code, "sentence": str(problem.refusals[0].sentence)}, status=409)


def _moment(milliseconds: Any) -> datetime:
    return datetime.fromtimestamp(int(milliseconds) / 1000, tz=UTC)


def _milliseconds(moment: datetime) -> int:
    return int(moment.timestamp() * 1000)
