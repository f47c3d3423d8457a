"""Choices of the people app."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Role(models.TextChoices):
    """Who a person is to the programme besides a learner; each is a Django group of the same value."""

    ADMINISTRATOR = "lms.administrator", _("Administrator")
    ASSISTANT = "lms.assistant", _("Class assistant")
    INSTRUCTOR = "lms.instructor", _("Instructor")
    EXAMINER = "lms.examiner", _("Examiner")
    REVIEWER = "lms.reviewer", _("Reviewer")
    FINANCE = "lms.finance", _("Finance officer")
    SUPERVISOR = "lms.supervisor", _("Supervising department")
    EXPERT = "lms.expert", _("Policy expert")
    UNIT_CONTACT = "lms.unit_contact", _("Employing unit")


class UnitLevel(models.TextChoices):
    """Where a unit stands in the tree (R3, R18); nobody assumes a level, because money hangs on it."""

    UNSET = "unset", _("Not set yet")
    CITY = "city", _("City")
    CITY_UNIT = "city_unit", _("Unit directly under the city")
    DISTRICT = "district", _("District or county")
    DISTRICT_UNIT = "district_unit", _("Unit of a district or county")


class ConsentKind(models.TextChoices):
    """What a person is asked to agree to, each separately."""

    PRIVACY = "privacy", _("Handling of personal data")
    IDENTITY = "identity", _("Handling of the ID number (sensitive)")
    LOCATION = "location", _("Location hint at check-in (sensitive)")
    PHOTO = "photo", _("Photos of events")
