"""Reads about Safe Exam Browser."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import OuterRef, Q, QuerySet, Subquery

from lms.exams.enums import LockKind
from lms.exams.models import Exam, ExamBrowser, LockEntry, Sitting


@dataclass(frozen=True)
class BrowserRule:
    """What is asked of the browser of one sitting now."""

    config_key: str
    exam_keys: Sequence[str]
    locked: bool


def browser_rule(sitting_id: int) -> BrowserRule | None:
    """One query. None when any browser will do: nothing is required, or a person let this learner go on without."""
    last = LockEntry.objects.filter(sitting=sitting_id).order_by("-pk").values("kind")[:1]
    found = (
        ExamBrowser.objects.filter(exam__sittings=sitting_id, required=True)
        .annotate(lock=Subquery(last))
        .values_list("config_key", "exam_keys", "lock")
        .first()
    )
    if found is None or found[2] == LockKind.WAIVED:
        return None
    return BrowserRule(found[0], found[1], found[2] == LockKind.LOCKED)


def rule_for(sitting: Sitting) -> BrowserRule | None:
    """As `browser_rule`; no query where the exam, read with its browser (`own_sitting`), asks for none."""
    browser: ExamBrowser | None = getattr(sitting.exam, "browser", None)
    return browser_rule(sitting.pk) if browser is not None and browser.required else None


def browser_of(exam: Exam) -> ExamBrowser | None:
    """What was set for this exam, whether it is required now or not."""
    return ExamBrowser.objects.filter(exam=exam).first()


def sittings_with_locks(exam: Exam) -> QuerySet[Sitting]:
    """Sittings of the exam that were ever locked, with the last kind of entry as `lock`; one query."""
    last = LockEntry.objects.filter(sitting=OuterRef("pk")).order_by("-pk").values("kind")[:1]
    return (
        Sitting.objects.filter(exam=exam)
        .annotate(lock=Subquery(last))
        .filter(Q(lock__isnull=False))
        .select_related("enrolment__person")
        .defer("paper")
        .order_by("enrolment__number")
    )
