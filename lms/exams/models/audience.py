"""Who may sit an exam that is not for everybody."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from lms.exams.models.exams import Exam


class Candidate(models.Model):
    """One seat chosen for an exam for chosen learners (a re-sit, a make-up exam)."""

    exam = models.ForeignKey(Exam, on_delete=models.CASCADE, related_name="candidates")
    enrolment = models.ForeignKey("lms_programmes.Enrolment", on_delete=models.PROTECT, related_name="+")
    chosen_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField()

    class Meta:
        verbose_name = _("chosen learner")
        verbose_name_plural = _("chosen learners")
        constraints = [models.UniqueConstraint(fields=["exam", "enrolment"], name="lms_exams_chosen_once")]

    def __str__(self) -> str:
        return f"{self.exam_id}/{self.enrolment_id}"
