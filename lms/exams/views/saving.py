"""The hot path over HTTP: saves and the clock, authorised by the sitting's signed token alone.

No session and no user is read here. The token stands in the header `X-Sitting-Token`, which no other site can make a
browser send, so these addresses need no CSRF cookie (and survive its rotation at sign-in in another tab). The token
is bound to sitting, user and epoch and ends when the exam room is entered again.
"""

import json
from typing import Any

from django.http import HttpRequest, JsonResponse
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST, require_safe

from lms.core.exceptions import DomainError
from lms.exams.rules import MOST_ANSWERS, clean_answers, read_pieces, state_of
from lms.exams.selectors import BrowserRule, browser_rule, clock_of, server_now
from lms.exams.services import keep_branch, lock_sitting, save_answers
from lms.exams.tokens import read_sitting_token, wants_browser
from lms.exams.views.seb import LOCKED, MISSING, browser_proven, locked_refusal

HEADER = "X-Sitting-Token"
MOST_BYTES = 64 * 1024
HIGHEST_SEQ = 2**31 - 1
STATUS = {"not_found": 404, "submitted": 410, "closed": 410, "malformed": 400, "too_many": 413}
MOST_BRANCH_BYTES = 512 * 1024


@csrf_exempt
@never_cache
@require_POST
def save(request: HttpRequest, pk: int) -> JsonResponse:
    """POST {epoch, seq, answers, answered} -> 200 with the signed receipt.

    400 malformed, 403 token, 409 `conflict` or `taken_over`, 410 `submitted` or `closed`, 413 too large,
    423 `browser_locked`: not from the exam's Safe Exam Browser; with a receipt where these answers were kept still.
    """
    claim = read_sitting_token(request.headers.get(HEADER, ""))
    if claim is None or claim[0] != pk:
        return _no("token_wrong", 403)
    if int(request.headers.get("Content-Length") or 0) > MOST_BYTES:
        return _no("too_large", 413)
    message = _read(request.body)
    if message is None or message["epoch"] != claim[2]:
        return _no("malformed", 400)
    rule = _rule(request, pk)
    if rule is not None and rule.locked:
        return _locked()
    try:
        receipt = save_answers(pk, owner=claim[1], **message)
    except DomainError as problem:
        return _no(problem.code, STATUS.get(problem.code, 409), str(problem.refusals[0].sentence))
    answer = {
        "sitting": pk,
        "epoch": receipt.epoch,
        "seq": receipt.seq,
        "at": receipt.at.isoformat(),
        "clock": f"{timezone.localtime(receipt.at):%H:%M:%S}",
        "late": receipt.late,
        "deadline": receipt.deadline.isoformat(),
        "hash": receipt.hash,
        "receipt": receipt.signature,
    }
    if rule is not None and not browser_proven(request, rule, page=_page(pk)):
        lock_sitting(pk, at=receipt.at)  # after the save: what was typed is kept
        return _locked(answer)
    return JsonResponse(answer)


@csrf_exempt
@never_cache
@require_POST
def branch(request: HttpRequest, pk: int) -> JsonResponse:
    """POST {epoch, entries: [{seq, answers, answered, made}]} -> 200 with a signed receipt.

    For a device that may not save any more: another one took over, or the sitting is closed. Any token of the sitting
    will do that is at least as new as the epoch of the entries: both are given to its learner alone. 400 malformed,
    403 token, 413 too large or too many.
    """
    claim = read_sitting_token(request.headers.get(HEADER, ""))
    if claim is None or claim[0] != pk:
        return _no("token_wrong", 403)
    if int(request.headers.get("Content-Length") or 0) > MOST_BRANCH_BYTES:
        return _no("too_large", 413)
    message = _read_object(request.body)
    epoch, pieces = _whole(message.get("epoch")), read_pieces(message.get("entries"))
    if pieces is None or not 0 < epoch <= claim[2]:
        return _no("malformed", 400)
    try:
        receipt = keep_branch(pk, pieces, owner=claim[1], epoch=epoch, at=server_now())
    except DomainError as problem:
        return _no(problem.code, STATUS.get(problem.code, 409), str(problem.refusals[0].sentence))
    answer = {"sitting": pk, "epoch": epoch, "seqs": receipt.seqs, "new": receipt.new, "receipt": receipt.signature}
    return JsonResponse(answer)


@never_cache
@require_safe
def clock(request: HttpRequest, pk: int) -> JsonResponse:
    """The server's time, the deadline and the present epoch of the sitting."""
    claim = read_sitting_token(request.headers.get(HEADER, ""))
    if claim is None or claim[0] != pk:
        return _no("token_wrong", 403)
    rule = _rule(request, pk)
    if rule is not None and (rule.locked or not browser_proven(request, rule, page=_page(pk))):
        return _locked() if rule.locked else _no(MISSING, 423)
    times = clock_of(pk, claim[1])
    if times is None:
        return _no("not_found", 404)
    epoch, now = times.pop("epoch"), times.pop("now")
    deadline = times["deadline"].isoformat() if times["deadline"] else None
    return JsonResponse({"now": now.isoformat(), "deadline": deadline, "state": state_of(now, **times), "epoch": epoch})


def _rule(request: HttpRequest, pk: int) -> BrowserRule | None:
    """What is asked of the browser; a token that asks for none costs no query."""
    return browser_rule(pk) if wants_browser(request.headers.get(HEADER, "")) else None


def _page(pk: int) -> str:
    return reverse("lms_exams:room", args=[pk])


def _locked(receipt: dict[str, Any] | None = None) -> JsonResponse:
    refusal = locked_refusal()
    message = f"{refusal.sentence} {refusal.explanation}"
    return JsonResponse({**(receipt or {}), "code": LOCKED, "message": message}, status=423)


def _read_object(body: bytes) -> dict[str, Any]:
    """The JSON object in the body, or an empty one."""
    try:
        raw = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return raw if isinstance(raw, dict) else {}


def _read(body: bytes) -> dict[str, Any] | None:
    raw = _read_object(body)
    answers = clean_answers(raw.get("answers"))
    epoch, seq, answered = (_whole(raw.get(name)) for name in ("epoch", "seq", "answered"))
    if answers is None or not 0 < seq <= HIGHEST_SEQ or not 0 <= answered <= MOST_ANSWERS:
        return None
    return {"epoch": epoch, "seq": seq, "answers": answers, "answered": answered}


def _whole(value: Any) -> int:
    """The number, or -1 for anything that is not a whole number."""
    return value if type(value) is int else -1


def _no(code: str, status: int, message: str = "") -> JsonResponse:
    return JsonResponse({"code": code, "message": message}, status=status)
