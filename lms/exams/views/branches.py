"""Answers that were not merged: what they would change, and the decision about them."""

import json
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from lms.core.exceptions import DomainError
from lms.exams.enums import BranchVerdict
from lms.exams.models import Exam, Sitting
from lms.exams.permissions import exam_policy
from lms.exams.rules import AnswerDifference
from lms.exams.selectors import (
    branch_rows,
    decided_branches,
    is_final,
    open_branches,
    saved_state,
    server_now,
)
from lms.exams.services import decide_branch, keep_branch_file
from lms.exams.services.branch_files import MOST_BYTES
from lms.exams.views.screens import SPACE, screen
from lms.people.viewsets import role_required

LETTERS = "ABCDEFGHIJ"


@dataclass(frozen=True)
class Line:
    """One question of the screen: its number and words, what counts now, what the branch says."""

    number: str
    stem: str
    held: str
    branch: str


@role_required(exam_policy, "branches")
@never_cache
@require_safe
def branch_list(request: HttpRequest, pk: int) -> HttpResponse:
    """The sittings of an exam that were started, those with something to decide first."""
    exam = get_object_or_404(Exam.objects.select_related("term"), pk=pk)
    context = screen(_("Answers not merged"), above=_above(), exam=exam, rows=branch_rows(exam))
    return render(request, "lms_exams/backoffice/branches.html", context)


@role_required(exam_policy, "branches")
@never_cache
@require_safe
def branch_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """One sitting: for each device what differs and when it was made, and what was decided before."""
    sitting, now = _sitting(pk), server_now()
    saved = saved_state(sitting)
    paper = {question["id"]: question for question in json.loads(sitting.paper)["questions"]}
    branches = [(branch, _lines(branch.differences, paper)) for branch in open_branches(sitting, saved.answers)]
    context = screen(
        sitting.enrolment.person.name,
        above=_above(),
        sitting=sitting,
        exam=sitting.exam,
        saved=saved,
        branches=branches,
        decided=decided_branches(sitting),
        final=is_final(sitting, now),
        verdicts=BranchVerdict,
        crumb=reverse(f"{SPACE}:branches", args=[sitting.exam_id]),
    )
    return render(request, "lms_exams/backoffice/branch.html", context)


@role_required(exam_policy, "branches")
@require_POST
def decide(request: HttpRequest, pk: int) -> HttpResponse:
    """Adopt or leave the entries that were on the screen."""
    sitting = _sitting(pk)
    entries = [int(value) for value in request.POST.getlist("entry") if value.isascii() and value.isdigit()]
    verdict = request.POST.get("verdict", "")
    try:
        if verdict not in BranchVerdict.values:
            messages.error(request, _("Choose what to do with these answers."))
        else:
            reason = request.POST.get("reason", "")[:200]
            decide_branch(sitting, entries[:2000], verdict=verdict, reason=reason, actor=request.user, at=server_now())
            adopted = verdict == BranchVerdict.ADOPTED
            messages.success(request, _("The answers were adopted.") if adopted else _("The answers were left out."))
    except DomainError as problem:
        messages.error(request, problem.refusals[0].sentence)
    return redirect(f"{SPACE}:branch", pk)


@role_required(exam_policy, "branches")
@require_POST
def upload(request: HttpRequest, pk: int) -> HttpResponse:
    """Take in the file a learner saved when the network did not come back."""
    sitting, given = _sitting(pk), request.FILES.get("file")
    if given is None:
        messages.error(request, _("Choose the file the learner has saved."))
        return redirect(f"{SPACE}:branch", pk)
    try:
        receipt = keep_branch_file(sitting, given.read(MOST_BYTES + 1), actor=request.user, at=server_now())
    except DomainError as problem:
        messages.error(request, problem.refusals[0].sentence)
        return redirect(f"{SPACE}:branch", pk)
    if receipt.new:
        text = ngettext("%(n)s entry was taken in.", "%(n)s entries were taken in.", receipt.new)
        messages.success(request, text % {"n": receipt.new})
    else:
        messages.info(request, _("Everything in this file is here already; nothing has changed."))
    return redirect(f"{SPACE}:branch", pk)


def _sitting(pk: int) -> Sitting:
    found = Sitting.objects.select_related("exam__term", "enrolment__person", "enrolment__group")
    return get_object_or_404(found, pk=pk, started_at__isnull=False)


def _above() -> tuple[tuple[str, str], ...]:
    return ((f"{SPACE}:watch", _("Watch an exam")),)


def _lines(differences: tuple[AnswerDifference, ...], paper: dict[str, Any]) -> list[Line]:
    return [
        Line(
            one.question[1:],
            paper[one.question]["stem"],
            _say(one.held, paper[one.question]),
            _say(one.branch, paper[one.question]),
        )
        for one in differences
        if one.question in paper
    ]


def _say(choices: list[int], question: dict[str, Any]) -> str:
    """A. first option; C. third option"""
    options = question["options"]
    said = [f"{LETTERS[choice]}. {options[choice]}" for choice in choices if choice < len(options)]
    return "; ".join(said) or _("no answer")
