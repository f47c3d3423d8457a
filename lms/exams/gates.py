"""What exams answers to attendance."""

from collections.abc import Iterable, Mapping
from datetime import datetime

from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _

from lms.core.exceptions import Refusal
from lms.core.templatetags.lms_ui import clock_time
from lms.exams.models import Sitting

Span = tuple[int, datetime, datetime]


def name_sittings_between(spans: Iterable[Span]) -> Mapping[int, Refusal]:
    """Which of these learners sat an exam meanwhile (R13)? `spans` are (enrolment id, from, to), both ends included.

    Enrolment id -> the exam of the first span that touches a sitting under way, from its start to its submission or,
    without one, its deadline. Whoever appears cannot have been elsewhere. One query for a whole class.
    """
    asked = sorted(spans, key=lambda span: span[1])
    found: dict[int, Refusal] = {}
    if not asked:
        return found
    sittings: dict[int, list[Sitting]] = {}
    for sitting in _under_way(asked):
        sittings.setdefault(sitting.enrolment_id, []).append(sitting)
    for enrolment, first, last in asked:
        for sitting in sittings.get(enrolment, ()) if enrolment not in found else ():
            ended = sitting.submitted_at or sitting.deadline
            if sitting.started_at and ended and sitting.started_at <= last and first <= ended:
                found[enrolment] = _say(sitting, sitting.started_at, ended)
                break
    return found


def _under_way(spans: list[Span]) -> Iterable[Sitting]:
    return (
        Sitting.objects.annotate(ended_at=Coalesce("submitted_at", "deadline"))
        .filter(
            enrolment__in={span[0] for span in spans},
            started_at__lte=max(span[2] for span in spans),
            ended_at__gte=min(span[1] for span in spans),
        )
        .select_related("exam")
        .only("enrolment", "started_at", "deadline", "submitted_at", "exam__title")
        .order_by("started_at")
    )


def _say(sitting: Sitting, started_at: datetime, ended_at: datetime) -> Refusal:
    return Refusal(
        "sitting_an_exam",
        _("She sat the exam “%(title)s” from %(start)s to %(end)s.")
        % {"title": sitting.exam.title, "start": clock_time(started_at), "end": clock_time(ended_at)},
        figures={"title": sitting.exam.title, "started_at": started_at, "ended_at": ended_at},
        rule="R13",
    )
