"""Recomputing online hours from the lessons that were finished."""

from collections.abc import Iterable

from django.db.models import Sum

from lms.modules.models import LessonProgress
from lms.programmes.models import HourEntry
from lms.programmes.rules import Difference

SOURCE = "modules.lesson"


def verify_online_hours() -> Iterable[Difference]:
    """R2, R15: for every learner and lesson the ledger holds exactly the minutes credited at completion."""
    finished = LessonProgress.objects.filter(completed_at__isnull=False)
    expected = {
        (enrolment, str(lesson)): minutes
        for enrolment, lesson, minutes in finished.values_list("enrolment_id", "lesson_id", "minutes")
    }
    entries = HourEntry.objects.filter(source=SOURCE).order_by().values("enrolment_id", "reference")
    found = {(row["enrolment_id"], row["reference"]): row["total"] for row in entries.annotate(total=Sum("minutes"))}
    for enrolment, lesson in sorted(expected.keys() | found.keys()):
        wanted, held = expected.get((enrolment, lesson), 0), found.get((enrolment, lesson), 0)
        if wanted != held:
            yield Difference(f"{SOURCE} {lesson}, enrolment {enrolment}", f"{wanted} min", f"{held} min")
