"""Choices of the admissions app."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class ApplicationState(models.TextChoices):
    """Where an application stands."""

    DRAFT = "draft", _("Draft")
    SUBMITTED = "submitted", _("Waiting for review")
    ADMITTED = "admitted", _("Admitted")
    WAIT_LISTED = "wait_listed", _("On the wait-list")
    REJECTED = "rejected", _("Not admitted")
    WITHDRAWN = "withdrawn", _("Withdrawn")


class ApplicationAct(models.TextChoices):
    """What the journal records."""

    STARTED = "started", _("Started")
    SUBMITTED = "submitted", _("Submitted")
    RETURNED = "returned", _("Returned for correction")
    ADMITTED = "admitted", _("Admitted")
    WAIT_LISTED = "wait_listed", _("Put on the wait-list")
    REJECTED = "rejected", _("Not admitted")
    WITHDRAWN = "withdrawn", _("Withdrawn")


class Degree(models.TextChoices):
    """Degrees from low to high (R3); the values are the words a programme file uses."""

    BELOW = "大专以下", _("below junior college")
    COLLEGE = "大专", _("junior college")
    BACHELOR = "本科", _("bachelor")
    MASTER = "硕士", _("master")
    DOCTOR = "博士", _("doctor")


class Grade(models.TextChoices):
    """Outcome of an annual appraisal; civil service and institutions share one scale (R3)."""

    EXCELLENT = "excellent", _("excellent")
    COMPETENT = "competent", _("competent / qualified")
    BASIC = "basic", _("basically competent / basically qualified")
    FAILED = "failed", _("not competent / not qualified")
