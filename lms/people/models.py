"""Persons, units and consents."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from lms.core.fields import EncryptedTextField
from lms.core.journals import Journal
from lms.people.enums import ConsentKind, UnitLevel
from lms.people.rules import mask_id, mask_phone


class Unit(models.Model):
    """An employing unit; units form a tree of city, districts and their units."""

    parent = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="children", verbose_name=_("above")
    )
    name = models.CharField(_("name"), max_length=120)
    level = models.CharField(_("level"), max_length=20, choices=UnitLevel, default=UnitLevel.UNSET)
    code = models.CharField(_("unified social credit code"), max_length=18, blank=True)
    contact_name = models.CharField(_("contact"), max_length=60, blank=True)
    contact_phone = models.CharField(_("contact phone"), max_length=30, blank=True)

    class Meta:
        verbose_name = _("unit")
        verbose_name_plural = _("units")
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(fields=["code"], condition=~Q(code=""), name="lms_people_unit_code"),
            models.UniqueConstraint(fields=["parent", "name"], name="lms_people_unit_name"),
            models.UniqueConstraint(fields=["name"], condition=Q(parent=None), name="lms_people_top_unit_name"),
        ]

    def __str__(self) -> str:
        return self.name


class Person(models.Model):
    """A real-name person, one per user. The ID number is encrypted; `id_index` finds it and keeps it unique."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="person", verbose_name=_("account")
    )
    name = models.CharField(_("name"), max_length=60)
    pinyin = models.CharField(_("pinyin"), max_length=200, blank=True, help_text=_("Full spelling and initials."))
    id_number = EncryptedTextField(_("ID number"), blank=True, default="")
    id_index = models.CharField(max_length=64, null=True, blank=True, unique=True, editable=False)
    born_on = models.DateField(_("born on"), null=True, blank=True)
    sex = models.CharField(_("sex"), max_length=6, blank=True, choices=[("male", _("male")), ("female", _("female"))])
    phone = models.CharField(_("mobile"), max_length=11, null=True, blank=True, unique=True)
    unit = models.ForeignKey(
        Unit, on_delete=models.PROTECT, null=True, blank=True, related_name="people", verbose_name=_("unit")
    )
    position = models.CharField(_("post"), max_length=60, blank=True)
    verified_at = models.DateTimeField(_("identity verified at"), null=True, blank=True)

    class Meta:
        verbose_name = _("person")
        verbose_name_plural = _("people")
        ordering = ["pinyin", "pk"]

    def __str__(self) -> str:
        return self.name

    @property
    def masked_id(self) -> str:
        """The ID number as every screen shows it."""
        return mask_id(self.id_number) if self.id_number else ""

    @property
    def masked_phone(self) -> str:
        """The mobile number as lists show it."""
        return mask_phone(self.phone) if self.phone else ""


class ActivationCode(models.Model):
    """A one-time code with which somebody whose account was made for her sets her first password."""

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="activation_codes")
    digest = models.CharField(max_length=64, unique=True)
    made_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True, blank=True)
    failures = models.PositiveSmallIntegerField(default=0)

    class Meta:
        verbose_name = _("activation code")
        verbose_name_plural = _("activation codes")


class ActivationSheet(models.Model):
    """Fresh activation codes on one sheet, encrypted, seen by its maker alone and handed out once."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    handed_out_at = models.DateTimeField(null=True, blank=True)
    count = models.PositiveIntegerField()
    rows = EncryptedTextField(blank=True, default="")

    class Meta:
        verbose_name = _("sheet of activation codes")
        verbose_name_plural = _("sheets of activation codes")


class ConsentText(models.Model):
    """One version of a text people agree to; a changed text is a new version."""

    kind = models.CharField(max_length=20, choices=ConsentKind)
    version = models.PositiveIntegerField()
    title = models.CharField(max_length=120)
    body = models.TextField()
    summary_en = models.TextField(blank=True)
    in_force_from = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["kind", "version"], name="lms_people_consent_version")]

    def __str__(self) -> str:
        return f"{self.title} v{self.version}"


class ConsentEntry(Journal):
    """A consent given or withdrawn; append-only."""

    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="consents")
    text = models.ForeignKey(ConsentText, on_delete=models.PROTECT)
    given = models.BooleanField()
    at = models.DateTimeField()

    class Meta:
        ordering = ["at", "pk"]
