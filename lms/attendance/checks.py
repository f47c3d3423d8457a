"""Start-up checks: attendance is installed, so exams and grading should ask it."""

from typing import Any

from django.apps import apps
from django.conf import settings
from django.core.checks import CheckMessage, Error, Warning, register

from lms.attendance.conf import KNOWN_LAYERS, attendance_settings
from lms.core.gates import unimportable
from lms.files.conf import files_settings

GATE = "lms.attendance.gates.refuse_after_too_much_absence"
READER = "lms.attendance.selectors.may_read_evidence"
ASKED_BY = (
    ("lms_exams", "LMS_EXAMS_ADMISSION_GATES", "lms_attendance.W001"),
    ("lms_grading", "LMS_GRADING_RESULT_GATES", "lms_attendance.W002"),
)


@register()
def check_absence_is_asked(app_configs: Any = None, **kwargs: Any) -> list[CheckMessage]:
    """Warn when an installed exam or grading app does not ask about absence (R12)."""
    return [
        Warning(
            f"Attendance is installed, but {setting} does not list it: too much absence (R12) would not be noticed.",
            hint=f"Add {GATE!r} to {setting}.",
            id=identity,
        )
        for app, setting, identity in ASKED_BY
        if apps.is_installed(app.replace("_", ".")) and GATE not in getattr(settings, setting, ())
    ]


@register()
def check_layers_are_known(app_configs: Any = None, **kwargs: Any) -> list[CheckMessage]:
    """A layer against sitting-in that is misspelt would be off without anybody noticing."""
    unknown = [name for name in attendance_settings.LAYERS if name not in KNOWN_LAYERS]
    found: list[CheckMessage] = [
        Error(
            f"LMS_ATTENDANCE_LAYERS lists “{name}”, which is no layer.",
            hint=f"Known are {', '.join(KNOWN_LAYERS)}.",
            id="lms_attendance.E001",
        )
        for name in unknown
    ]
    gates = tuple(attendance_settings.ELSEWHERE_GATES)
    return found + unimportable("LMS_ATTENDANCE_ELSEWHERE_GATES", gates, check="lms_attendance.E002")


@register()
def check_place_may_be_asked(app_configs: Any = None, **kwargs: Any) -> list[CheckMessage]:
    """The hint of place needs a browser that is allowed to ask for it."""
    policy = getattr(settings, "PERMISSIONS_POLICY", {})
    if "place" not in attendance_settings.LAYERS or policy.get("geolocation", ["self"]):
        return []
    return [
        Warning(
            "LMS_ATTENDANCE_LAYERS lists “place”, but PERMISSIONS_POLICY forbids the site to ask for a place.",
            hint='Set PERMISSIONS_POLICY["geolocation"] to ["self"].',
            id="lms_attendance.W003",
        )
    ]


@register()
def check_evidence_can_be_read(app_configs: Any = None, **kwargs: Any) -> list[CheckMessage]:
    """Photos of rolls, files of corrections and of leave are of no use when nobody but the sender may open them."""
    if READER in files_settings.READERS:
        return []
    return [
        Warning(
            "Attendance is installed, but LMS_FILES_READERS does not list it: only the sender could open a proof.",
            hint=f"Add {READER!r} to LMS_FILES_READERS.",
            id="lms_attendance.W004",
        )
    ]
