"""One learner at one exam: the paper, its key, the times."""

from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from lms.exams.enums import SittingState
from lms.exams.models.exams import Exam
from lms.exams.rules import deadline_of, state_of


class Sitting(models.Model):
    """One learner's paper and times. `paper` is what browsers may see; the key stands in `PaperKey`."""

    exam = models.ForeignKey(Exam, on_delete=models.PROTECT, related_name="sittings", verbose_name=_("exam"))
    enrolment = models.ForeignKey(
        "lms_programmes.Enrolment", on_delete=models.PROTECT, related_name="sittings", verbose_name=_("enrolment")
    )
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    seed = models.CharField(max_length=64)
    paper = models.TextField()
    paper_digest = models.CharField(max_length=64)
    questions = models.PositiveSmallIntegerField(_("questions"))
    drawn_at = models.DateTimeField()
    started_at = models.DateTimeField(_("started at"), null=True)
    deadline = models.DateTimeField(_("deadline"), null=True)
    extra_minutes = models.PositiveSmallIntegerField(default=0, help_text=_("Granted, inside the window."))
    beyond_minutes = models.PositiveSmallIntegerField(default=0, help_text=_("Granted, past the end of the window."))
    submitted_at = models.DateTimeField(pgettext_lazy("exam", "submitted at"), null=True)
    epoch = models.PositiveIntegerField(default=0, help_text=_("Rises each time the exam room is entered."))

    class Meta:
        verbose_name = _("sitting")
        verbose_name_plural = _("sittings")
        ordering = ["exam", "enrolment__number"]
        constraints = [
            models.UniqueConstraint(fields=["exam", "enrolment"], name="lms_exams_one_sitting"),
            models.CheckConstraint(
                condition=Q(started_at=None, deadline=None, submitted_at=None, epoch=0)
                | Q(started_at__isnull=False, deadline__isnull=False, epoch__gt=0),
                name="lms_exams_sitting_times",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.exam} · {self.enrolment_id}"

    def deadline_for(self, exam: Exam, started_at: datetime) -> datetime:
        """The deadline of a start at `started_at`, with the extra time granted so far."""
        return deadline_of(
            started_at,
            duration_minutes=exam.duration_minutes,
            closes_at=exam.closes_at,
            extra_minutes=self.extra_minutes,
            beyond_minutes=self.beyond_minutes,
        )

    def state_at(self, now: datetime) -> SittingState:
        """The state at `now`, computed."""
        return SittingState(
            state_of(now, started_at=self.started_at, deadline=self.deadline, submitted_at=self.submitted_at)
        )


class PaperKey(models.Model):
    """The key of a drawn paper: right choices, points and item versions. Never sent to a learner."""

    sitting = models.OneToOneField(Sitting, on_delete=models.CASCADE, related_name="key")
    keys: Any = models.JSONField()

    class Meta:
        verbose_name = _("key of a paper")
        verbose_name_plural = _("keys of papers")

    def __str__(self) -> str:
        return str(self.sitting_id)
