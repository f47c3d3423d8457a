"""Start-up checks of the exams app; core checks that every listed gate can be imported."""

from typing import Any

from django.apps import apps
from django.core.checks import CheckMessage, Error, Tags, Warning, register
from django.db import connection
from django.utils import timezone

from lms.exams.conf import exams_settings


@register()
def check_admission_gates(app_configs: Any = None, **kwargs: Any) -> list[CheckMessage]:
    """With attendance installed, exams should ask it (R12)."""
    listed = any(path.startswith("lms.attendance.") for path in exams_settings.ADMISSION_GATES)
    if listed or not apps.is_installed("lms.attendance"):
        return []
    return [
        Warning(
            "LMS_EXAMS_ADMISSION_GATES does not ask attendance, though it is installed: absence refuses nobody (R12).",
            hint="Add lms.attendance.gates.refuse_after_too_much_absence to LMS_EXAMS_ADMISSION_GATES.",
            id="lms_exams.W001",
        )
    ]


@register()
def check_practical_parts(app_configs: Any = None, **kwargs: Any) -> list[CheckMessage]:
    """The parts of the practical mark must add to 100."""
    total = sum(exams_settings.PRACTICAL_PARTS.values())
    if total == 100:
        return []
    return [
        Error(
            f"LMS_EXAMS_PRACTICAL_PARTS add up to {total}, not 100.",
            hint='For example {"design": 50, "carrying_out": 50}.',
            id="lms_exams.E001",
        )
    ]


@register(Tags.database)
def check_crowded_exams(app_configs: Any = None, databases: Any = None, **kwargs: Any) -> list[CheckMessage]:
    """Exams to come for more people than SQLite can carry at once: seats may be added after publishing, too."""
    from lms.exams.models import Exam
    from lms.exams.selectors import crowded_exams, seat_limit

    if not databases or seat_limit() is None or Exam._meta.db_table not in connection.introspection.table_names():
        return []
    return [
        Warning(
            f"“{exam.title}” has {seats} seats; on SQLite one exam may have {seat_limit()}.",
            hint="Set DATABASE_URL to a PostgreSQL database before the exam opens.",
            obj=exam,
            id="lms_exams.W002",
        )
        for exam, seats in crowded_exams(timezone.now())
    ]
