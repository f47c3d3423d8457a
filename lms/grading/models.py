"""Composed results and their release: both append-only."""

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from lms.core.journals import Journal
from lms.grading.enums import Outcome


class ResultVersion(Journal):
    """One composed result of one seat (R11); a new composition is a new version with a reason.

    `parts`: part -> {value, lines, reference} as the sources gave them; `arithmetic`: the figures and every step;
    `refusals`: why the right to be assessed was lost (R12).
    """

    enrolment = models.ForeignKey(
        "lms_programmes.Enrolment", on_delete=models.PROTECT, related_name="results", verbose_name=_("enrolment")
    )
    version = models.PositiveIntegerField(_("version"))
    parts = models.JSONField(default=dict)
    arithmetic = models.JSONField(default=dict)
    refusals = models.JSONField(default=list)
    total = models.DecimalField(_("total"), max_digits=5, decimal_places=2, null=True)
    outcome = models.CharField(_("outcome"), max_length=10, choices=Outcome)
    reason = models.CharField(_("reason"), max_length=300, blank=True)
    composed_at = models.DateTimeField(_("composed at"))
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        verbose_name = _("result")
        verbose_name_plural = _("results")
        ordering = ["enrolment", "version"]
        constraints = [
            models.UniqueConstraint(fields=["enrolment", "version"], name="lms_grading_version_once"),
            models.CheckConstraint(condition=Q(version=1) | ~Q(reason=""), name="lms_grading_later_has_reason"),
            models.CheckConstraint(
                condition=Q(outcome__in=["passed", "failed"], total__isnull=False)
                | Q(outcome__in=["excluded", "incomplete"]),
                name="lms_grading_outcome_has_total",
            ),
            models.CheckConstraint(
                condition=Q(total=None) | Q(total__gte=0, total__lte=100), name="lms_grading_total_range"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.enrolment} v{self.version}"

    @property
    def released(self) -> Any:
        """The release of this very version, or None."""
        return getattr(self, "release", None)


class ResultRelease(Journal):
    """A named human has released this version: from now on the learner sees it. Never taken back, only followed."""

    version = models.OneToOneField(ResultVersion, on_delete=models.PROTECT, related_name="release")
    released_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    released_at = models.DateTimeField(_("released at"))

    class Meta:
        verbose_name = _("release of a result")
        verbose_name_plural = _("releases of results")
        ordering = ["released_at", "pk"]
