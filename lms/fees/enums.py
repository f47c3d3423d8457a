"""Choices of the fees app."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class MoneyKind(models.TextChoices):
    """Kinds of journal entries; the sign belongs to the kind (see `rules.SIGNS`)."""

    CHARGE = "charge", _("Training fee")
    SUBSIDY = "subsidy", _("Subsidy")
    CUT = "cut", _("Subsidy withdrawn")
    PAYMENT = "payment", _("Payment")
    REFUND = "refund", _("Money paid back")
    RELEASE = "release", _("Fee released")


class RefundState(models.TextChoices):
    """Where a request for a refund stands."""

    OPEN = "open", _("Waiting for a decision")
    GRANTED = "granted", _("Granted")
    REFUSED = "refused", _("Not granted")
