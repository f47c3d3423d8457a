"""Appeals and their journal."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from lms.appeals.enums import AppealAct, AppealState
from lms.core.journals import Journal


class Appeal(models.Model):
    """An appeal of one learner against one decision (R14); what was decided is kept as it stood when she appealed."""

    enrolment = models.ForeignKey(
        "lms_programmes.Enrolment", on_delete=models.PROTECT, related_name="appeals", verbose_name=_("enrolment")
    )
    kind = models.CharField(_("kind of decision"), max_length=40)
    reference = models.CharField(_("reference"), max_length=80)
    title = models.CharField(_("decision"), max_length=200)
    detail = models.TextField(_("what was decided"), blank=True)
    decision_at = models.DateTimeField(_("decision made at"))
    decision_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    due_on = models.DateField(_("last day to appeal"))
    grounds = models.TextField(_("grounds"))
    filed_at = models.DateTimeField(_("filed at"))
    state = models.CharField(_("state"), max_length=10, choices=AppealState, default=AppealState.OPEN)
    reason = models.TextField(_("reason of the decision"), blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    decided_at = models.DateTimeField(_("decided at"), null=True, blank=True)

    class Meta:
        verbose_name = _("appeal")
        verbose_name_plural = _("appeals")
        ordering = ["filed_at", "pk"]
        indexes = [models.Index(fields=["state", "filed_at"], name="lms_appeals_queue")]
        constraints = [
            models.UniqueConstraint(
                fields=["enrolment", "kind", "reference"],
                condition=~Q(state="withdrawn"),
                name="lms_appeals_once",
            ),
            models.CheckConstraint(
                condition=(
                    Q(state__in=["open", "withdrawn"], decided_at=None, decided_by=None, reason="")
                    | Q(state__in=["upheld", "rejected"], decided_at__isnull=False, decided_by__isnull=False)
                    & ~Q(reason="")
                ),
                name="lms_appeals_decided_with_reason",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.title} · {self.enrolment}"

    @property
    def is_open(self) -> bool:
        """Whether it still waits for a decision."""
        return self.state == AppealState.OPEN


class AppealEvent(Journal):
    """What happened to an appeal, append-only."""

    appeal = models.ForeignKey(Appeal, on_delete=models.PROTECT, related_name="events")
    act = models.CharField(max_length=10, choices=AppealAct)
    text = models.TextField(blank=True)
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField()

    class Meta:
        verbose_name = _("appeal event")
        verbose_name_plural = _("appeal journal")
        ordering = ["at", "pk"]
