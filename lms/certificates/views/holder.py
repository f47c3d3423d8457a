"""The holder's own certificates."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from lms.certificates.models import Certificate
from lms.certificates.permissions import may_open
from lms.certificates.selectors import certificates_of, latest_certificate
from lms.certificates.services import draw_certificates
from lms.core.conf import core_settings
from lms.core.exceptions import DomainError
from lms.core.screens import Action, DeskCard
from lms.people.selectors import person_of
from lms.programmes.models import Enrolment


@login_required
@require_safe
def my_certificates(request: HttpRequest) -> HttpResponse:
    """Each certificate with its number, hours and the address that verifies it."""
    person = person_of(request.user)
    today = timezone.localdate()
    certificates = list(certificates_of(person)) if person else []
    context = {
        "certificates": [(row, row.refresh_suggested(today), _address(request, row)) for row in certificates],
        "place": "me",
    }
    return render(request, "lms_certificates/my_certificates.html", context)


@login_required
@require_safe
def open_pdf(request: HttpRequest, pk: int) -> HttpResponse:
    """The certificate as PDF, drawn at this moment; for the holder and for staff who may see certificates."""
    certificate = get_object_or_404(Certificate.objects.select_related("enrolment__person"), pk=pk)
    if not may_open(request.user, certificate) or not certificate.is_valid:
        raise Http404
    try:
        drawn = draw_certificates([certificate], origin=origin_of(request))
    except DomainError:
        messages.error(request, _("The certificate cannot be drawn now. Nothing is lost; please tell your assistant."))
        return redirect("lms_certificates:mine")
    answer = HttpResponse(drawn, content_type="application/pdf")
    kind = "inline" if "show" in request.GET else "attachment"
    answer["Content-Disposition"] = f'{kind}; filename="{certificate.number}.pdf"'
    answer["Cache-Control"] = "private, no-store"
    return answer


def desk_card(request: HttpRequest, enrolment: Enrolment) -> DeskCard | None:
    """The alumnus's card. One query."""
    certificate = latest_certificate(enrolment)
    if certificate is None or not certificate.is_valid:
        return None
    lines = []
    if certificate.refresh_suggested(timezone.localdate()):
        lines.append(_("A refresh of your knowledge is suggested; the certificate stays valid."))
    return DeskCard(
        key="certificates",
        zone="progress",
        order=10,
        icon="certificate",
        title=_("Your certificate"),
        text=_("You have completed the training. Certificate number %(number)s.") % {"number": certificate.number},
        state="done",
        state_label=_("Alumnus"),
        lines=tuple(lines),
        actions=(Action(_("See the certificate"), reverse("lms_certificates:mine")),),
    )


def origin_of(request: HttpRequest) -> str:
    """Scheme and host people reach the site by."""
    return core_settings.PUBLIC_ORIGIN or request.build_absolute_uri("/").rstrip("/")


def _address(request: HttpRequest, certificate: Certificate) -> str:
    return origin_of(request) + reverse("lms_certificates:verify_code", args=[certificate.code])
