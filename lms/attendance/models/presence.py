"""The journals of who came when, what was corrected, who asked for leave."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from lms.attendance.enums import CheckKind, CheckMethod, LeaveState
from lms.attendance.models.sessions import Board, Session
from lms.core.journals import Journal

USER = settings.AUTH_USER_MODEL
ENROLMENT = "lms_programmes.Enrolment"
FILE = "lms_files.PrivateFile"


class CheckEntry(Journal):
    """Somebody came, was there at the check during class, or left, by the server's clock.

    One row for each session, seat and kind, however often tapped. `device` is the mark of the phone ("" unknown),
    `code_age_ms` how old the code was when it was scanned, `stale_tries` how many outdated codes were tried before.
    """

    session = models.ForeignKey(Session, on_delete=models.PROTECT, related_name="entries")
    enrolment = models.ForeignKey(ENROLMENT, on_delete=models.PROTECT, related_name="check_entries")
    kind = models.CharField(max_length=3, choices=CheckKind)
    at = models.DateTimeField()
    method = models.CharField(max_length=6, choices=CheckMethod)
    board = models.ForeignKey(Board, on_delete=models.PROTECT, null=True, related_name="+")
    actor = models.ForeignKey(USER, on_delete=models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField()
    device = models.CharField(max_length=32, blank=True, default="")
    code_age_ms = models.PositiveIntegerField(null=True)
    stale_tries = models.PositiveSmallIntegerField(default=0)

    class Meta:
        verbose_name = _("check-in or check-out")
        verbose_name_plural = _("check-ins and check-outs")
        ordering = ["at", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["session", "enrolment", "kind"], name="lms_attendance_check_once")
        ]


class CheckRefusal(Journal):
    """A check-in that was refused, with its reason; the board shows the last ones."""

    session = models.ForeignKey(Session, on_delete=models.PROTECT, related_name="refusals")
    user = models.ForeignKey(USER, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=3, choices=CheckKind)
    code = models.CharField(max_length=40)
    at = models.DateTimeField()
    device = models.CharField(max_length=32, blank=True, default="")

    class Meta:
        verbose_name = _("refused check-in")
        verbose_name_plural = _("refused check-ins")
        ordering = ["-at", "-pk"]


class AttendanceMark(Journal):
    """A correction: these class minutes count instead of the computed ones; None takes an earlier correction back."""

    session = models.ForeignKey(Session, on_delete=models.PROTECT, related_name="marks")
    enrolment = models.ForeignKey(ENROLMENT, on_delete=models.PROTECT, related_name="attendance_marks")
    revision = models.PositiveIntegerField()
    minutes = models.PositiveIntegerField(null=True)
    reason = models.CharField(max_length=200)
    evidence = models.ForeignKey(FILE, on_delete=models.PROTECT, null=True, related_name="+")
    actor = models.ForeignKey(USER, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        verbose_name = _("correction")
        verbose_name_plural = _("corrections")
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["session", "enrolment", "revision"], name="lms_attendance_mark_revision"),
            models.CheckConstraint(condition=~Q(reason=""), name="lms_attendance_mark_reason"),
        ]


class LeaveRequest(models.Model):
    """A request to stay away from one session; approved leave still counts as absence (R12).

    Taken back, it keeps what was decided: `withdrawn_by` and `withdrawn_at` stand beside it.
    """

    session = models.ForeignKey(
        Session, on_delete=models.PROTECT, related_name="leave_requests", verbose_name=_("session")
    )
    enrolment = models.ForeignKey(ENROLMENT, on_delete=models.PROTECT, related_name="leave_requests")
    reason = models.TextField(_("reason"), max_length=500)
    evidence = models.ForeignKey(
        FILE, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("attachment")
    )
    asked_at = models.DateTimeField(_("asked at"))
    state = models.CharField(_("state"), max_length=12, choices=LeaveState, default=LeaveState.PENDING)
    decided_by = models.ForeignKey(USER, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    decided_at = models.DateTimeField(_("decided at"), null=True, blank=True)
    answer = models.CharField(_("answer to the request"), max_length=200, blank=True)
    withdrawn_by = models.ForeignKey(USER, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    withdrawn_at = models.DateTimeField(_("withdrawn at"), null=True, blank=True)

    class Meta:
        verbose_name = _("leave request")
        verbose_name_plural = _("leave requests")
        ordering = ["-asked_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["session", "enrolment"],
                condition=Q(state__in=["pending", "approved"]),
                name="lms_attendance_one_leave",
            ),
            models.CheckConstraint(
                condition=~Q(state="refused") | ~Q(answer=""), name="lms_attendance_leave_refusal_reason"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.enrolment} · {self.session}"
