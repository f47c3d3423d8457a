"""Answers to other apps' questions."""

from collections.abc import Collection

from django.utils.translation import gettext as _

from lms.certificates.models import Certificate
from lms.core.exceptions import Refusal
from lms.programmes.models import Programme

PRINTED = frozenset(
    {"programme.year", "certificate.number_pattern", "hours.certificate_total", "hours.certificate_online"}
)


def refuse_change_of_issued_certificates(programme: Programme, changed_keys: Collection[str]) -> Refusal | None:
    """`LMS_PROGRAMMES_CHANGE_GATES`: numbers and counted hours stand once a certificate says them (R15)."""
    touched = sorted(PRINTED.intersection(changed_keys))
    if not touched or not Certificate.objects.filter(programme=programme).exists():
        return None
    return Refusal(
        "certificates_issued",
        _("Certificates of this programme have been issued with the present numbers and class hours."),
        _("Set the new figures in the programme of a later year."),
        {"keys": touched},
        "R15",
    )
