"""Branches: answers that were not merged, and what was decided about them."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from lms.core.journals import Journal
from lms.exams.enums import BranchOrigin, BranchVerdict
from lms.exams.models.answers import AnswerEntry
from lms.exams.models.sittings import Sitting


class BranchEntry(Journal):
    """One entry of a device that lost the pen or came back too late, append-only. It counts nothing by itself.

    `made_at` is the device's word, clipped to the time between start and upload. The unique digest (of sitting, epoch,
    seq and answers) makes every further upload of the same entry change nothing.
    """

    sitting = models.ForeignKey(Sitting, on_delete=models.PROTECT, related_name="branch_entries")
    epoch = models.PositiveIntegerField()
    seq = models.PositiveIntegerField()
    answers = models.TextField()
    answered = models.PositiveSmallIntegerField()
    made_at = models.DateTimeField(_("made at"))
    uploaded_at = models.DateTimeField(_("uploaded at"))
    origin = models.CharField(max_length=10, choices=BranchOrigin)
    uploaded_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    digest = models.CharField(max_length=64)

    class Meta:
        verbose_name = _("answers not merged")
        verbose_name_plural = _("answers not merged")
        ordering = ["sitting", "epoch", "seq", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["sitting", "digest"], name="lms_exams_branch_once"),
            models.CheckConstraint(
                condition=Q(origin=BranchOrigin.DEVICE, uploaded_by=None)
                | Q(origin=BranchOrigin.FILE, uploaded_by__isnull=False),
                name="lms_exams_branch_origin",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.sitting_id}/{self.epoch}/{self.seq}"


class BranchDecision(Journal):
    """What a named person decided about one entry of a branch, once."""

    entry = models.OneToOneField(BranchEntry, on_delete=models.PROTECT, related_name="decision")
    verdict = models.CharField(max_length=10, choices=BranchVerdict)
    reason = models.CharField(_("reason"), max_length=200)
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    adopted_as = models.ForeignKey(AnswerEntry, on_delete=models.PROTECT, null=True, related_name="adopted")

    class Meta:
        verbose_name = _("decision about answers not merged")
        verbose_name_plural = _("decisions about answers not merged")
        constraints = [
            models.CheckConstraint(
                condition=Q(verdict=BranchVerdict.ADOPTED, adopted_as__isnull=False)
                | Q(verdict=BranchVerdict.LEFT, adopted_as=None),
                name="lms_exams_branch_verdict",
            ),
            models.CheckConstraint(condition=~Q(reason=""), name="lms_exams_branch_reason"),
        ]

    def __str__(self) -> str:
        return f"{self.entry_id} {self.verdict}"
