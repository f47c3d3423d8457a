"""The journals of marks: theory and practical."""

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from lms.core.journals import Journal
from lms.exams.enums import MarkMethod
from lms.exams.models.sittings import Sitting


class MarkEntry(Journal):
    """The mark of a sitting, append-only; the highest revision counts."""

    sitting = models.ForeignKey(Sitting, on_delete=models.PROTECT, related_name="marks")
    revision = models.PositiveIntegerField()
    points = models.DecimalField(_("points"), max_digits=6, decimal_places=2)
    maximum = models.DecimalField(_("out of"), max_digits=6, decimal_places=2)
    mark = models.DecimalField(_("mark"), max_digits=5, decimal_places=2)
    details: Any = models.JSONField()
    head_hash = models.CharField(max_length=64)
    method = models.CharField(max_length=10, choices=MarkMethod, default=MarkMethod.AUTOMATIC)
    reason = models.CharField(max_length=200, blank=True)
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField()

    class Meta:
        verbose_name = _("theory mark")
        verbose_name_plural = _("theory marks")
        ordering = ["sitting", "revision"]
        constraints = [
            models.UniqueConstraint(fields=["sitting", "revision"], name="lms_exams_mark_once"),
            models.CheckConstraint(condition=Q(mark__gte=0, mark__lte=100), name="lms_exams_mark_range"),
        ]

    def __str__(self) -> str:
        return f"{self.sitting_id} {self.mark}"


class PracticalMark(Journal):
    """The practical mark of a learner, append-only; the highest revision counts, None means not given."""

    enrolment = models.ForeignKey("lms_programmes.Enrolment", on_delete=models.PROTECT, related_name="practical_marks")
    revision = models.PositiveIntegerField()
    value = models.DecimalField(_("mark"), max_digits=5, decimal_places=2, null=True)
    rubric: Any = models.JSONField(_("points by part"), default=dict)
    examiner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=_("examiner")
    )
    reason = models.CharField(_("reason for the change"), max_length=200, blank=True)
    at = models.DateTimeField()

    class Meta:
        verbose_name = _("practical mark")
        verbose_name_plural = _("practical marks")
        ordering = ["enrolment", "revision"]
        constraints = [
            models.UniqueConstraint(fields=["enrolment", "revision"], name="lms_exams_practical_once"),
            models.CheckConstraint(
                condition=Q(value=None) | Q(value__gte=0, value__lte=100), name="lms_exams_practical_range"
            ),
            models.CheckConstraint(condition=Q(revision=1) | ~Q(reason=""), name="lms_exams_practical_reason"),
        ]

    def __str__(self) -> str:
        return f"{self.enrolment_id} {self.value}"
