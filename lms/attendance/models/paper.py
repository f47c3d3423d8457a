"""The paper roll: printed with a code of its own, typed in by one person, confirmed by another."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from lms.attendance.enums import PaperState
from lms.attendance.models.sessions import Session

USER = settings.AUTH_USER_MODEL


class PaperRoll(models.Model):
    """A printed roll; its code stands on the paper, so that the right sheet is typed in."""

    session = models.ForeignKey(Session, on_delete=models.PROTECT, related_name="paper_rolls")
    code = models.CharField(max_length=12, unique=True)
    printed_by = models.ForeignKey(USER, on_delete=models.PROTECT, related_name="+")
    printed_at = models.DateTimeField()

    class Meta:
        verbose_name = _("paper roll")
        verbose_name_plural = _("paper rolls")
        ordering = ["pk"]

    def __str__(self) -> str:
        return self.code


class PaperSheet(models.Model):
    """What stands on a roll, as one person typed it; it counts once a second person confirmed it.

    `lines` holds [{"enrolment": pk, "in": ISO moment or null, "out": ISO moment or null}].
    """

    roll = models.ForeignKey(PaperRoll, on_delete=models.PROTECT, related_name="sheets")
    lines = models.JSONField()
    evidence = models.ForeignKey(
        "lms_files.PrivateFile", on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    entered_by = models.ForeignKey(USER, on_delete=models.PROTECT, related_name="+")
    entered_at = models.DateTimeField()
    state = models.CharField(_("state"), max_length=10, choices=PaperState, default=PaperState.WAITING)
    decided_by = models.ForeignKey(USER, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    decided_at = models.DateTimeField(null=True, blank=True)
    reason = models.CharField(_("reason"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("typed paper roll")
        verbose_name_plural = _("typed paper rolls")
        ordering = ["-entered_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["roll"], condition=Q(state="waiting"), name="lms_attendance_one_waiting_sheet"
            ),
            models.CheckConstraint(
                condition=Q(decided_by__isnull=True) | ~Q(decided_by=F("entered_by")),
                name="lms_attendance_second_person",
            ),
            models.CheckConstraint(
                condition=~Q(state="refused") | ~Q(reason=""), name="lms_attendance_paper_refusal_reason"
            ),
        ]
