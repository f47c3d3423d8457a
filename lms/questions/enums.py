"""Choices of the question bank."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class ItemKind(models.TextChoices):
    """Kinds of question that a computer marks."""

    SINGLE = "single", _("Single choice")
    MULTIPLE = "multiple", _("Multiple choice")
    TRUEFALSE = "truefalse", _("True or false")


class ItemState(models.TextChoices):
    """Only ready items are drawn into papers; nothing is ever deleted."""

    DRAFT = "draft", _("Draft")
    READY = "ready", _("Ready for papers")
    RETIRED = "retired", _("No longer used")


class Difficulty(models.IntegerChoices):
    """How hard the writer thinks the item is."""

    EASY = 1, _("Easy")
    MEDIUM = 2, _("Medium")
    HARD = 3, _("Hard")
