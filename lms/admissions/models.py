"""Applications and their journal."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from lms.admissions.enums import ApplicationAct, ApplicationState, Degree
from lms.core.journals import Journal

LIVE = (
    ApplicationState.DRAFT,
    ApplicationState.SUBMITTED,
    ApplicationState.ADMITTED,
    ApplicationState.WAIT_LISTED,
)
DECIDED = (ApplicationState.ADMITTED, ApplicationState.WAIT_LISTED, ApplicationState.REJECTED)


class Application(models.Model):
    """One person's application for one term; one live application a person and year (R7)."""

    person = models.ForeignKey(
        "lms_people.Person", on_delete=models.PROTECT, related_name="applications", verbose_name=_("person")
    )
    term = models.ForeignKey(
        "lms_programmes.Term", on_delete=models.PROTECT, related_name="applications", verbose_name=_("term")
    )
    group = models.ForeignKey(
        "lms_programmes.ClassGroup",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("wanted class"),
    )
    year = models.PositiveSmallIntegerField(_("year"))
    state = models.CharField(_("state"), max_length=12, choices=ApplicationState, default=ApplicationState.DRAFT)
    identity_confirmed_at = models.DateTimeField(_("identity confirmed at"), null=True, blank=True)
    degree = models.CharField(_("degree"), max_length=10, choices=Degree, blank=True)
    appraisals = models.JSONField(_("annual appraisals"), default=dict, blank=True)
    grounds = models.JSONField(_("priority grounds"), default=list, blank=True)
    remark = models.TextField(_("remark"), blank=True)
    started_at = models.DateTimeField(_("started at"))
    submitted_at = models.DateTimeField(_("submitted at"), null=True, blank=True)
    decided_at = models.DateTimeField(_("decided at"), null=True, blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    reason = models.TextField(_("reason"), blank=True)
    enrolment = models.OneToOneField(
        "lms_programmes.Enrolment", on_delete=models.PROTECT, null=True, blank=True, related_name="application"
    )

    class Meta:
        verbose_name = _("application")
        verbose_name_plural = _("applications")
        ordering = ["submitted_at", "pk"]
        indexes = [models.Index(fields=["term", "state", "submitted_at"], name="lms_admissions_queue")]
        constraints = [
            models.UniqueConstraint(
                fields=["person", "year"], condition=Q(state__in=LIVE), name="lms_admissions_one_a_year"
            ),
            models.CheckConstraint(
                condition=~Q(state="admitted") | Q(enrolment__isnull=False), name="lms_admissions_admitted_has_seat"
            ),
            models.CheckConstraint(
                condition=Q(state__in=["draft", "withdrawn"]) | Q(submitted_at__isnull=False),
                name="lms_admissions_submitted_has_time",
            ),
            models.CheckConstraint(
                condition=~Q(state="rejected") | ~Q(reason=""), name="lms_admissions_rejected_with_reason"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.person} · {self.term}"

    @property
    def grounds_text(self) -> str:
        """The grounds in one line, for lists."""
        return "；".join(self.grounds)

    @property
    def is_draft(self) -> bool:
        """Whether the applicant may still change it."""
        return self.state == ApplicationState.DRAFT

    @property
    def awaits_decision(self) -> bool:
        """Whether a reviewer may decide on it."""
        return self.state in {ApplicationState.SUBMITTED, ApplicationState.WAIT_LISTED}


class ApplicationEvent(Journal):
    """What happened to an application; append-only."""

    application = models.ForeignKey(Application, on_delete=models.PROTECT, related_name="events")
    act = models.CharField(max_length=12, choices=ApplicationAct)
    reason = models.TextField(blank=True)
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField()

    class Meta:
        verbose_name = _("application event")
        verbose_name_plural = _("application journal")
        ordering = ["at", "pk"]
