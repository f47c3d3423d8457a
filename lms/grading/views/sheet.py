"""The grade sheet of a term: compose, look, release, revise, export."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from lms.core.exceptions import DomainError
from lms.grading.enums import Outcome
from lms.grading.forms import RevisionForm, SheetFilter
from lms.grading.models import ResultVersion
from lms.grading.permissions import result_policy
from lms.grading.rules import PARTS, TOTAL_PARTS
from lms.grading.selectors import latest_versions
from lms.grading.services import compose_results, release_results, revise_result
from lms.grading.views.shown import ShownResult, part_label, show_result
from lms.grading.views.workbook import write_sheet
from lms.programmes.models import Enrolment, Term
from lms.programmes.selectors import live_enrolments

WORKBOOK = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@dataclass(frozen=True)
class Row:
    """One learner of the sheet; `shown` is None before the first composition."""

    enrolment: Enrolment
    shown: ShownResult | None

    @property
    def marks(self) -> list[str]:
        """Attendance, classroom, assignments, regular, theory, practical: figures or empty."""
        if self.shown is None:
            return [""] * 6
        inner = {line.line.part: line.line.mark for line in self.shown.inner}
        outer = {line.line.part: line.line.mark for line in self.shown.outer}
        return [inner.get(part, "") for part in PARTS[:3]] + [outer.get(part, "") for part in TOTAL_PARTS]


@require_safe
def choose_term(request: HttpRequest) -> HttpResponse:
    """The terms, newest first."""
    terms = Term.objects.select_related("programme").order_by("-starts_on")
    return render(request, "lms_grading/backoffice/terms.html", {"terms": terms})


@require_safe
def sheet(request: HttpRequest, pk: int) -> HttpResponse:
    """All parts, totals and what is missing."""
    term = _term(pk)
    everybody = _rows(term)
    form = SheetFilter(request.GET or None)
    rows = _filtered(everybody, form)
    if request.GET.get("export") == "xlsx":
        return _export(term, rows)
    context = {
        "term": term,
        "rows": rows,
        "form": form,
        "counts": _count(everybody),
        "headings": [part_label(part) for part in (*PARTS[:3], *TOTAL_PARTS)],
        "may_compose": result_policy.allows(request.user, "compose"),
        "may_release": result_policy.allows(request.user, "release"),
    }
    return render(request, "lms_grading/backoffice/sheet.html", context)


@require_POST
def compose(request: HttpRequest, pk: int) -> HttpResponse:
    """Compose all results of the term from the sources."""
    done = compose_results(_term(pk), at=timezone.now(), actor=request.user)
    messages.success(
        request,
        _("%(written)s results composed, %(unchanged)s unchanged.")
        % {"written": done.written, "unchanged": done.unchanged},
    )
    if done.differing:
        warning = ngettext(
            "%(count)s released result no longer agrees with its sources. Open it and revise it with a reason.",
            "%(count)s released results no longer agree with their sources. Open and revise each with a reason.",
            len(done.differing),
        )
        messages.warning(request, warning % {"count": len(done.differing)})
    return redirect("lms_grading_admin:sheet", pk)


@require_http_methods(["GET", "HEAD", "POST"])
def release(request: HttpRequest, pk: int) -> HttpResponse:
    """Names the learners who lose the right to be assessed and those who stay back, then releases."""
    term = _term(pk)
    if request.method == "POST":
        try:
            count = release_results(term, at=timezone.now(), actor=request.user)
        except DomainError as problem:
            for refusal in problem.refusals:
                messages.error(request, f"{refusal.sentence} {refusal.explanation}")
        else:
            messages.success(request, _("%(count)s results released. The learners are told.") % {"count": count})
        return redirect("lms_grading_admin:sheet", pk)
    rows = _rows(term)
    waiting = [row for row in rows if row.shown and not row.shown.version.released]
    context = {
        "term": term,
        "counts": _count(waiting),
        "excluded": [row for row in waiting if row.shown and row.shown.version.outcome == Outcome.EXCLUDED],
        "incomplete": [row for row in waiting if row.shown and row.shown.missing],
    }
    return render(request, "lms_grading/backoffice/release.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def result(request: HttpRequest, pk: int) -> HttpResponse:
    """One learner: every version with its arithmetic; a released result is revised here."""
    enrolment = get_object_or_404(Enrolment.objects.select_related("person__unit", "term__programme"), pk=pk)
    form = RevisionForm(request.POST or None)
    if request.method == "POST":
        result_policy.require(request.user, "revise")
        if form.is_valid():
            try:
                revise_result(enrolment, reason=form.cleaned_data["reason"], at=timezone.now(), actor=request.user)
            except DomainError as problem:
                form.add_error(None, str(problem))
            else:
                messages.success(request, _("The result has been revised and released. The learner is told."))
                return redirect("lms_grading_admin:result", pk)
    people = ("release__released_by__person", "actor__person")
    versions = ResultVersion.objects.filter(enrolment=enrolment).select_related(*people)
    shown = [show_result(version) for version in versions.order_by("-version")]
    context = {
        "enrolment": enrolment,
        "versions": shown,
        "form": form,
        "may_revise": bool(shown and shown[0].version.released) and result_policy.allows(request.user, "revise"),
    }
    return render(request, "lms_grading/backoffice/result.html", context)


def _term(pk: int) -> Term:
    return get_object_or_404(Term.objects.select_related("programme"), pk=pk)


def _rows(term: Term) -> list[Row]:
    latest = {version.enrolment_id: show_result(version) for version in latest_versions(term)}
    return [Row(enrolment, latest.get(enrolment.pk)) for enrolment in live_enrolments(term)]


def _filtered(rows: Sequence[Row], form: SheetFilter) -> list[Row]:
    if not form.is_bound or not form.is_valid():
        return list(rows)
    text, outcome = form.cleaned_data["q"].strip().lower(), form.cleaned_data["outcome"]
    return [row for row in rows if _mentions(row, text) and _has_outcome(row, outcome)]


def _mentions(row: Row, text: str) -> bool:
    person = row.enrolment.person
    return text in f"{person.name} {person.pinyin} {person.unit or ''}".lower()


def _has_outcome(row: Row, outcome: str) -> bool:
    if not outcome:
        return True
    version = row.shown.version if row.shown else None
    if outcome == "waiting":
        return version is None or not version.released
    return version is not None and version.outcome == outcome


def _count(rows: Sequence[Row]) -> dict[str, Any]:
    outcomes = Counter(str(row.shown.version.outcome) if row.shown else "none" for row in rows)
    waiting = sum(
        1
        for row in rows
        if row.shown and not row.shown.version.released and row.shown.version.outcome != Outcome.INCOMPLETE
    )
    return {"all": len(rows), "waiting": waiting, **{key: outcomes[key] for key in (*Outcome.values, "none")}}


def _export(term: Term, rows: Sequence[Row]) -> HttpResponse:
    lines = [
        [
            row.enrolment.number,
            row.enrolment.person.name,
            str(row.enrolment.person.unit or ""),
            str(row.enrolment.group or ""),
            *row.marks,
            "" if row.shown is None or row.shown.version.total is None else str(row.shown.version.total),
            "" if row.shown is None else str(Outcome(row.shown.version.outcome).label),
        ]
        for row in rows
    ]
    headings = [part_label(part) for part in (*PARTS[:3], *TOTAL_PARTS)]
    answer = HttpResponse(write_sheet(term, headings, lines, at=timezone.now()), content_type=WORKBOOK)
    answer["Content-Disposition"] = f'attachment; filename="results-{term.code}.xlsx"'
    return answer
