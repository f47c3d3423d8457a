"""The archive: the list, one trainee, the report of a term. Nothing here writes."""

from collections.abc import Sequence
from io import BytesIO
from typing import Any

import xlsxwriter
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.http import require_safe
from wagtail import hooks

from lms.appeals.selectors import appeals_of
from lms.certificates.selectors import certificates_of
from lms.core.screens import ArchiveSection
from lms.core.templatetags.lms_ui import day, when
from lms.grading.enums import Outcome
from lms.grading.selectors import results_of
from lms.people.models import Person
from lms.programmes.models import Enrolment, Term
from lms.programmes.permissions import seats_open_to
from lms.programmes.rules import show_hours
from lms.records.forms import ArchiveFilter
from lms.records.permissions import archive_policy
from lms.records.selectors import ArchiveRow, archive_of, archive_rows, archive_seats, term_report

WORKBOOK = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
PAGE = 50


@require_safe
def archive(request: HttpRequest) -> HttpResponse:
    """Every seat with hours, result and certificate."""
    form = ArchiveFilter(request.GET or None)
    wanted: dict[str, Any] = (
        form.cleaned_data if form.is_bound and form.is_valid() else {"q": "", "term": None, "state": ""}
    )
    found = archive_seats(text=wanted["q"].strip(), term=wanted["term"], state=wanted["state"])
    seats = seats_open_to(request.user, found, archive_policy)
    if request.GET.get("export") == "xlsx":
        return _workbook("archive", _archive_headings(), [_line(row) for row in archive_rows(list(seats))])
    page = Paginator(seats, PAGE).get_page(request.GET.get("p"))
    context = {"form": form, "page": page, "rows": archive_rows(list(page.object_list))}
    return render(request, "lms_records/archive.html", context)


@require_safe
def trainee(request: HttpRequest, pk: int) -> HttpResponse:
    """One page gathering what every plug-in knows of a trainee."""
    person = get_object_or_404(Person.objects.select_related("unit"), pk=pk)
    seats = Enrolment.objects.filter(person=person)
    if seats.exists() and not seats_open_to(request.user, seats, archive_policy).exists():
        raise PermissionDenied
    offered = (hook(person) for hook in hooks.get_hooks("lms_archive_sections"))
    sections = sorted((section for section in offered if section is not None), key=lambda section: section.order)
    return render(request, "lms_records/trainee.html", {"person": person, "sections": sections})


@require_safe
def report(request: HttpRequest, pk: int) -> HttpResponse:
    """The summary of a term, on paper too."""
    found = term_report(get_object_or_404(Term.objects.select_related("programme"), pk=pk))
    hour = found.term.programme.class_hour_minutes
    lines = [
        (_("Learners enrolled"), str(found.seats)),
        (_("Withdrawn or deferred"), str(found.left)),
        *((str(Outcome(key).label), str(count)) for key, count in found.outcomes.items() if key != "incomplete"),
        (_("Pass rate of the released results"), "—" if found.pass_rate is None else f"{found.pass_rate} %"),
        (_("Average total"), "—" if found.average is None else str(found.average)),
        (_("Completed"), str(found.completed)),
        (_("Valid certificates"), str(found.certificates)),
        (_("Revoked certificates"), str(found.revoked)),
        (_("Class hours earned in the classroom"), show_hours(found.offline_minutes, hour)),
        (_("Class hours earned online"), show_hours(found.online_minutes, hour)),
    ]
    if request.GET.get("export") == "xlsx":
        return _workbook(f"report-{found.term.code}", (_("Measure"), _("Measured value")), lines)
    context = {"term": found.term, "lines": lines, "now": timezone.now()}
    return render(request, "lms_records/report.html", context)


def hours_section(person: Person) -> ArchiveSection:
    """Terms, class hours, outcome and certificate."""
    headings = (_("Term"), _("State"), _("Classroom"), _("Online"))
    rows = [(str(row.enrolment.term), row.enrolment.get_state_display(), *_hours(row)) for row in archive_of(person)]
    return ArchiveSection("hours", _("Terms and class hours"), headings, rows, 10)


def results_section(person: Person) -> ArchiveSection:
    """Every released version."""
    versions = list(results_of(list(Enrolment.objects.filter(person=person))))
    first = {row.enrolment_id: row.pk for row in versions}
    rows = [
        (
            str(row.enrolment.term),
            "—" if row.total is None else str(row.total),
            str(Outcome(row.outcome).label),
            when(row.release.released_at, "year"),
            "" if first[row.enrolment_id] == row.pk else row.reason,
        )
        for row in versions
    ]
    headings = (_("Term"), _("Total"), _("Outcome"), _("Released"), _("Reason"))
    return ArchiveSection("results", _("Final results"), headings, rows, 20)


def certificates_section(person: Person) -> ArchiveSection:
    """Every certificate, the revoked ones too."""
    rows = [
        (
            row.number,
            row.snapshot["programme"],
            day(row.issued_at, "year"),
            _("Valid") if row.is_valid else _("Revoked on %(day)s") % {"day": day(row.revoked_at, "year")},
        )
        for row in certificates_of(person)
    ]
    return ArchiveSection(
        "certificates",
        _("Certificates"),
        (_("Certificate number"), _("Programme"), _("Issued on"), _("State")),
        rows,
        30,
    )


def appeals_section(person: Person) -> ArchiveSection:
    """Appeals with their reasons."""
    rows = [(row.title, when(row.filed_at, "year"), row.get_state_display(), row.reason) for row in appeals_of(person)]
    return ArchiveSection(
        "appeals", _("Appeals"), (_("Decision appealed"), _("Filed"), _("State"), _("Reason")), rows, 40
    )


def _archive_headings() -> Sequence[str]:
    return (
        pgettext("person", "Name"),
        _("Unit"),
        _("Term"),
        _("State"),
        _("Classroom"),
        _("Online"),
        _("Total"),
        _("Outcome"),
        _("Certificate"),
    )


def _line(row: ArchiveRow) -> Sequence[str]:
    seat, result = row.enrolment, row.result
    return (
        seat.person.name,
        str(seat.person.unit or ""),
        str(seat.term),
        seat.get_state_display(),
        *_hours(row),
        "" if result is None or result.total is None else str(result.total),
        "" if result is None else str(Outcome(result.outcome).label),
        row.certificate.number if row.certificate and row.certificate.is_valid else "",
    )


def _hours(row: ArchiveRow) -> tuple[str, str]:
    hour = row.enrolment.term.programme.class_hour_minutes
    return show_hours(row.offline_minutes, hour), show_hours(row.online_minutes, hour)


def _workbook(name: str, headings: Sequence[str], lines: Sequence[Sequence[Any]]) -> HttpResponse:
    buffer = BytesIO()
    with xlsxwriter.Workbook(buffer, {"in_memory": True, "strings_to_formulas": False}) as book:
        page, bold = book.add_worksheet(), book.add_format({"bold": True})
        page.set_paper(9)
        page.fit_to_pages(1, 0)
        page.set_column(0, len(headings) - 1, 18)
        for number, line in enumerate((headings, *lines)):
            for column, value in enumerate(line):
                page.write_string(number, column, str(value), bold if number == 0 else None)
        page.write_string(len(lines) + 2, 0, _("Drawn up %(when)s") % {"when": when(timezone.now(), "year")})
    answer = HttpResponse(buffer.getvalue(), content_type=WORKBOOK)
    answer["Content-Disposition"] = f'attachment; filename="{name}.xlsx"'
    return answer
