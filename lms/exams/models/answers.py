"""The journal of answers."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from lms.core.journals import Journal
from lms.exams.models.sittings import Sitting


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
