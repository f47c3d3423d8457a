"""Safe Exam Browser: what an exam asks of the browser, and the journal of locks of a sitting."""

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from lms.core.journals import Journal
from lms.exams.enums import LockKind
from lms.exams.models.exams import Exam
from lms.exams.models.sittings import Sitting


class ExamBrowser(models.Model):
    """The configuration of Safe Exam Browser of one exam, as it was given out."""

    exam = models.OneToOneField(Exam, on_delete=models.CASCADE, related_name="browser")
    required = models.BooleanField(_("only in Safe Exam Browser"), default=True)
    configuration = models.TextField()
    config_key = models.CharField(max_length=64)
    salt = models.CharField(max_length=64)
    quit_hash = models.CharField(max_length=64, blank=True)
    exam_keys: Any = models.JSONField(default=list)
    changed_at = models.DateTimeField()

    class Meta:
        verbose_name = _("browser of an exam")
        verbose_name_plural = _("browsers of exams")

    def __str__(self) -> str:
        return str(self.exam_id)


class LockEntry(Journal):
    """A sitting locked because its browser was not the required one, unlocked, or let go on without; the last counts.

    Locks are the server's, everything else has a person and a reason.
    """

    sitting = models.ForeignKey(Sitting, on_delete=models.PROTECT, related_name="locks")
    kind = models.CharField(max_length=10, choices=LockKind)
    reason = models.CharField(_("reason"), max_length=200, blank=True)
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField()

    class Meta:
        verbose_name = _("lock of a sitting")
        verbose_name_plural = _("locks of sittings")
        ordering = ["sitting", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(kind=LockKind.LOCKED) | (Q(actor__isnull=False) & ~Q(reason="")),
                name="lms_exams_unlocked_by_somebody",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.sitting_id} {self.kind}"
