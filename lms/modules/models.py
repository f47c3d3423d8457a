"""Progress in lessons, assignments, what learners hand in and the marks they get."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from lms.core.journals import Journal
from lms.modules.enums import SubmissionKind
from lms.modules.pages import CourseIndexPage, CoursePage, LessonPage

__all__ = [
    "Assignment",
    "AssignmentMark",
    "CourseIndexPage",
    "CoursePage",
    "LessonPage",
    "LessonProgress",
    "Submission",
]


class LessonProgress(models.Model):
    """One learner and one lesson: opened, completed, and the minutes that were credited then."""

    enrolment = models.ForeignKey(
        "lms_programmes.Enrolment", on_delete=models.PROTECT, related_name="lesson_progress", verbose_name=_("learner")
    )
    lesson = models.ForeignKey(LessonPage, on_delete=models.PROTECT, related_name="progress", verbose_name=_("lesson"))
    opened_at = models.DateTimeField(_("opened at"))
    completed_at = models.DateTimeField(_("completed at"), null=True, blank=True)
    minutes = models.PositiveSmallIntegerField(_("minutes credited"), default=0)

    class Meta:
        verbose_name = _("lesson progress")
        verbose_name_plural = _("lesson progress")
        constraints = [
            models.UniqueConstraint(fields=["enrolment", "lesson"], name="lms_modules_progress_once"),
            models.CheckConstraint(
                condition=Q(completed_at__isnull=True, minutes=0) | Q(completed_at__gte=F("opened_at"), minutes__gt=0),
                name="lms_modules_progress_minutes",
            ),
        ]


class Assignment(models.Model):
    """A task of one module in one term; learners see it when it is published (R11, R13)."""

    term = models.ForeignKey(
        "lms_programmes.Term", on_delete=models.PROTECT, related_name="assignments", verbose_name=_("term")
    )
    module = models.ForeignKey(
        "lms_programmes.Module", on_delete=models.PROTECT, related_name="assignments", verbose_name=_("module")
    )
    title = models.CharField(_("title"), max_length=120)
    task = models.TextField(_("task"))
    criteria = models.TextField(
        _("what a good answer contains"), blank=True, help_text=_("One point a line; learners see it, too.")
    )
    due_at = models.DateTimeField(_("due"))
    published = models.BooleanField(_("published"), default=False)

    class Meta:
        verbose_name = _("assignment")
        verbose_name_plural = _("assignments")
        ordering = ["due_at", "pk"]
        constraints = [models.UniqueConstraint(fields=["term", "module", "title"], name="lms_modules_assignment_title")]

    def __str__(self) -> str:
        return self.title

    @property
    def points(self) -> list[str]:
        """The criteria, one by one."""
        return [line.strip() for line in self.criteria.splitlines() if line.strip()]


class Submission(Journal):
    """A saved state of a learner's text, append-only; the last one handed in counts."""

    enrolment = models.ForeignKey(
        "lms_programmes.Enrolment", on_delete=models.PROTECT, related_name="submissions", verbose_name=_("learner")
    )
    assignment = models.ForeignKey(
        Assignment, on_delete=models.PROTECT, related_name="submissions", verbose_name=_("assignment")
    )
    revision = models.PositiveIntegerField(_("version"))
    kind = models.CharField(_("kind"), max_length=8, choices=SubmissionKind)
    text = models.TextField(_("text"))
    at = models.DateTimeField(_("saved at"))

    class Meta:
        verbose_name = _("submission")
        verbose_name_plural = _("submissions")
        ordering = ["revision"]
        constraints = [
            models.UniqueConstraint(
                fields=["enrolment", "assignment", "revision"], name="lms_modules_submission_revision"
            )
        ]


class AssignmentMark(Journal):
    """A mark of 0–100 for a handed-in text, append-only; the last one counts, a correction says why."""

    submission = models.ForeignKey(
        Submission, on_delete=models.PROTECT, related_name="marks", verbose_name=_("submission")
    )
    enrolment = models.ForeignKey("lms_programmes.Enrolment", on_delete=models.PROTECT, related_name="assignment_marks")
    assignment = models.ForeignKey(Assignment, on_delete=models.PROTECT, related_name="marks")
    revision = models.PositiveIntegerField(_("version"))
    value = models.DecimalField(_("mark"), max_digits=5, decimal_places=2)
    comment = models.TextField(_("comment"), blank=True)
    reason = models.CharField(_("reason of the correction"), max_length=200, blank=True)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=_("marked by")
    )
    at = models.DateTimeField(_("marked at"))

    class Meta:
        verbose_name = _("assignment mark")
        verbose_name_plural = _("assignment marks")
        ordering = ["revision"]
        constraints = [
            models.UniqueConstraint(fields=["enrolment", "assignment", "revision"], name="lms_modules_mark_revision"),
            models.CheckConstraint(condition=Q(value__gte=0, value__lte=100), name="lms_modules_mark_range"),
        ]

    def __str__(self) -> str:
        return f"{self.enrolment} · {self.assignment}"
