"""Choices of the evaluation app."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class SurveyState(models.TextChoices):
    """Where a survey stands; computed from its dates."""

    PLANNED = "planned", _("Not open yet")
    OPEN = "open", _("Open for answers")
    CLOSED = "closed", _("Survey closed")
