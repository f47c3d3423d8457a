"""Choices of the exams app."""

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class ExamState(models.TextChoices):
    """What the office has decided about an exam; whether it is open now is computed from its window."""

    DRAFT = "draft", _("Draft")
    PUBLISHED = "published", _("Published")
    CLOSED = "closed", _("Exam closed")


class SittingState(models.TextChoices):
    """Computed from the times of a sitting and the clock, never stored."""

    PREPARED = "prepared", pgettext_lazy("sitting", "Not started")
    RUNNING = "running", pgettext_lazy("sitting", "In progress")
    SUBMITTED = "submitted", _("Exam handed in")
    EXPIRED = "expired", _("Closed at the deadline")


class Audience(models.TextChoices):
    """Who an exam is for."""

    ALL = "all", _("Everybody in the term")
    CHOSEN = "chosen", _("Chosen learners only (re-sit, make-up exam)")


class IncidentKind(models.TextChoices):
    """What an invigilator writes down."""

    LATE = "late", _("Late arrival")
    TECHNICAL = "technical", _("Technical trouble")
    SUSPICION = "suspicion", _("Suspected cheating")
    TOILET = "toilet", _("Left the room for a moment")
    OTHER = "other", pgettext_lazy("incident", "Other")


class MarkingPolicy(models.TextChoices):
    """How multiple-choice answers that are partly right are marked."""

    ALL = "all", _("All or nothing")
    PARTIAL = "partial", _("Partial credit, any wrong choice gives nothing")
    DEDUCTION = "deduction", _("Partial credit, wrong choices are deducted")


class MarkMethod(models.TextChoices):
    """How a mark came about."""

    AUTOMATIC = "auto", _("Automatic")


class LockKind(models.TextChoices):
    """What happened to the lock of a sitting."""

    LOCKED = "locked", _("Locked: not in Safe Exam Browser")
    UNLOCKED = "unlocked", _("Unlocked")
    WAIVED = "waived", _("May go on in another browser")


class SignalPolicy(models.TextChoices):
    """What follows when a learner leaves the page of her exam."""

    OFF = "off", _("Record nothing")
    RECORD = "record", _("Record for the invigilator")
    WARN = "warn", _("Record, and remind the learner")
    SUBMIT = "submit", _("Record, remind, and hand in at the limit")


class SignalKind(models.TextChoices):
    """What a browser tells of the page of an exam. Signals, never findings (R13)."""

    LEFT = "left", _("Left the page")
    COPY = "copy", _("Copied")
    PASTE = "paste", _("Pasted")
    PRINT = "print", _("Printed")


class BranchOrigin(models.TextChoices):
    """How a branch came to the server."""

    DEVICE = "device", _("Sent by the device")
    FILE = "file", _("Uploaded as a file")


class BranchVerdict(models.TextChoices):
    """What a person decided about an entry of a branch."""

    ADOPTED = "adopted", _("Adopted")
    LEFT = "left", pgettext_lazy("branch", "Left out")
