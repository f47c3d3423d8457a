"""Anybody verifies a certificate, without an account (R15)."""

from typing import Any

from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_safe

from lms.certificates.conf import certificate_settings
from lms.certificates.forms import VerifyForm
from lms.certificates.models import Certificate
from lms.certificates.selectors import find_by_code, find_by_number
from lms.people.adapters import AccountAdapter
from lms.people.rules import mask_name


@sensitive_post_parameters("name")
@require_http_methods(["GET", "HEAD", "POST"])
def verify(request: HttpRequest) -> HttpResponse:
    """Number and name lead to the certificate's own page."""
    form = VerifyForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        if _too_many(request):
            return _refuse_for_a_while(request)
        certificate = find_by_number(form.cleaned_data["number"], form.cleaned_data["name"])
        if certificate is not None:
            return redirect("lms_certificates:verify_code", certificate.code)
        form.add_error(
            None,
            _(
                "No certificate has this number and this name. Please compare both with the paper; "
                "if they agree, the paper was not issued by this programme."
            ),
        )
    return render(request, "lms_certificates/verify.html", {"form": form})


@require_safe
def verify_code(request: HttpRequest, code: str) -> HttpResponse:
    """Valid, revoked or unknown. Shows the family name only, and no ID number."""
    if _too_many(request):
        return _refuse_for_a_while(request)
    certificate = find_by_code(code)
    context = {"certificate": certificate, **(_said(certificate) if certificate else {})}
    answer = render(request, "lms_certificates/verified.html", context, status=200 if certificate else 404)
    answer["X-Robots-Tag"] = "noindex"
    answer["Cache-Control"] = "no-store"
    return answer


def _said(certificate: Certificate) -> dict[str, Any]:
    return {"masked_name": mask_name(certificate.holder_name), "said": certificate.snapshot}


def _too_many(request: HttpRequest) -> bool:
    """Count this verification for the address it comes from; a cache that is away lets everybody verify."""
    key = f"lms_certificates:verify:{AccountAdapter(request).get_client_ip(request)}"
    cache.add(key, 0, timeout=certificate_settings.VERIFY_WINDOW)
    try:
        return bool(cache.incr(key) > certificate_settings.VERIFY_LIMIT)
    except ValueError:
        return False


def _refuse_for_a_while(request: HttpRequest) -> HttpResponse:
    minutes = -(-certificate_settings.VERIFY_WINDOW // 60)
    answer = render(request, "lms_certificates/too_many.html", {"minutes": minutes}, status=429)
    answer["Retry-After"] = str(certificate_settings.VERIFY_WINDOW)
    return answer
