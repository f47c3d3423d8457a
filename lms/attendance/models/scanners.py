"""Staff scan: keys of learners' phones and of scanning phones, the scans they sent, and decisions on conflicts."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from lms.attendance.enums import CheckKind, ScanAct, ScanOutcome
from lms.attendance.models.presence import CheckEntry
from lms.attendance.models.sessions import Session
from lms.core.journals import Journal

USER = settings.AUTH_USER_MODEL
ENROLMENT = "lms_programmes.Enrolment"


class LearnerKey(models.Model):
    """The public key of a learner's phone; its private half never leaves the phone and signs the personal code."""

    enrolment = models.ForeignKey(ENROLMENT, on_delete=models.PROTECT, related_name="phone_keys")
    public_key = models.CharField(max_length=100)
    device = models.CharField(max_length=32, blank=True, default="")
    installed_at = models.DateTimeField()
    approved_at = models.DateTimeField(null=True, blank=True)
    retired_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("key of a learner's phone")
        verbose_name_plural = _("keys of learners' phones")
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["enrolment", "public_key"], name="lms_attendance_learner_key"),
            models.UniqueConstraint(
                fields=["enrolment"],
                condition=Q(approved_at__isnull=False, retired_at__isnull=True),
                name="lms_attendance_one_learner_key",
            ),
        ]


class Scanner(models.Model):
    """A staff member's phone that scans without network; scans are signed by its key."""

    user = models.ForeignKey(USER, on_delete=models.PROTECT, related_name="+")
    name = models.CharField(_("name"), max_length=60)
    public_key = models.CharField(max_length=100, unique=True)
    registered_at = models.DateTimeField(_("registered at"))
    last_seen_at = models.DateTimeField(_("last seen at"))
    skew_ms = models.BigIntegerField(default=0)
    revoked_at = models.DateTimeField(_("revoked at"), null=True, blank=True)

    class Meta:
        verbose_name = _("scanning phone")
        verbose_name_plural = _("scanning phones")
        ordering = ["-registered_at"]

    def __str__(self) -> str:
        return self.name


class StaffScan(Journal):
    """One scan as a phone sent it. `at` is its time by the server's clock, `skew_ms` the phone's error measured."""

    scanner = models.ForeignKey(Scanner, on_delete=models.PROTECT, related_name="scans")
    nonce = models.CharField(max_length=32)
    session = models.ForeignKey(Session, on_delete=models.PROTECT, related_name="staff_scans")
    enrolment = models.ForeignKey(ENROLMENT, on_delete=models.PROTECT, related_name="staff_scans")
    kind = models.CharField(max_length=3, choices=CheckKind)
    device_at = models.DateTimeField()
    at = models.DateTimeField()
    skew_ms = models.BigIntegerField()
    received_at = models.DateTimeField()
    outcome = models.CharField(max_length=10, choices=ScanOutcome)
    code = models.CharField(max_length=40, blank=True)
    entry = models.ForeignKey(CheckEntry, on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        verbose_name = _("scan by staff")
        verbose_name_plural = _("scans by staff")
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["scanner", "nonce"], name="lms_attendance_scan_once")]


class ScanDecision(Journal):
    """What a person made of a scan that contradicts the record."""

    scan = models.OneToOneField(StaffScan, on_delete=models.PROTECT, related_name="decision")
    act = models.CharField(max_length=10, choices=ScanAct)
    reason = models.CharField(max_length=200)
    actor = models.ForeignKey(USER, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        verbose_name = _("decision on a scan")
        verbose_name_plural = _("decisions on scans")
        ordering = ["pk"]
        constraints = [models.CheckConstraint(condition=~Q(reason=""), name="lms_attendance_scan_reason")]
