"""Revoking by two people: one proposes with a reason, another confirms by writing the number (R15)."""

from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from lms.certificates.enums import CertificateAct
from lms.certificates.models import Certificate, CertificateEvent
from lms.certificates.rules import tidy_number
from lms.certificates.signals import certificate_revoked
from lms.core.audit import record_act
from lms.core.exceptions import refuse

MINIMUM_REASON = 10


@transaction.atomic
def propose_revocation(certificate: Certificate, *, reason: str, at: datetime, actor: Any) -> Certificate:
    """Propose to revoke; the certificate stays valid until another person confirms.

    Refuses `revoked`, `already_proposed` and `reason_too_short`.
    """
    certificate = _lock_valid(certificate)
    reason = reason.strip()
    if certificate.proposed_at is not None:
        raise refuse("already_proposed", _("The revocation has already been proposed."))
    if len(reason) < MINIMUM_REASON:
        raise refuse(
            "reason_too_short", _("The reason needs at least %(count)s characters.") % {"count": MINIMUM_REASON}
        )
    certificate.proposed_by, certificate.proposed_at, certificate.revoke_reason = actor, at, reason[:300]
    certificate.save(update_fields=["proposed_by", "proposed_at", "revoke_reason"])
    _record(certificate, CertificateAct.PROPOSED, reason[:300], at=at, actor=actor)
    return certificate


@transaction.atomic
def drop_revocation(certificate: Certificate, *, at: datetime, actor: Any) -> Certificate:
    """Take a proposal back or turn it down; the certificate stays as it was. Refuses `revoked`, `not_proposed`."""
    certificate = _lock_valid(certificate)
    _require_proposed(certificate)
    certificate.proposed_by, certificate.proposed_at, certificate.revoke_reason = None, None, ""
    certificate.save(update_fields=["proposed_by", "proposed_at", "revoke_reason"])
    _record(certificate, CertificateAct.DROPPED, "", at=at, actor=actor)
    return certificate


@transaction.atomic
def confirm_revocation(certificate: Certificate, *, number: str, at: datetime, actor: Any) -> Certificate:
    """Revoke for ever; the number is not used again. `actor` is another person than the one who proposed.

    Refuses `revoked`, `not_proposed`, `same_person`, `number_differs`. `certificate_revoked` is sent on commit.
    """
    certificate = _lock_valid(certificate)
    _require_proposed(certificate)
    if certificate.proposed_by_id == actor.pk:
        raise refuse("same_person", _("Somebody other than the one who proposed it has to confirm the revocation."))
    if tidy_number(number) != tidy_number(certificate.number):
        raise refuse("number_differs", _("The number you wrote is not the number of this certificate."))
    certificate.revoked_by, certificate.revoked_at = actor, at
    certificate.save(update_fields=["revoked_by", "revoked_at"])
    _record(certificate, CertificateAct.REVOKED, certificate.revoke_reason, at=at, actor=actor)
    transaction.on_commit(lambda: certificate_revoked.send(Certificate, certificate=certificate))
    return certificate


def _record(certificate: Certificate, act: CertificateAct, text: str, *, at: datetime, actor: Any) -> None:
    CertificateEvent.objects.create(certificate=certificate, act=act, text=text, actor=actor, at=at)
    before = {"state": "valid" if act == CertificateAct.PROPOSED else "revocation proposed"}
    states = {CertificateAct.PROPOSED: "revocation proposed", CertificateAct.DROPPED: "valid"}
    after = {"state": states.get(act, "revoked"), "number": certificate.number}
    record_act(f"lms_certificates.{act}", certificate, actor=actor, reason=text, before=before, after=after)


def _lock_valid(certificate: Certificate) -> Certificate:
    locked = Certificate.objects.select_for_update(of=("self",)).get(pk=certificate.pk)
    if not locked.is_valid:
        raise refuse("revoked", _("This certificate has already been revoked."), rule="R15")
    return locked


def _require_proposed(certificate: Certificate) -> None:
    if certificate.proposed_at is None:
        raise refuse("not_proposed", _("Nobody has proposed to revoke this certificate."))
