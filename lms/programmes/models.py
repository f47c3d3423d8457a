"""Programme with its rules, curriculum, terms, class groups, enrolments and the class-hour ledger."""

from datetime import datetime
from fractions import Fraction

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from lms.core.journals import Journal
from lms.programmes.enums import EnrolmentState, HourKind, ModuleKind
from lms.programmes.rules import ProgrammeRules, in_window

PERCENT = [MinValueValidator(0), MaxValueValidator(100)]


class Programme(models.Model):
    """One training programme; every number of RULES.md is a field here, loaded from a file and edited on screen."""

    slug = models.SlugField(_("key"), max_length=60, unique=True)
    name = models.CharField(_("name"), max_length=120)
    organiser = models.CharField(_("organiser"), max_length=120, blank=True)
    summary = models.TextField(_("summary"), blank=True)
    year = models.PositiveSmallIntegerField(_("year"))
    class_hour_minutes = models.PositiveSmallIntegerField(_("minutes of a class hour"), default=45)
    required_offline_minutes = models.PositiveIntegerField(_("required classroom minutes"))
    certificate_minutes = models.PositiveIntegerField(_("minutes the certificate counts"))
    certificate_online_minutes = models.PositiveIntegerField(_("online minutes within the certificate"))
    weight_regular = models.PositiveSmallIntegerField(_("weight: regular part (%)"), validators=PERCENT)
    weight_theory = models.PositiveSmallIntegerField(_("weight: theory exam (%)"), validators=PERCENT)
    weight_practical = models.PositiveSmallIntegerField(_("weight: practical (%)"), validators=PERCENT)
    weight_attendance = models.PositiveSmallIntegerField(_("in the regular part: attendance (%)"), validators=PERCENT)
    weight_classroom = models.PositiveSmallIntegerField(
        _("in the regular part: classroom performance (%)"), validators=PERCENT
    )
    weight_assignments = models.PositiveSmallIntegerField(_("in the regular part: assignments (%)"), validators=PERCENT)
    pass_mark = models.DecimalField(_("pass mark"), max_digits=5, decimal_places=2)
    minimum_regular = models.DecimalField(_("minimum: regular part"), max_digits=5, decimal_places=2, default=0)
    minimum_theory = models.DecimalField(_("minimum: theory exam"), max_digits=5, decimal_places=2, default=0)
    minimum_practical = models.DecimalField(_("minimum: practical"), max_digits=5, decimal_places=2, default=0)
    absence_numerator = models.PositiveSmallIntegerField(_("absence limit: numerator"), default=1)
    absence_denominator = models.PositiveSmallIntegerField(_("absence limit: denominator"), default=3)
    leave_counts_as_absence = models.BooleanField(_("approved leave counts as absence"), default=True)
    late_grace_minutes = models.PositiveSmallIntegerField(_("minutes late that are forgiven"), default=0)
    check_in_opens_before = models.PositiveSmallIntegerField(_("check-in opens, minutes before"), default=30)
    check_in_closes_after = models.PositiveSmallIntegerField(_("check-out closes, minutes after"), default=15)
    appeal_working_days = models.PositiveSmallIntegerField(_("working days to appeal"), default=5)
    refresh_years = models.PositiveSmallIntegerField(_("years to the suggested refresh"), default=3)
    number_pattern = models.CharField(_("pattern of certificate numbers"), max_length=60)
    fee_fen = models.PositiveIntegerField(_("fee (fen)"))
    fee_includes = models.CharField(_("the fee includes"), max_length=120, blank=True)
    refund_days = models.PositiveSmallIntegerField(_("days before the start for a full refund"), default=7)
    refund_between = models.CharField(_("refund between that day and the start"), max_length=20, default="refuse")
    minimum_degree = models.CharField(_("lowest degree"), max_length=30, blank=True)
    appraisal_years = models.PositiveSmallIntegerField(_("years of competent appraisals"), default=3)
    priority_grounds = models.JSONField(_("priority grounds"), default=list, blank=True)
    notes = models.JSONField(_("texts of the notice"), default=dict, blank=True)
    source_digest = models.CharField(max_length=64, blank=True, editable=False)
    loaded_at = models.DateTimeField(null=True, blank=True, editable=False)

    class Meta:
        verbose_name = _("programme")
        verbose_name_plural = _("programmes")
        ordering = ["-year", "name"]
        constraints = [
            models.CheckConstraint(
                condition=Q(weight_regular=100 - F("weight_theory") - F("weight_practical")),
                name="lms_programmes_weights_100",
            ),
            models.CheckConstraint(
                condition=Q(weight_attendance=100 - F("weight_classroom") - F("weight_assignments")),
                name="lms_programmes_regular_100",
            ),
            models.CheckConstraint(
                condition=Q(absence_denominator__gt=0) & Q(absence_numerator__lte=F("absence_denominator")),
                name="lms_programmes_absence_fraction",
            ),
            models.CheckConstraint(condition=Q(class_hour_minutes__gt=0), name="lms_programmes_class_hour"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def absence_limit(self) -> Fraction:
        """Share of the scheduled classroom hours beyond which the right to be assessed is lost (R12)."""
        return Fraction(self.absence_numerator, self.absence_denominator)

    @property
    def rules(self) -> ProgrammeRules:
        """All figures as plain values for rule functions."""
        names = ProgrammeRules.__dataclass_fields__
        return ProgrammeRules(**{name: getattr(self, name) for name in names})


class SubsidyRate(models.Model):
    """Which funding authority pays which share of the fee (R18)."""

    programme = models.ForeignKey(Programme, on_delete=models.CASCADE, related_name="subsidies")
    authority = models.CharField(_("funding authority"), max_length=60)
    numerator = models.PositiveSmallIntegerField(_("rate: numerator"))
    denominator = models.PositiveSmallIntegerField(_("rate: denominator"), default=100)
    note = models.CharField(_("note"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("subsidy rate")
        verbose_name_plural = _("subsidy rates")
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["programme", "authority"], name="lms_programmes_subsidy_authority"),
            models.CheckConstraint(
                condition=Q(denominator__gt=0) & Q(numerator__lte=F("denominator")), name="lms_programmes_subsidy_rate"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.authority} {self.numerator}/{self.denominator}"


class Module(models.Model):
    """One of the three parts of the curriculum."""

    programme = models.ForeignKey(Programme, on_delete=models.CASCADE, related_name="modules")
    kind = models.CharField(_("kind"), max_length=10, choices=ModuleKind)
    title = models.CharField(_("title"), max_length=80)
    order = models.PositiveSmallIntegerField(default=0)

    class Meta:
        verbose_name = _("module")
        verbose_name_plural = _("modules")
        ordering = ["order", "pk"]
        constraints = [models.UniqueConstraint(fields=["programme", "kind"], name="lms_programmes_module_kind")]

    def __str__(self) -> str:
        return self.title


class Course(models.Model):
    """A course of a module; `offline_minutes` is its planned share of classroom teaching."""

    module = models.ForeignKey(Module, on_delete=models.PROTECT, related_name="courses")
    code = models.CharField(_("code"), max_length=20)
    title = models.CharField(_("title"), max_length=120)
    summary = models.TextField(_("summary"), blank=True)
    offline_minutes = models.PositiveIntegerField(_("classroom minutes"), default=0)
    order = models.PositiveSmallIntegerField(default=0)

    class Meta:
        verbose_name = _("course")
        verbose_name_plural = _("courses")
        ordering = ["module__order", "order", "pk"]
        constraints = [models.UniqueConstraint(fields=["module", "code"], name="lms_programmes_course_code")]

    def __str__(self) -> str:
        return self.title


class Term(models.Model):
    """One run of the programme (期次); all dates inclusive in Asia/Shanghai (R1)."""

    programme = models.ForeignKey(
        Programme, on_delete=models.PROTECT, related_name="terms", verbose_name=_("programme")
    )
    code = models.SlugField(_("code"), max_length=40, unique=True)
    name = models.CharField(_("name"), max_length=80)
    starts_on = models.DateField(_("starts on"))
    ends_on = models.DateField(_("ends on"))
    registration_opens_on = models.DateField(_("registration opens on"))
    registration_closes_on = models.DateField(_("registration closes on"))
    capacity = models.PositiveIntegerField(_("seats"))

    class Meta:
        verbose_name = _("term")
        verbose_name_plural = _("terms")
        ordering = ["starts_on", "pk"]
        constraints = [
            models.CheckConstraint(condition=Q(starts_on__lte=F("ends_on")), name="lms_programmes_term_dates"),
            models.CheckConstraint(
                condition=Q(registration_opens_on__lte=F("registration_closes_on")),
                name="lms_programmes_term_registration",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def registration_open(self, at: datetime) -> bool:
        """Whether `at` lies in the registration window."""
        return in_window(at, self.registration_opens_on, self.registration_closes_on)


class ClassGroup(models.Model):
    """A class (班) of a term; `kind` is the 班型."""

    term = models.ForeignKey(Term, on_delete=models.PROTECT, related_name="groups", verbose_name=_("term"))
    code = models.CharField(_("code"), max_length=20)
    name = models.CharField(_("name"), max_length=60)
    kind = models.CharField(_("class type"), max_length=40, blank=True)
    capacity = models.PositiveIntegerField(_("seats"))
    assistants = models.ManyToManyField(
        settings.AUTH_USER_MODEL, blank=True, related_name="assisted_groups", verbose_name=_("class assistants")
    )

    class Meta:
        verbose_name = _("class")
        verbose_name_plural = _("classes")
        ordering = ["term", "code"]
        constraints = [models.UniqueConstraint(fields=["term", "code"], name="lms_programmes_group_code")]

    def __str__(self) -> str:
        return self.name


class Enrolment(models.Model):
    """A seat: one person in one term."""

    person = models.ForeignKey(
        "lms_people.Person", on_delete=models.PROTECT, related_name="enrolments", verbose_name=_("learner")
    )
    term = models.ForeignKey(Term, on_delete=models.PROTECT, related_name="enrolments", verbose_name=_("term"))
    group = models.ForeignKey(
        ClassGroup, on_delete=models.PROTECT, null=True, blank=True, related_name="enrolments", verbose_name=_("class")
    )
    number = models.PositiveIntegerField(_("number in the term"))
    state = models.CharField(_("state"), max_length=12, choices=EnrolmentState, default=EnrolmentState.ACTIVE)
    enrolled_at = models.DateTimeField(_("enrolled at"))
    ended_at = models.DateTimeField(_("ended at"), null=True, blank=True)

    class Meta:
        verbose_name = _("enrolment")
        verbose_name_plural = _("enrolments")
        ordering = ["term", "number"]
        constraints = [
            models.UniqueConstraint(
                fields=["person", "term"],
                condition=Q(state__in=["active", "completed"]),
                name="lms_programmes_one_seat",
            ),
            models.UniqueConstraint(fields=["term", "number"], name="lms_programmes_seat_number"),
        ]

    def __str__(self) -> str:
        return f"{self.person} · {self.term}"


class HourEntry(Journal):
    """The class-hour ledger, in minutes, append-only. `source` and `reference` say what the minutes are for."""

    enrolment = models.ForeignKey(Enrolment, on_delete=models.PROTECT, related_name="hour_entries")
    kind = models.CharField(max_length=10, choices=HourKind)
    minutes = models.IntegerField(help_text=_("Negative rows take minutes back."))
    source = models.CharField(max_length=40)
    reference = models.CharField(max_length=60)
    revision = models.PositiveIntegerField()
    earned_on = models.DateField()
    reason = models.CharField(max_length=200, blank=True)
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    recorded_at = models.DateTimeField()

    class Meta:
        verbose_name = _("class-hour entry")
        verbose_name_plural = _("class-hour ledger")
        ordering = ["recorded_at", "pk"]
        indexes = [models.Index(fields=["enrolment", "kind"], name="lms_prog_hours_by_kind")]
        constraints = [
            models.UniqueConstraint(
                fields=["enrolment", "source", "reference", "revision"], name="lms_programmes_hour_once"
            )
        ]
