"""The back office: the list, issuing and printing by term, revoking by two people."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.db.models import Count, Q, QuerySet
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe
from django_filters import ChoiceFilter
from wagtail.admin.filters import WagtailFilterSet
from wagtail.admin.ui.tables import Column
from wagtail.admin.views.generic import IndexView

from lms.certificates import services
from lms.certificates.enums import BatchState
from lms.certificates.forms import ConfirmationForm, ProposalForm
from lms.certificates.models import Certificate, PrintBatch
from lms.certificates.permissions import certificate_policy, open_to
from lms.certificates.selectors import (
    awaiting_certificate,
    batches_of,
    certificates_of_term,
    contradicted_certificates,
    search_certificates,
)
from lms.certificates.services.printing import unprintable
from lms.certificates.views.holder import origin_of
from lms.core.exceptions import DomainError
from lms.core.templatetags.lms_ui import day
from lms.programmes.models import Term

Act = Callable[[Certificate], Any]


class CertificateFilter(WagtailFilterSet):
    """By state and term."""

    state = ChoiceFilter(
        label=gettext_lazy("State"),
        choices=[
            ("valid", gettext_lazy("Valid")),
            ("proposed", gettext_lazy("Revocation proposed")),
            ("revoked", gettext_lazy("Revoked")),
        ],
        method="by_state",
    )

    class Meta:
        model = Certificate
        fields = ["state", "enrolment__term"]

    def by_state(self, rows: QuerySet[Certificate], _name: str, value: str) -> QuerySet[Certificate]:
        """Valid ones include those whose revocation is only proposed."""
        if value == "revoked":
            return rows.filter(revoked_at__isnull=False)
        rows = rows.filter(revoked_at=None)
        return rows.filter(proposed_at__isnull=False) if value == "proposed" else rows


class DayColumn(Column):
    """A day in words."""

    def get_value(self, instance: Any) -> str:
        return day(super().get_value(instance), "year")


def state_of(certificate: Certificate) -> str:
    """The state in a word."""
    if not certificate.is_valid:
        return _("Revoked")
    return _("Revocation proposed") if certificate.is_contested else _("Valid")


class CertificateList(IndexView):
    """All certificates with search, filters and export."""

    model = Certificate
    permission_policy = None
    page_title = gettext_lazy("Certificates")
    header_icon = "doc-full"
    index_url_name = "lms_certificates_admin:index"
    index_results_url_name = "lms_certificates_admin:results"
    edit_url_name = "lms_certificates_admin:detail"
    search_backend_name = None
    is_searchable = True
    filterset_class = CertificateFilter
    default_ordering = "-issued_at"
    paginate_by = 50
    list_display = [
        "number",
        Column("holder", label=gettext_lazy("Holder"), accessor="holder_name", sort_key="holder_name"),
        Column("unit", label=gettext_lazy("Unit"), accessor=lambda row: row.snapshot["unit"]),
        Column("term", label=gettext_lazy("Term"), accessor=lambda row: row.snapshot["term"]),
        DayColumn("issued_at", label=gettext_lazy("Issued at"), sort_key="issued_at"),
        Column("state", label=gettext_lazy("State"), accessor=state_of),
    ]
    list_export = ["number", "holder_name", "snapshot.unit", "snapshot.term", "issued_at"]
    list_export += ["refresh_due_on", "revoked_at", "revoke_reason"]
    export_headings = {"snapshot.unit": gettext_lazy("Unit"), "snapshot.term": gettext_lazy("Term")}
    export_filename = "certificates"

    def get_base_queryset(self) -> QuerySet[Certificate]:
        return open_to(
            self.request.user, Certificate.objects.select_related("enrolment__person__unit", "enrolment__term")
        )

    def search_queryset(self, queryset: QuerySet[Certificate]) -> QuerySet[Certificate]:
        return search_certificates(queryset, self.search_query.strip()) if self.is_searching else queryset


@require_safe
def terms(request: HttpRequest) -> HttpResponse:
    """The terms with their valid certificates."""
    valid = Count("enrolments__certificates", filter=Q(enrolments__certificates__revoked_at=None))
    rows = Term.objects.select_related("programme").annotate(certificates=valid).order_by("-starts_on")
    return render(request, "lms_certificates/backoffice/terms.html", {"terms": rows})


@require_safe
def term(request: HttpRequest, pk: int) -> HttpResponse:
    """Who waits for a certificate, who cannot get one yet and why, and the batches for printing."""
    found = _term(pk)
    waiting = awaiting_certificate(found)
    persons = [row.enrolment.person for row in waiting]
    rare = unprintable(text for person in persons for text in (person.name, person.unit.name if person.unit else ""))
    context = {
        "term": found,
        "waiting": waiting,
        "rare": sorted(rare),
        "issued": certificates_of_term(found).count(),
        "contradicted": contradicted_certificates(found),
        "batches": batches_of(found).select_related("made_by")[:10],
        "may_issue": certificate_policy.allows(request.user, "issue"),
        "may_print": certificate_policy.allows(request.user, "print"),
    }
    return render(request, "lms_certificates/backoffice/term.html", context)


@require_POST
def issue(request: HttpRequest, pk: int) -> HttpResponse:
    """Issue to everybody who waits."""
    try:
        done = services.issue_certificates(_term(pk), at=timezone.now(), actor=request.user)
    except DomainError as problem:
        messages.error(request, " ".join(str(part) for part in (problem, problem.refusals[0].explanation) if part))
        return redirect("lms_certificates_admin:term", pk)
    messages.success(request, _("%(count)s certificates issued.") % {"count": len(done.issued)})
    if done.held_back:
        names = "、".join(enrolment.person.name for enrolment in done.held_back)
        messages.warning(
            request, _("Held back, because no font has a character of the name: %(names)s") % {"names": names}
        )
    return redirect("lms_certificates_admin:term", pk)


@require_POST
def print_term(request: HttpRequest, pk: int) -> HttpResponse:
    """Order the batch; it is drawn in the background."""
    try:
        services.order_batch(_term(pk), origin=origin_of(request), at=timezone.now(), actor=request.user)
    except DomainError as problem:
        messages.error(request, str(problem))
    else:
        messages.success(request, _("The batch is being drawn. It appears below when it is ready."))
    return redirect("lms_certificates_admin:term", pk)


@require_safe
def open_batch(request: HttpRequest, pk: int) -> Any:
    """The finished PDF."""
    batch = get_object_or_404(PrintBatch, pk=pk)
    if batch.state != BatchState.READY:
        raise Http404
    return FileResponse(batch.content.open("rb"), as_attachment=True, filename=f"certificates-{batch.term.code}.pdf")


@require_safe
def detail(request: HttpRequest, pk: int) -> HttpResponse:
    """One certificate with its history."""
    return _show_detail(request, _certificate(request, pk))


@require_POST
def propose(request: HttpRequest, pk: int) -> HttpResponse:
    """First pair of eyes."""
    form = ProposalForm(request.POST)
    return _act(
        request,
        pk,
        form,
        lambda row: services.propose_revocation(
            row, reason=form.cleaned_data["reason"], at=timezone.now(), actor=request.user
        ),
        _("The revocation has been proposed. Another person has to confirm it."),
    )


@require_POST
def confirm(request: HttpRequest, pk: int) -> HttpResponse:
    """Second pair of eyes."""
    form = ConfirmationForm(request.POST)
    return _act(
        request,
        pk,
        form,
        lambda row: services.confirm_revocation(
            row, number=form.cleaned_data["number"], at=timezone.now(), actor=request.user
        ),
        _("The certificate has been revoked. Verification says so from now on."),
    )


@require_POST
def drop(request: HttpRequest, pk: int) -> HttpResponse:
    """Turn the proposal down, or take it back."""
    return _act(
        request,
        pk,
        None,
        lambda row: services.drop_revocation(row, at=timezone.now(), actor=request.user),
        _("The proposal has been dropped. The certificate stays valid."),
    )


@require_POST
def reissue(request: HttpRequest, pk: int) -> HttpResponse:
    """A new certificate with a new number after a revocation."""
    return _act(
        request,
        pk,
        None,
        lambda row: services.reissue_certificate(row, at=timezone.now(), actor=request.user),
        _("A new certificate with a new number has been issued."),
    )


def _act(request: HttpRequest, pk: int, form: Any, act: Act, said: str) -> HttpResponse:
    certificate = _certificate(request, pk)
    if form is not None and not form.is_valid():
        return _show_detail(request, certificate, form)
    try:
        changed = act(certificate)
    except DomainError as problem:
        if form is None:
            messages.error(request, str(problem))
            return redirect("lms_certificates_admin:detail", pk)
        form.add_error(None, str(problem))
        return _show_detail(request, certificate, form)
    messages.success(request, said)
    return redirect("lms_certificates_admin:detail", changed.pk)


def _show_detail(request: HttpRequest, certificate: Certificate, form: Any = None) -> HttpResponse:
    context = {
        "certificate": certificate,
        "said": certificate.snapshot,
        "state": state_of(certificate),
        "events": certificate.events.select_related("actor"),
        "proposal": form if isinstance(form, ProposalForm) else ProposalForm(),
        "confirmation": form if isinstance(form, ConfirmationForm) else ConfirmationForm(),
        "may_propose": certificate_policy.allows(request.user, "propose"),
        "may_revoke": certificate_policy.allows(request.user, "revoke")
        and certificate.proposed_by_id != request.user.pk,
        "may_issue": certificate_policy.allows(request.user, "issue"),
    }
    return render(request, "lms_certificates/backoffice/detail.html", context)


def _certificate(request: HttpRequest, pk: int) -> Certificate:
    rows = Certificate.objects.select_related("enrolment__person__unit", "enrolment__term", "proposed_by", "revoked_by")
    return get_object_or_404(open_to(request.user, rows), pk=pk)


def _term(pk: int) -> Term:
    return get_object_or_404(Term.objects.select_related("programme"), pk=pk)
