"""Start-up checks of the exams app; core checks that every listed gate can be imported."""

from typing import Any

from django.apps import apps
from django.core.checks import CheckMessage, Error, Warning, register

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
