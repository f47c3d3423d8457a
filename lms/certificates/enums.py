"""Choices of the certificates app."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class CertificateAct(models.TextChoices):
    """What the journal records of a certificate."""

    ISSUED = "issued", _("Issued")
    PROPOSED = "proposed", _("Revocation proposed")
    DROPPED = "dropped", _("Proposal dropped")
    REVOKED = "revoked", _("Revoked")


class BatchState(models.TextChoices):
    """Where a batch for printing stands."""

    WAITING = "waiting", _("Waiting to be drawn")
    DRAWING = "drawing", _("Being drawn")
    READY = "ready", _("Ready to download")
    FAILED = "failed", _("Failed")
