"""Signals over HTTP, authorised by the sitting's token alone as saves are: no session and no user is read."""

import json
from typing import Any

from django.http import HttpRequest, JsonResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from lms.core.exceptions import DomainError
from lms.exams.rules import HAND_IN, LAST_REMINDER, REMIND, Signal, clean_signals
from lms.exams.selectors import browser_rule, server_now
from lms.exams.services import SignalOutcome, keep_signals
from lms.exams.tokens import read_sitting_token, wants_browser
from lms.exams.views.seb import LOCKED, MISSING, browser_proven

HEADER = "X-Sitting-Token"
MOST_BYTES = 8 * 1024


@csrf_exempt
@never_cache
@require_POST
def keep(request: HttpRequest, pk: int) -> JsonResponse:
    """POST {signals: [{n, kind, seconds, ago}]} -> {left, follows, message}.

    400 malformed, 403 token, 409 `not_running` or `not_asked`, 413 too large, 423 not from the exam's browser.
    """
    token = request.headers.get(HEADER, "")
    claim = read_sitting_token(token)
    if claim is None or claim[0] != pk:
        return JsonResponse({"code": "token_wrong"}, status=403)
    if int(request.headers.get("Content-Length") or 0) > MOST_BYTES:
        return JsonResponse({"code": "too_large"}, status=413)
    rule = browser_rule(pk) if wants_browser(token) else None
    if rule is not None and (
        rule.locked or not browser_proven(request, rule, page=reverse("lms_exams:room", args=[pk]))
    ):
        return JsonResponse({"code": LOCKED if rule.locked else MISSING}, status=423)
    signals = _read(request.body)
    if signals is None:
        return JsonResponse({"code": "malformed"}, status=400)
    try:
        outcome = keep_signals(pk, signals, owner=claim[1], epoch=claim[2], at=server_now())
    except DomainError as problem:
        return JsonResponse({"code": problem.code}, status=409)
    return JsonResponse({"left": outcome.left, "follows": outcome.follows, "message": _say(outcome)})


def _read(body: bytes) -> list[Signal] | None:
    try:
        raw: Any = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return clean_signals(raw.get("signals")) if isinstance(raw, dict) else None


def _say(outcome: SignalOutcome) -> str:
    sentences = {
        REMIND: _("You left the page of the exam (%(left)s times so far). This is recorded for the invigilator."),
        LAST_REMINDER: _("You left the page of the exam %(left)s times. Once more, and the exam is handed in."),
        HAND_IN: _("You left the page of the exam %(left)s times. The exam was handed in with everything saved."),
    }
    return sentences.get(outcome.follows, "") % {"left": outcome.left}
