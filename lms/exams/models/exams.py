"""An exam of a term: its window, its blueprint, its rules."""

from typing import Any

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from lms.exams.enums import Audience, ExamState, MarkingPolicy, SignalPolicy


class Exam(models.Model):
    """A theory exam of a term. Its blueprint is a list of rows, see `rules.blueprints`."""

    term = models.ForeignKey(
        "lms_programmes.Term", on_delete=models.PROTECT, related_name="exams", verbose_name=_("term")
    )
    title = models.CharField(pgettext_lazy("exam", "title"), max_length=120)
    instructions = models.TextField(_("exam instructions"), blank=True)
    opens_at = models.DateTimeField(_("opens at"))
    closes_at = models.DateTimeField(_("closes at"))
    duration_minutes = models.PositiveSmallIntegerField(_("duration in minutes"))
    late_entry_minutes = models.PositiveSmallIntegerField(
        _("late entry in minutes"),
        null=True,
        blank=True,
        help_text=_("How long after the opening one may still start. Empty: until the exam closes."),
    )
    audience = models.CharField(_("for whom"), max_length=10, choices=Audience, default=Audience.ALL)
    blueprint: Any = models.JSONField(_("blueprint"), default=list)
    shuffle_questions = models.BooleanField(_("shuffle the questions"), default=True)
    shuffle_options = models.BooleanField(_("shuffle the options"), default=True)
    marking_policy = models.CharField(
        _("marking of multiple choice"), max_length=10, choices=MarkingPolicy, default=MarkingPolicy.ALL
    )
    signal_policy = models.CharField(
        _("when somebody leaves the page"), max_length=10, choices=SignalPolicy, default=SignalPolicy.RECORD
    )
    signal_limit = models.PositiveSmallIntegerField(
        _("handed in at this many leavings"),
        default=5,
        help_text=_("Only where the exam is handed in at the limit; at least 2, the one before is announced."),
    )
    state = models.CharField(_("state"), max_length=10, choices=ExamState, default=ExamState.DRAFT)
    seed = models.CharField(max_length=64, editable=False)
    made_at = models.DateTimeField(editable=False)

    class Meta:
        verbose_name = _("exam")
        verbose_name_plural = _("exams")
        ordering = ["-opens_at", "pk"]
        constraints = [
            models.CheckConstraint(condition=Q(opens_at__lt=F("closes_at")), name="lms_exams_window"),
            models.CheckConstraint(condition=Q(duration_minutes__gt=0), name="lms_exams_duration"),
            models.CheckConstraint(condition=Q(signal_limit__gte=2), name="lms_exams_signal_limit"),
        ]

    def __str__(self) -> str:
        return self.title
