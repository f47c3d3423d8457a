"""Against sitting-in: approved phones, the check during class, headcounts, roll calls, hints of place, and flags."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from lms.attendance.enums import CheckKind, DeviceState, FlagAct, FlagKind, HintSource
from lms.attendance.models.sessions import Session
from lms.core.journals import Journal

USER = settings.AUTH_USER_MODEL
ENROLMENT = "lms_programmes.Enrolment"


class DeviceChange(models.Model):
    """A learner asks that another phone count as hers. The phone of her first check-in is hers without asking."""

    enrolment = models.ForeignKey(ENROLMENT, on_delete=models.PROTECT, related_name="device_changes")
    mark = models.CharField(max_length=32)
    reason = models.CharField(_("reason"), max_length=200, blank=True)
    asked_at = models.DateTimeField(_("asked at"))
    state = models.CharField(_("state"), max_length=10, choices=DeviceState, default=DeviceState.ASKED)
    decided_by = models.ForeignKey(USER, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    decided_at = models.DateTimeField(_("decided at"), null=True, blank=True)

    class Meta:
        verbose_name = _("change of phone")
        verbose_name_plural = _("changes of phone")
        ordering = ["-asked_at", "-pk"]
        constraints = [models.UniqueConstraint(fields=["enrolment", "mark"], name="lms_attendance_device_once")]

    def __str__(self) -> str:
        return str(self.enrolment)


class Prompt(models.Model):
    """The check during class: from `opens_at` to `until` the board shows a code of its own. One for each session."""

    session = models.OneToOneField(Session, on_delete=models.PROTECT, related_name="prompt")
    opens_at = models.DateTimeField()
    until = models.DateTimeField()
    made_by = models.ForeignKey(USER, on_delete=models.PROTECT, related_name="+")

    class Meta:
        verbose_name = _("check during class")
        verbose_name_plural = _("checks during class")
        constraints = [models.CheckConstraint(condition=Q(opens_at__lt=F("until")), name="lms_attendance_prompt_times")]


class Headcount(Journal):
    """Somebody counted the heads in the room; `on_record` is how many the journals had there at that moment."""

    session = models.ForeignKey(Session, on_delete=models.PROTECT, related_name="headcounts")
    counted = models.PositiveIntegerField()
    on_record = models.PositiveIntegerField()
    actor = models.ForeignKey(USER, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        verbose_name = _("headcount")
        verbose_name_plural = _("headcounts")
        ordering = ["pk"]


class RollCall(Journal):
    """A learner was called by name: seen in the room, or not. The latest row counts."""

    session = models.ForeignKey(Session, on_delete=models.PROTECT, related_name="roll_calls")
    enrolment = models.ForeignKey(ENROLMENT, on_delete=models.PROTECT, related_name="roll_calls")
    seen = models.BooleanField()
    actor = models.ForeignKey(USER, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        verbose_name = _("roll call")
        verbose_name_plural = _("roll calls")
        ordering = ["pk"]


class PlaceHint(models.Model):
    """In or out of the room's network or surroundings at a check-in, with consent; rounded, deleted after a time."""

    session = models.ForeignKey(Session, on_delete=models.PROTECT, related_name="place_hints")
    enrolment = models.ForeignKey(ENROLMENT, on_delete=models.PROTECT, related_name="place_hints")
    kind = models.CharField(max_length=3, choices=CheckKind)
    source = models.CharField(max_length=8, choices=HintSource)
    inside = models.BooleanField()
    distance_metres = models.PositiveIntegerField(null=True)
    at = models.DateTimeField(db_index=True)

    class Meta:
        verbose_name = _("hint of place")
        verbose_name_plural = _("hints of place")
        constraints = [
            models.UniqueConstraint(fields=["session", "enrolment", "kind", "source"], name="lms_attendance_hint_once")
        ]


class Flag(Journal):
    """Something at a session does not fit together; it waits for a person and changes nothing by itself."""

    session = models.ForeignKey(Session, on_delete=models.PROTECT, related_name="flags")
    enrolment = models.ForeignKey(ENROLMENT, on_delete=models.PROTECT, related_name="attendance_flags")
    kind = models.CharField(max_length=20, choices=FlagKind)
    evidence = models.JSONField()
    at = models.DateTimeField()

    class Meta:
        verbose_name = _("flag")
        verbose_name_plural = _("flags")
        ordering = ["-at", "-pk"]
        constraints = [
            models.UniqueConstraint(fields=["session", "enrolment", "kind"], name="lms_attendance_flag_once")
        ]


class FlagDecision(Journal):
    """What a person made of a flag; the latest row counts."""

    flag = models.ForeignKey(Flag, on_delete=models.PROTECT, related_name="decisions")
    revision = models.PositiveIntegerField()
    act = models.CharField(max_length=10, choices=FlagAct)
    reason = models.CharField(max_length=200)
    actor = models.ForeignKey(USER, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        verbose_name = _("decision on a flag")
        verbose_name_plural = _("decisions on flags")
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["flag", "revision"], name="lms_attendance_flag_revision"),
            models.CheckConstraint(condition=~Q(reason=""), name="lms_attendance_flag_reason"),
        ]
