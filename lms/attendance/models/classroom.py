"""Marks for classroom performance, and the loss of the right to be assessed."""

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from lms.attendance.enums import ExclusionAct
from lms.core.journals import Journal

USER = settings.AUTH_USER_MODEL
ENROLMENT = "lms_programmes.Enrolment"


class ClassroomMark(Journal):
    """The mark for classroom performance, 0–100; the latest row counts (R11)."""

    enrolment = models.ForeignKey(ENROLMENT, on_delete=models.PROTECT, related_name="classroom_marks")
    revision = models.PositiveIntegerField()
    value = models.DecimalField(
        max_digits=5, decimal_places=2, validators=[MinValueValidator(0), MaxValueValidator(100)]
    )
    reason = models.CharField(max_length=200, blank=True)
    actor = models.ForeignKey(USER, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        verbose_name = _("classroom mark")
        verbose_name_plural = _("classroom marks")
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["enrolment", "revision"], name="lms_attendance_classroom_revision"),
            models.CheckConstraint(
                condition=Q(value__gte=0) & Q(value__lte=100), name="lms_attendance_classroom_range"
            ),
        ]


class ExclusionDecision(Journal):
    """A named person confirmed or lifted the loss of the right to be assessed; the latest row is in force (R12).

    A row `restored` ends a confirmed exclusion because the absence came within the limit again; its actor entered what
    brought that about.
    """

    enrolment = models.ForeignKey(ENROLMENT, on_delete=models.PROTECT, related_name="exclusion_decisions")
    revision = models.PositiveIntegerField()
    act = models.CharField(max_length=10, choices=ExclusionAct)
    missed_minutes = models.PositiveIntegerField()
    scheduled_minutes = models.PositiveIntegerField()
    reason = models.CharField(max_length=200)
    actor = models.ForeignKey(USER, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        verbose_name = _("decision on exclusion")
        verbose_name_plural = _("decisions on exclusion")
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["enrolment", "revision"], name="lms_attendance_exclusion_revision"),
            models.CheckConstraint(condition=~Q(reason=""), name="lms_attendance_exclusion_reason"),
        ]
