"""Reads about exams: lists, and who is in."""

from dataclasses import dataclass
from datetime import datetime

from django.db import connection
from django.db.models import Count, Max, Q, QuerySet

from lms.exams.conf import exams_settings
from lms.exams.enums import ExamState
from lms.exams.models import AnswerEntry, Exam, Sitting
from lms.programmes.selectors import live_enrolments


def exams_listed() -> QuerySet[Exam]:
    """Exams with their term and the number of papers, starts and submissions."""
    return Exam.objects.select_related("term").annotate(
        papers=Count("sittings"),
        started=Count("sittings", filter=Q(sittings__started_at__isnull=False)),
        submitted=Count("sittings", filter=Q(sittings__submitted_at__isnull=False)),
    )


def exams_open(now: datetime) -> QuerySet[Exam]:
    """Published exams whose window is open."""
    return Exam.objects.filter(state=ExamState.PUBLISHED, opens_at__lte=now, closes_at__gt=now)


def seat_limit() -> int | None:
    """How many people may sit one exam on this database; None on PostgreSQL: no limit."""
    return exams_settings.SQLITE_SEATS if connection.vendor == "sqlite" else None


def seats_of(exam: Exam) -> int:
    """How many people the exam is for now: those who would get a paper and those who have one already."""
    return live_enrolments(exam.term).exclude(sittings__exam=exam).count() + exam.sittings.count()


def crowded_exams(now: datetime) -> list[tuple[Exam, int]]:
    """Exams, set or published and not over, for more people than this database carries, with the number of seats."""
    limit = seat_limit()
    if limit is None:
        return []
    coming = Exam.objects.exclude(state=ExamState.CLOSED).filter(closes_at__gt=now).select_related("term")
    counted = [(exam, seats_of(exam)) for exam in coming.order_by("opens_at")]
    return [(exam, seats) for exam, seats in counted if seats > limit]


@dataclass(frozen=True)
class LiveRow:
    """One line of the invigilator's list."""

    sitting: Sitting
    state: str
    answered: int
    last_save: datetime | None
    seconds_left: int | None


def live_rows(exam: Exam, at: datetime) -> list[LiveRow]:
    """Who is in, progress, last save and time left: two queries however many learners."""
    sittings = list(
        Sitting.objects.filter(exam=exam)
        .select_related("enrolment__person", "enrolment__group")
        .defer("paper")
        .order_by("enrolment__number")
    )
    latest = AnswerEntry.objects.filter(sitting__exam=exam).values("sitting_id").annotate(last=Max("pk"))
    saves = {
        sitting_id: (answered, moment)
        for sitting_id, answered, moment in AnswerEntry.objects.filter(pk__in=latest.values("last")).values_list(
            "sitting_id", "answered", "at"
        )
    }
    return [_live_row(sitting, saves.get(sitting.pk, (0, None)), at) for sitting in sittings]


def _live_row(sitting: Sitting, save: tuple[int, datetime | None], at: datetime) -> LiveRow:
    state = sitting.state_at(at)
    left = None
    if state == "running" and sitting.deadline is not None:
        left = max(int((sitting.deadline - at).total_seconds()), 0)
    return LiveRow(sitting, state, min(save[0], sitting.questions), save[1], left)
