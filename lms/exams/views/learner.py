"""What a learner sees: her exams, the waiting page, handing in, the confirmation."""

import json
from base64 import b64encode
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render, resolve_url
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from lms.core.exceptions import DomainError
from lms.exams.conf import exams_settings
from lms.exams.enums import SittingState
from lms.exams.forms import read_plain_answers
from lms.exams.models import Sitting
from lms.exams.rules import micros
from lms.exams.selectors import (
    head_hash,
    open_branches,
    own_sitting,
    rule_for,
    saved_state,
    server_now,
    sittings_of,
    start_refusals,
)
from lms.exams.services import save_answers, start_sitting, submit_sitting
from lms.exams.tokens import journal_key, sign_submission, sitting_token
from lms.exams.views.seb import (
    LOCKED,
    browser_links,
    browser_proven,
    browser_refusal,
    locked_refusal,
    refuse_page,
    remember_browser,
)
from lms.exams.views.steps import own_next_step
from lms.questions.enums import ItemKind

FILE_AFTER_SECONDS = 60  # without network, until the room offers to save the answers as a file


@login_required
@require_safe
def exam_list(request: HttpRequest) -> HttpResponse:
    """Her own exams with state and next step."""
    now = server_now()
    rows = [(sitting, own_next_step(sitting, now)) for sitting in sittings_of(request.user)]
    return render(request, "lms_exams/list.html", {"rows": rows, "place": "today"})


@login_required
@never_cache
@require_safe
def exam(request: HttpRequest, pk: int) -> HttpResponse:
    """The waiting page: when, how long, the rules, and everything that stands against starting."""
    sitting, now = _own(request, exam_id=pk), server_now()
    if sitting.state_at(now) in (SittingState.SUBMITTED, SittingState.EXPIRED):
        return redirect("lms_exams:receipt", sitting.pk)
    refusals = start_refusals(sitting, now)
    rule = rule_for(sitting)
    if rule is not None and rule.locked:
        refusals.append(locked_refusal())
    waiting = bool(refusals) and {refusal.code for refusal in refusals} == {"not_yet_open"}
    context = {
        "exam": sitting.exam,
        "sitting": sitting,
        "now": now,
        "running": sitting.state_at(now) == SittingState.RUNNING,
        "refusals": [] if waiting else refusals,
        "waiting": waiting,
        "may_start": not refusals,
        "appealable": any(refusal.rule for refusal in refusals),
        "deadline": sitting.deadline or sitting.deadline_for(sitting.exam, now),
        "extra": sitting.extra_minutes + sitting.beyond_minutes,
        "grace": exams_settings.GRACE_SECONDS,
        "browser": rule is not None,
        "place": "today",
    }
    if rule is not None:
        context |= browser_links(request, sitting) | {"browser_fits": browser_proven(request, rule, page=request.path)}
    return render(request, "lms_exams/exam.html", context)


@login_required
@require_POST
def start(request: HttpRequest, pk: int) -> HttpResponse:
    """Start, or go on from this device."""
    sitting = _own(request, exam_id=pk)
    refusal = browser_refusal(request, sitting, page=reverse("lms_exams:exam", args=[pk]))
    if refusal is not None:
        return refuse_page(request, sitting, refusal)
    try:
        start_sitting(sitting, at=server_now())
    except DomainError as problem:
        for refusal in problem.refusals:
            messages.error(request, refusal.sentence)
        return redirect("lms_exams:exam", pk)
    remember_browser(request, sitting)
    return redirect("lms_exams:room", sitting.pk)


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def room(request: HttpRequest, pk: int) -> HttpResponse:
    """The exam room. Without JavaScript its form saves everything at once and goes on to handing in."""
    sitting, now = _own(request, pk=pk), server_now()
    state = sitting.state_at(now)
    if state == SittingState.PREPARED:
        return redirect("lms_exams:exam", sitting.exam_id)
    if state != SittingState.RUNNING:
        return redirect("lms_exams:receipt", sitting.pk)
    refusal = browser_refusal(request, sitting, page=request.path)
    if request.method == "POST":
        if refusal is None or refusal.code != LOCKED:
            answer = _save_plainly(request, sitting)
        return refuse_page(request, sitting, refusal, lock=True) if refusal else answer
    if refusal is not None:
        return refuse_page(request, sitting, refusal)
    saved = saved_state(sitting)
    context = {
        "sitting": sitting,
        "exam": sitting.exam,
        "sections": _sections(sitting, saved.answers),
        "answered": len(saved.answers),
        "saved": saved,
        "now": now,
        "seconds_left": max(int((sitting.deadline - now).total_seconds()), 0) if sitting.deadline else 0,
        "token": sitting_token(sitting.pk, sitting.owner_id, sitting.epoch, browser=rule_for(sitting) is not None),
        "journal_key": b64encode(journal_key(sitting.pk, sitting.owner_id)).decode(),
        "sign_in": f"{resolve_url(settings.LOGIN_URL)}?{urlencode({'next': reverse('lms_exams:signed_in')})}",
        "file_after": FILE_AFTER_SECONDS,
        "closing_minutes": ",".join(str(minutes) for minutes in exams_settings.CLOSING_MINUTES),
    }
    return render(request, "lms_exams/room.html", context)


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def submit(request: HttpRequest, pk: int) -> HttpResponse:
    """Asks once and says what is unanswered; then hands in."""
    sitting, now = _own(request, pk=pk), server_now()
    if sitting.state_at(now) != SittingState.RUNNING:
        return redirect("lms_exams:receipt", sitting.pk)
    refusal = browser_refusal(request, sitting, page=request.path)
    if refusal is not None:
        return refuse_page(request, sitting, refusal, lock=request.method == "POST")
    if request.method == "POST":
        try:
            submit_sitting(sitting, at=now, actor=request.user)
        except DomainError as problem:
            messages.error(request, problem.refusals[0].sentence)
        return redirect("lms_exams:receipt", sitting.pk)
    saved = saved_state(sitting)
    names = [question["id"] for question in json.loads(sitting.paper)["questions"]]
    missing = [(number, name) for number, name in enumerate(names, 1) if name not in saved.answers]
    context = {"sitting": sitting, "exam": sitting.exam, "missing": missing, "answered": len(names) - len(missing)}
    return render(request, "lms_exams/submit.html", context | {"saved": saved, "place": "today"})


