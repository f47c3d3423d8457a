"""Reads for the invigilator: who is in and how far, extra time, incidents."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, IntegerField, Max, OuterRef, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce

from lms.exams.models import AnswerEntry, Exam, ExtraTime, Incident, Sitting
from lms.programmes.rules import Difference

IDLE = timedelta(minutes=2)


@dataclass(frozen=True)
class LiveRow:
    """One line of the invigilator's desk, times in seconds. `idle`: running, and nothing saved for two minutes."""

    sitting: Sitting
    state: str
    answered: int
    last_save: datetime | None
    seconds_left: int | None
    seconds_since: int | None = None
    idle: bool = False
    incidents: int = 0
    extra: int = 0


def live_rows(exam: Exam, at: datetime) -> list[LiveRow]:
    """Who is in, progress, last save, time left and incidents: two queries however many learners."""
    noted = Incident.objects.filter(exam=exam, enrolment=OuterRef("enrolment")).order_by()
    counted = noted.values("enrolment").annotate(n=Count("pk")).values("n")
    sittings = list(
        Sitting.objects.filter(exam=exam)
        .select_related("enrolment__person", "enrolment__group")
        .annotate(incidents=Coalesce(Subquery(counted, output_field=IntegerField()), 0))
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


def extra_times(exam: Exam) -> QuerySet[ExtraTime]:
    """Proposals of extra time with their decisions, newest first."""
    people = ("enrolment__person", "proposed_by", "decision__decided_by")
    return ExtraTime.objects.filter(exam=exam).select_related(*people).order_by("-pk")


def incidents_of(exam: Exam) -> QuerySet[Incident]:
    """The incident log, newest first."""
    return Incident.objects.filter(exam=exam).select_related("enrolment__person", "actor")


def granted_minutes(exam: Exam) -> dict[int | None, tuple[int, int]]:
    """Enrolment id, or None for everybody -> granted minutes (inside the window, past it). One query."""
    rows = ExtraTime.objects.filter(exam=exam, decision__granted=True).order_by().values_list("enrolment_id", "beyond")
    found: dict[int | None, tuple[int, int]] = {}
    for seat, beyond, minutes in rows.annotate(total=Sum("minutes")):
        inside, past = found.get(seat, (0, 0))
        found[seat] = (inside, past + minutes) if beyond else (inside + minutes, past)
    return found


def minutes_for(granted: dict[int | None, tuple[int, int]], seat: int) -> tuple[int, int]:
    """What `granted_minutes` makes for one seat: its own and everybody's, added."""
    own, every = granted.get(seat, (0, 0)), granted.get(None, (0, 0))
    return own[0] + every[0], own[1] + every[1]


def verify_extra_time() -> Iterable[Difference]:
    """Every sitting not handed in has the minutes that were granted, and a deadline not before them."""
    for exam in Exam.objects.filter(extra_times__decision__granted=True).distinct():
        granted = granted_minutes(exam)
        for sitting in Sitting.objects.filter(exam=exam, submitted_at=None).defer("paper"):
            wanted, found = minutes_for(granted, sitting.enrolment_id), (sitting.extra_minutes, sitting.beyond_minutes)
            if wanted != found:
                yield Difference(f"exams.extra:{sitting.pk}", "{}+{}".format(*wanted), "{}+{}".format(*found))
            if sitting.started_at and sitting.deadline:
                due = sitting.deadline_for(exam, sitting.started_at)
                if sitting.deadline < due:
                    yield Difference(f"exams.deadline:{sitting.pk}", due.isoformat(), sitting.deadline.isoformat())


def _live_row(sitting: Sitting, save: tuple[int, datetime | None], at: datetime) -> LiveRow:
    state, left, idle = sitting.state_at(at), None, False
    since = None if save[1] is None else max(int((at - save[1]).total_seconds()), 0)
    if state == "running" and sitting.deadline is not None and sitting.started_at is not None:
        left = max(int((sitting.deadline - at).total_seconds()), 0)
        idle = at - (save[1] or sitting.started_at) >= IDLE
    extra, incidents = sitting.extra_minutes + sitting.beyond_minutes, getattr(sitting, "incidents", 0)
    return LiveRow(sitting, state, min(save[0], sitting.questions), save[1], left, since, idle, incidents, extra)
