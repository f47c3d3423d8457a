"""Certificates, their journal and batches for printing."""

from datetime import date
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from lms.certificates.enums import BatchState, CertificateAct
from lms.core.journals import Journal
from lms.files.models import private_storage

USER = settings.AUTH_USER_MODEL


class Certificate(models.Model):
    """One certificate (R15). Its number is unique for ever and is not used again after a revocation.

    `snapshot` keeps what it says as it was when it was issued: holder, unit, programme, term, hours.
    """

    enrolment = models.ForeignKey(
        "lms_programmes.Enrolment", on_delete=models.PROTECT, related_name="certificates", verbose_name=_("enrolment")
    )
    programme = models.ForeignKey("lms_programmes.Programme", on_delete=models.PROTECT, related_name="certificates")
    serial = models.PositiveIntegerField(_("serial"))
    number = models.CharField(_("certificate number"), max_length=60, unique=True)
    code = models.CharField(max_length=40, unique=True, editable=False)
    holder_name = models.CharField(_("holder"), max_length=60)
    snapshot = models.JSONField(default=dict)
    issued_at = models.DateTimeField(_("issued at"))
    issued_by = models.ForeignKey(USER, on_delete=models.PROTECT, related_name="+", verbose_name=_("issuer"))
    refresh_due_on = models.DateField(_("refresh suggested from"))
    proposed_by = models.ForeignKey(USER, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    proposed_at = models.DateTimeField(_("revocation proposed at"), null=True, blank=True)
    revoke_reason = models.CharField(_("reason of the revocation"), max_length=300, blank=True)
    revoked_by = models.ForeignKey(USER, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    revoked_at = models.DateTimeField(_("revoked at"), null=True, blank=True)

    class Meta:
        verbose_name = _("certificate")
        verbose_name_plural = _("certificates")
        ordering = ["programme", "serial"]
        constraints = [
            models.UniqueConstraint(
                fields=["enrolment"], condition=Q(revoked_at=None), name="lms_certificates_one_valid"
            ),
            models.UniqueConstraint(fields=["programme", "serial"], name="lms_certificates_serial"),
            models.CheckConstraint(
                condition=Q(proposed_at=None, proposed_by=None, revoke_reason="")
                | Q(proposed_at__isnull=False, proposed_by__isnull=False) & ~Q(revoke_reason=""),
                name="lms_certificates_proposal_has_reason",
            ),
            models.CheckConstraint(
                condition=Q(revoked_at=None, revoked_by=None)
                | Q(revoked_at__isnull=False, revoked_by__isnull=False, proposed_at__isnull=False)
                & ~Q(revoked_by=F("proposed_by")),
                name="lms_certificates_four_eyes",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.holder_name}"

    @property
    def is_valid(self) -> bool:
        """Valid for ever unless revoked (R16)."""
        return self.revoked_at is None

    @property
    def is_contested(self) -> bool:
        """Somebody has proposed its revocation and nobody has decided yet."""
        return self.revoked_at is None and self.proposed_at is not None

    def refresh_suggested(self, today: date) -> bool:
        """Whether a knowledge refresh is due by `today` (R16)."""
        return self.is_valid and self.refresh_due_on <= today


class CertificateEvent(Journal):
    """What happened to a certificate, append-only."""

    certificate = models.ForeignKey(Certificate, on_delete=models.PROTECT, related_name="events")
    act = models.CharField(max_length=10, choices=CertificateAct)
    text = models.CharField(max_length=300, blank=True)
    actor = models.ForeignKey(USER, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        verbose_name = _("certificate event")
        verbose_name_plural = _("certificate journal")
        ordering = ["at", "pk"]


def batch_path(instance: "PrintBatch", filename: str) -> str:
    """Below the private root, named by the key alone."""
    return f"certificates/batch-{instance.pk}.pdf"


class PrintBatch(models.Model):
    """All valid certificates of a term as one PDF, one page each; drawn in the background."""

    term = models.ForeignKey("lms_programmes.Term", on_delete=models.PROTECT, related_name="certificate_batches")
    state = models.CharField(_("state"), max_length=10, choices=BatchState, default=BatchState.WAITING)
    origin = models.CharField(max_length=200)
    pages = models.PositiveIntegerField(pgettext_lazy("count", "pages"), default=0)
    problem = models.CharField(max_length=300, blank=True)
    content: Any = models.FileField(storage=private_storage, upload_to=batch_path, blank=True, max_length=80)
    made_by = models.ForeignKey(USER, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField(_("made at"))

    class Meta:
        verbose_name = _("batch for printing")
        verbose_name_plural = _("batches for printing")
        ordering = ["-made_at", "-pk"]
