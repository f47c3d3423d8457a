"""Choices of course content."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class SubmissionKind(models.TextChoices):
    """A draft may change until it is handed in; handing in again before the deadline replaces the earlier text."""

    DRAFT = "draft", _("Draft")
    FINAL = "final", _("Handed in")


class WorkState(models.TextChoices):
    """Where a learner stands with one assignment; computed, never stored."""

    OPEN = "open", _("To do")
    DRAFTED = "drafted", _("Draft saved")
    SUBMITTED = "submitted", _("Handed in, not marked yet")
    MARKED = "marked", _("Marked")
    MISSED = "missed", _("Not handed in")
