"""Orders, the money journal and requests for refunds. All amounts are integer fen."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from lms.core.journals import Journal
from lms.fees.enums import MoneyKind, RefundState
from lms.fees.rules import Balance


class Order(models.Model):
    """What one seat costs. `paid_fen` and `refunded_fen` are kept from the journal, which decides."""

    enrolment = models.OneToOneField(
        "lms_programmes.Enrolment", on_delete=models.PROTECT, related_name="order", verbose_name=_("enrolment")
    )
    code = models.CharField(_("order number"), max_length=40, unique=True)
    authority = models.CharField(_("funding authority"), max_length=60, blank=True)
    amount_fen = models.PositiveIntegerField(_("fee"))
    subsidy_fen = models.PositiveIntegerField(_("subsidy"), default=0)
    paid_fen = models.PositiveIntegerField(_("paid"), default=0)
    refunded_fen = models.PositiveIntegerField(_("paid back"), default=0)
    released_fen = models.PositiveIntegerField(_("fee released"), default=0)
    opened_at = models.DateTimeField(pgettext_lazy("order", "opened at"))

    class Meta:
        verbose_name = _("fee order")
        verbose_name_plural = _("fee orders")
        ordering = ["-opened_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(amount_fen__gte=F("subsidy_fen") + F("released_fen")), name="lms_fees_subsidy_within"
            ),
            models.CheckConstraint(condition=Q(paid_fen__gte=F("refunded_fen")), name="lms_fees_refund_within"),
        ]

    def __str__(self) -> str:
        return self.code

    @property
    def balance(self) -> Balance:
        """The figures as plain values."""
        return Balance(self.amount_fen, self.subsidy_fen, self.paid_fen, self.refunded_fen, self.released_fen)

    @property
    def payable_fen(self) -> int:
        """What the learner or her unit bears."""
        return self.balance.payable

    @property
    def due_fen(self) -> int:
        """What is still open."""
        return self.balance.due

    @property
    def state(self) -> str:
        """See `rules.Balance.state`; computed, never stored."""
        return self.balance.state

    @property
    def state_label(self) -> str:
        """The state in words."""
        return str(STATE_LABELS[self.state])


STATE_LABELS = {
    "open": _("To be paid"),
    "part": _("Partly paid"),
    "paid": _("Paid"),
    "over": _("Paid too much"),
    "released": _("Settled after refund"),
}


class MoneyEntry(Journal):
    """The money journal, append-only; `fen` is not negative, the kind says which way. A repeated nonce is refused."""

    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="entries")
    kind = models.CharField(max_length=10, choices=MoneyKind)
    fen = models.PositiveIntegerField()
    reason = models.CharField(max_length=200, blank=True)
    nonce = models.CharField(max_length=80, unique=True)
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField()

    class Meta:
        verbose_name = _("money entry")
        verbose_name_plural = _("money journal")
        ordering = ["pk"]
        indexes = [models.Index(fields=["order", "kind"], name="lms_fees_by_kind")]


class Refund(models.Model):
    """A request for the money back (R20); one open or granted request an order."""

    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="refunds")
    verdict = models.CharField(_("rule says"), max_length=8)
    asked_at = models.DateTimeField(_("asked at"))
    reason = models.CharField(_("reason of the request"), max_length=500)
    state = models.CharField(_("state"), max_length=8, choices=RefundState, default=RefundState.OPEN)
    fen = models.PositiveIntegerField(_("amount"), default=0)
    answer = models.CharField(_("reason of the decision"), max_length=500, blank=True)
    decided_at = models.DateTimeField(_("decided at"), null=True, blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )

    class Meta:
        verbose_name = _("refund request")
        verbose_name_plural = _("refund requests")
        ordering = ["asked_at", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["order"], condition=Q(state__in=["open", "granted"]), name="lms_fees_one_refund"
            ),
            models.CheckConstraint(
                condition=Q(state="open") | Q(decided_at__isnull=False), name="lms_fees_refund_decided_when"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.order} · {self.get_state_display()}"
