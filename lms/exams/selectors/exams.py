"""Reads about exams: lists."""

from datetime import datetime

from django.db import connection
from django.db.models import Count, Q, QuerySet

from lms.exams.conf import exams_settings
from lms.exams.enums import ExamState
from lms.exams.models import Exam
from lms.exams.selectors.audience import seats_for


def exams_listed() -> QuerySet[Exam]:
    """Exams with their term and the number of papers, starts and submissions."""
    return Exam.objects.select_related("term").annotate(
        papers=Count("sittings"),
        started=Count("sittings", filter=Q(sittings__started_at__isnull=False)),
        submitted=Count("sittings", filter=Q(sittings__submitted_at__isnull=False)),
    )


def exams_watched() -> QuerySet[Exam]:
    """Exams with their term and the number of proposals of extra time that wait for a second person."""
    waiting = Count("extra_times", filter=Q(extra_times__isnull=False, extra_times__decision=None))
    return Exam.objects.select_related("term").annotate(proposals=waiting)


def exams_open(now: datetime) -> QuerySet[Exam]:
    """Published exams whose window is open."""
    return Exam.objects.filter(state=ExamState.PUBLISHED, opens_at__lte=now, closes_at__gt=now)


def seat_limit() -> int | None:
    """How many people may sit one exam on this database; None on PostgreSQL: no limit."""
    return exams_settings.SQLITE_SEATS if connection.vendor == "sqlite" else None


def seats_of(exam: Exam) -> int:
    """How many people the exam is for now: those who would get a paper and those who have one already."""
    return seats_for(exam).exclude(sittings__exam=exam).count() + exam.sittings.count()


def crowded_exams(now: datetime) -> list[tuple[Exam, int]]:
    """Exams, set or published and not over, for more people than this database carries, with the number of seats."""
    limit = seat_limit()
    if limit is None:
        return []
    coming = Exam.objects.exclude(state=ExamState.CLOSED).filter(closes_at__gt=now).select_related("term")
    counted = [(exam, seats_of(exam)) for exam in coming.order_by("opens_at")]
    return [(exam, seats) for exam, seats in counted if seats > limit]
