"""Making, changing and publishing the timetable of a term (R2)."""

from lms.attendance.services.timetable.clashes import Clash
from lms.attendance.services.timetable.patterns import (
    ClassPattern,
    Preview,
    TimetablePattern,
    default_pattern,
    generate_timetable,
    preview_timetable,
)
from lms.attendance.services.timetable.plans import SessionPlan
from lms.attendance.services.timetable.publishing import publish_timetable, short_without
from lms.attendance.services.timetable.sessions import add_session, cancel_session, change_session, plan_of

__all__ = [
    "Clash",
    "ClassPattern",
    "Preview",
    "SessionPlan",
    "TimetablePattern",
    "add_session",
    "cancel_session",
    "change_session",
    "default_pattern",
    "generate_timetable",
    "plan_of",
    "preview_timetable",
    "publish_timetable",
    "short_without",
]
