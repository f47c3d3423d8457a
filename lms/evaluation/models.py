"""Surveys whose answers belong to nobody (R27): who answered and what was answered are two tables without a link."""

import secrets

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from lms.core.journals import Journal
from lms.evaluation.rules import SurveyQuestion, read_questions


def random_key() -> int:
    """A key that tells nothing about the order in which rows were made."""
    return secrets.randbelow(2**62) + 1


class Survey(models.Model):
    """The satisfaction survey of a term; its questions are copied when it is opened and never change after."""

    term = models.OneToOneField(
        "lms_programmes.Term", on_delete=models.PROTECT, related_name="survey", verbose_name=_("term")
    )
    title = models.CharField(_("survey title"), max_length=120)
    intro = models.TextField(_("survey introduction"), blank=True)
    questions = models.JSONField(_("survey questions"), editable=False)
    opens_at = models.DateTimeField(_("survey opens at"))
    closes_at = models.DateTimeField(_("survey closes at"))

    class Meta:
        verbose_name = _("survey")
        verbose_name_plural = _("surveys")
        ordering = ["-opens_at", "-pk"]
        constraints = [
            models.CheckConstraint(condition=Q(opens_at__lt=F("closes_at")), name="lms_evaluation_survey_dates")
        ]

    def __str__(self) -> str:
        return f"{self.title} · {self.term}"

    @property
    def asked(self) -> list[SurveyQuestion]:
        """The questions as plain values."""
        return read_questions(self.questions)


class SurveyToken(Journal):
    """Who has answered: one row for each seat, without the time and without the answers; append-only."""

    id = models.BigIntegerField(primary_key=True, default=random_key, editable=False)
    survey = models.ForeignKey(Survey, on_delete=models.PROTECT, related_name="tokens")
    enrolment = models.ForeignKey("lms_programmes.Enrolment", on_delete=models.PROTECT, related_name="survey_tokens")

    class Meta:
        verbose_name = _("survey participation")
        verbose_name_plural = _("survey participations")
        constraints = [models.UniqueConstraint(fields=["survey", "enrolment"], name="lms_evaluation_answer_once")]


class SurveyResponse(models.Model):
    """What somebody answered. No person, no time, no order: rows are rewritten as others answer."""

    id = models.BigIntegerField(primary_key=True, default=random_key, editable=False)
    survey = models.ForeignKey(Survey, on_delete=models.PROTECT, related_name="responses")
    answers = models.JSONField()
    given_on = models.DateField()

    class Meta:
        verbose_name = _("survey response")
        verbose_name_plural = _("survey responses")
        ordering = ["pk"]


class SurveyReminder(Journal):
    """When those who had not answered were reminded; append-only."""

    survey = models.ForeignKey(Survey, on_delete=models.PROTECT, related_name="reminders")
    on = models.DateField()
    count = models.PositiveIntegerField()
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")

    class Meta:
        verbose_name = _("survey reminder")
        verbose_name_plural = _("survey reminders")
        ordering = ["on", "pk"]
        constraints = [models.UniqueConstraint(fields=["survey", "on"], name="lms_evaluation_remind_daily")]
