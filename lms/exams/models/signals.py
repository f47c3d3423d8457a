"""The journal of signals: what a browser told of leaving, copying, pasting and printing."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from lms.core.journals import Journal
from lms.exams.enums import SignalKind
from lms.exams.models.sittings import Sitting


class SignalEntry(Journal):
    """One signal. `number` counts in the browser, so that a repeat is the same row; `seconds` is the time away."""

    sitting = models.ForeignKey(Sitting, on_delete=models.PROTECT, related_name="signals", db_index=False)
    epoch = models.PositiveIntegerField()
    number = models.PositiveIntegerField()
    kind = models.CharField(max_length=10, choices=SignalKind)
    seconds = models.PositiveIntegerField(null=True)
    at = models.DateTimeField()

    class Meta:
        verbose_name = _("signal of a sitting")
        verbose_name_plural = _("signals of sittings")
        ordering = ["sitting", "at", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["sitting", "epoch", "number"], name="lms_exams_signal_once"),
            models.CheckConstraint(
                condition=Q(kind=SignalKind.LEFT, seconds__isnull=False)
                | (~Q(kind=SignalKind.LEFT) & Q(seconds__isnull=True)),
                name="lms_exams_signal_seconds",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.sitting_id} {self.kind}"
