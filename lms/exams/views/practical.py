"""The practical assessment: marks of a whole class on one screen."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_safe

from lms.core.exceptions import DomainError
from lms.exams.conf import exams_settings
from lms.exams.forms import PracticalForm
from lms.exams.permissions import exam_policy
from lms.exams.selectors import latest_practical, part_labels, practical_history
from lms.exams.services import give_practical_marks
from lms.people.viewsets import role_required
from lms.programmes.models import ClassGroup, Enrolment, Term
from lms.programmes.selectors import live_enrolments

SPACE = "lms_exams_backoffice"


@role_required(exam_policy, "practical")
@require_safe
def terms(request: HttpRequest) -> HttpResponse:
    """Which term."""
    found = Term.objects.select_related("programme").prefetch_related("groups").order_by("-starts_on")
    context = _context(_("Practical assessment"), terms=found)
    return render(request, "lms_exams/backoffice/practical_terms.html", context)


@role_required(exam_policy, "practical")
@require_http_methods(["GET", "HEAD", "POST"])
def entry(request: HttpRequest, pk: int) -> HttpResponse:
    """Enter the marks of a term or one of its classes; all rows are stored together or none."""
    term = get_object_or_404(Term, pk=pk)
    group = _group(request, term)
    seats = live_enrolments(term)
    if group is not None:
        seats = seats.filter(group=group)
    held = {mark.enrolment_id: mark for mark in latest_practical(term)}
    forms = [PracticalForm(request.POST or None, enrolment=seat, held=held.get(seat.pk)) for seat in seats]
    wrong = sum(not form.is_valid() for form in forms) if request.method == "POST" else 0
    if request.method == "POST" and not wrong:
        try:
            rows = give_practical_marks(
                term, [form.entry() for form in forms], at=timezone.now(), examiner=request.user
            )
        except DomainError as problem:
            by_seat = {form.enrolment.pk: form for form in forms}
            for refusal in problem.refusals:
                by_seat[refusal.figures["enrolment"]].add_refusal(refusal)
        else:
            text = ngettext("%(n)s mark was saved.", "%(n)s marks were saved.", len(rows)) % {"n": len(rows)}
            messages.success(request, text)
            return redirect(request.get_full_path())
    context = {
        "term": term,
        "group": group,
        "groups": term.groups.all(),
        "forms": forms,
        "wrong": sum(bool(form.errors) for form in forms) if request.method == "POST" else 0,
        "parts": [(part_labels().get(part, part), limit) for part, limit in exams_settings.PRACTICAL_PARTS.items()],
        "given": sum(1 for form in forms if form.held and form.held.value is not None),
    }
    return render(request, "lms_exams/backoffice/practical.html", _context(str(term), **context))


@role_required(exam_policy, "practical")
@require_safe
def history(request: HttpRequest, pk: int) -> HttpResponse:
    """Every mark ever given to one learner."""
    seat = get_object_or_404(Enrolment.objects.select_related("person", "term"), pk=pk)
    labels = part_labels()
    rows = [
        (row, [(labels.get(part, part), points) for part, points in row.rubric.items()])
        for row in practical_history(seat)
    ]
    return render(
        request, "lms_exams/backoffice/practical_history.html", _context(seat.person.name, seat=seat, rows=rows)
    )


def _group(request: HttpRequest, term: Term) -> ClassGroup | None:
    chosen = request.GET.get("group", "")
    return term.groups.filter(pk=int(chosen)).first() if chosen.isascii() and chosen.isdigit() else None


def _context(title: str, **more: Any) -> dict[str, Any]:
    crumbs = [
        {"url": reverse("wagtailadmin_home"), "label": _("Home")},
        {"url": reverse(f"{SPACE}:practical"), "label": _("Practical assessment")},
        {"url": "", "label": title},
    ]
    return {"header_title": title, "page_title": title, "header_icon": "edit", "breadcrumbs_items": crumbs, **more}
