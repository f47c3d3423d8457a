"""Choices of the programmes app."""

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class ModuleKind(models.TextChoices):
    """The three modules of the curriculum (R8–R10)."""

    THEORY = "theory", _("Theory")
    PRACTICE = "practice", _("Practice")
    CASE = "case", _("Case study")


class EnrolmentState(models.TextChoices):
    """What became of a seat."""

    ACTIVE = "active", _("Enrolled")
    COMPLETED = "completed", _("Completed")
    WITHDRAWN = "withdrawn", pgettext_lazy("enrolment", "Withdrawn")
    DEFERRED = "deferred", _("Deferred to a later term")


class HourKind(models.TextChoices):
    """Where class hours were earned (R2, R15)."""

    OFFLINE = "offline", _("Classroom")
    ONLINE = "online", _("Online")


class MarkPart(models.TextChoices):
    """The parts a result is composed of (R11)."""

    ATTENDANCE = "attendance", _("Attendance")
    CLASSROOM = "classroom", _("Classroom performance")
    ASSIGNMENTS = "assignments", _("Assignments")
    THEORY = "theory", _("Theory exam")
    PRACTICAL = "practical", _("Practical assessment")
