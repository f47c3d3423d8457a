"""Exams, sittings with their papers, and the journals of answers and marks."""

from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from lms.core.journals import Journal
from lms.exams.enums import ExamState, MarkingPolicy, MarkMethod, SittingState
from lms.exams.rules import state_of


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
    blueprint: Any = models.JSONField(_("blueprint"), default=list)
    shuffle_questions = models.BooleanField(_("shuffle the questions"), default=True)
    shuffle_options = models.BooleanField(_("shuffle the options"), default=True)
    marking_policy = models.CharField(
        _("marking of multiple choice"), max_length=10, choices=MarkingPolicy, default=MarkingPolicy.ALL
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
        ]

    def __str__(self) -> str:
        return self.title


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


class AnswerEntry(Journal):
    """One save, append-only, hash-chained. `answers` is canonical JSON text; the unique `prev_hash` forbids forks."""

    sitting = models.ForeignKey(Sitting, on_delete=models.PROTECT, related_name="entries", db_index=False)
    epoch = models.PositiveIntegerField()
    seq = models.PositiveIntegerField()
    answers = models.TextField()
    answered = models.PositiveSmallIntegerField(help_text=_("Questions answered so far, as the browser counts."))
    at = models.DateTimeField()
    late = models.BooleanField()
    prev_hash = models.CharField(max_length=64)
    hash = models.CharField(max_length=64)

    class Meta:
        verbose_name = _("saved answers")
        verbose_name_plural = _("saved answers")
        ordering = ["sitting", "pk"]
        indexes = [models.Index(fields=["sitting", "-id"], name="lms_exams_chain_head")]
        constraints = [
            models.UniqueConstraint(fields=["sitting", "epoch", "seq"], name="lms_exams_save_once"),
            models.UniqueConstraint(fields=["sitting", "prev_hash"], name="lms_exams_one_chain"),
        ]

    def __str__(self) -> str:
        return f"{self.sitting_id}/{self.epoch}/{self.seq}"


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