@login_required
@never_cache
@require_safe
def receipt(request: HttpRequest, pk: int) -> HttpResponse:
    """The signed confirmation to keep; for a sitting that ran out of time, what was saved."""
    sitting, now = _own(request, pk=pk), server_now()
    state = sitting.state_at(now)
    if state == SittingState.PREPARED:
        return redirect("lms_exams:exam", sitting.exam_id)
    if state == SittingState.RUNNING:
        return redirect("lms_exams:room", sitting.pk)
    saved, head = saved_state(sitting), head_hash(sitting)
    ended_at = sitting.submitted_at or sitting.deadline
    context = {
        "sitting": sitting,
        "exam": sitting.exam,
        "expired": state == SittingState.EXPIRED,
        "ended_at": ended_at,
        "answered": len(saved.answers),
        "saved": saved,
        "head": head,
        "journal_key": b64encode(journal_key(sitting.pk, sitting.owner_id)).decode(),
        "branches": len(open_branches(sitting, saved.answers)),
        "signature": sign_submission(sitting.pk, micros(ended_at), head) if ended_at else "",
        "place": "today",
    }
    return render(request, "lms_exams/receipt.html", context)


@login_required
@never_cache
@require_safe
def signed_in(request: HttpRequest) -> HttpResponse:
    """Where a sign-in that was renewed beside the exam room ends: it says so, also to the room."""
    return render(request, "lms_exams/signed_in.html", {"place": "today"})


@require_safe
def worker(request: HttpRequest) -> HttpResponse:
    """The script that opens the room of a running sitting without network. It knows nothing of anybody."""
    text = render_to_string("lms_exams/worker.js")
    return HttpResponse(text, content_type="text/javascript; charset=utf-8")


def _own(request: HttpRequest, **lookup: Any) -> Sitting:
    sitting = own_sitting(request.user, **lookup)
    if sitting is None:
        raise Http404
    return sitting


def _save_plainly(request: HttpRequest, sitting: Sitting) -> HttpResponse:
    answers = read_plain_answers(request.POST, sitting)
    saved = saved_state(sitting)
    changed = {name: chosen for name, chosen in answers.items() if saved.answers.get(name, []) != chosen}
    try:
        if changed:
            answered = len({name for name, chosen in (saved.answers | answers).items() if chosen})
            save_answers(
                sitting.pk,
                changed,
                owner=sitting.owner_id,
                epoch=sitting.epoch,
                seq=saved.next_seq,
                answered=answered,
            )
    except DomainError as problem:
        messages.error(request, problem.refusals[0].sentence)
        return redirect("lms_exams:receipt", sitting.pk)
    if "submit" in request.POST:
        return redirect("lms_exams:submit", sitting.pk)
    messages.success(request, _("Your answers were saved."))
    return redirect("lms_exams:room", sitting.pk)


def _sections(sitting: Sitting, answers: dict[str, list[int]]) -> list[dict[str, Any]]:
    """The paper by kind, each question with its number and the choices already made."""
    sections: list[dict[str, Any]] = []
    for number, question in enumerate(json.loads(sitting.paper)["questions"], 1):
        if not sections or sections[-1]["kind"] != question["kind"]:
            sections.append({"kind": question["kind"], "label": ItemKind(question["kind"]).label, "rows": []})
        sections[-1]["rows"].append({"number": number, "question": question, "chosen": answers.get(question["id"], [])})
    return sections
