"""What happens in the room: extra time with its second person, and the incident log. All append-only."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from lms.core.journals import Journal
from lms.exams.enums import IncidentKind
from lms.exams.models.exams import Exam


class ExtraTime(Journal):
    """Extra time somebody proposes, for one seat or (no seat) for everybody who sits the exam."""

    exam = models.ForeignKey(Exam, on_delete=models.PROTECT, related_name="extra_times")
    enrolment = models.ForeignKey(
        "lms_programmes.Enrolment", on_delete=models.PROTECT, null=True, related_name="+", verbose_name=_("learner")
    )
    minutes = models.PositiveSmallIntegerField(_("minutes"))
    beyond = models.BooleanField(_("may go past the end of the window"))
    reason = models.CharField(_("reason"), max_length=200)
    proposed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    nonce = models.CharField(max_length=32, unique=True)

    class Meta:
        verbose_name = _("extra time")
        verbose_name_plural = _("extra times")
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(condition=Q(minutes__gt=0), name="lms_exams_extra_minutes"),
            models.CheckConstraint(condition=~Q(reason=""), name="lms_exams_extra_reason"),
        ]

    def __str__(self) -> str:
        return f"{self.exam_id} +{self.minutes}"


class ExtraTimeDecision(Journal):
    """The word of a second person on it; only a grant counts. `proposed_by` repeats the proposal for the constraint."""

    proposal = models.OneToOneField(ExtraTime, on_delete=models.PROTECT, related_name="decision")
    granted = models.BooleanField()
    proposed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        verbose_name = _("decision on extra time")
        verbose_name_plural = _("decisions on extra time")
        constraints = [
            models.CheckConstraint(condition=~Q(decided_by=F("proposed_by")), name="lms_exams_extra_two_people"),
        ]

    def __str__(self) -> str:
        return f"{self.proposal_id} {self.granted}"


class Incident(Journal):
    """Something that happened, in words, with one seat or in the room as a whole. It has no effect by itself (R13)."""

    exam = models.ForeignKey(Exam, on_delete=models.PROTECT, related_name="incidents")
    enrolment = models.ForeignKey(
        "lms_programmes.Enrolment",
        on_delete=models.PROTECT,
        null=True,
        related_name="exam_incidents",
        verbose_name=_("learner"),
    )
    kind = models.CharField(_("kind of incident"), max_length=12, choices=IncidentKind)
    words = models.CharField(_("what happened"), max_length=500)
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    nonce = models.CharField(max_length=32, unique=True)

    class Meta:
        verbose_name = _("incident")
        verbose_name_plural = _("incidents")
        ordering = ["-pk"]
        constraints = [models.CheckConstraint(condition=~Q(words=""), name="lms_exams_incident_words")]

    def __str__(self) -> str:
        return f"{self.exam_id} {self.kind}"
