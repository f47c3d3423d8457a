"""Choices of the grading app."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Outcome(models.TextChoices):
    """What a composed result says (R11, R12)."""

    PASSED = "passed", _("Passed")
    FAILED = "failed", _("Not passed")
    EXCLUDED = "excluded", _("Lost the right to be assessed")
    INCOMPLETE = "incomplete", _("Incomplete")
