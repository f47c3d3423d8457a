"""Laying out the timetable of a term from a pattern: looked at first, then written whole or not at all (R1, R2)."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from lms.attendance.conf import attendance_settings
from lms.attendance.enums import SessionState
from lms.attendance.models import Session, Timetable
from lms.attendance.rules import HalfDay, half_days_fit, lay_out, teaching_days
from lms.attendance.services.exclusions import RESCHEDULED, end_restored
from lms.attendance.services.timetable.clashes import Clash, find_clashes, lock_placing
from lms.attendance.services.timetable.plans import SessionPlan, values_of
from lms.core.audit import record_act
from lms.core.exceptions import DomainError, refuse
from lms.programmes.models import ClassGroup, Course, Term


@dataclass(frozen=True)
class ClassPattern:
    """One class (none: everybody of the term together), its room, and who teaches which course (by its key)."""

    group: ClassGroup | None = None
    room: str = ""
    instructors: Mapping[int, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class TimetablePattern:
    """When there is teaching: `weekdays` (0 is Monday) from `first` to `last` at `starts`, `half_day` long each,
    not on `days_off`, and on make-up `workdays` besides. Several `classes` are taught at the same times."""

    first: date
    last: date
    weekdays: Collection[int]
    starts: Sequence[time]
    half_day: HalfDay
    days_off: Collection[date] = ()
    workdays: Collection[date] = ()
    classes: Sequence[ClassPattern] = (ClassPattern(),)

    @property
    def days(self) -> list[date]:
        """The teaching days."""
        return teaching_days(self.first, self.last, self.weekdays, self.days_off, self.workdays)


@dataclass(frozen=True)
class Preview:
    """What a pattern would write: plans in order of time, and what stands in the way of which."""

    plans: Sequence[SessionPlan]
    clashes: Sequence[Clash]

    def minutes_of(self, group: ClassGroup | None) -> int:
        """Class minutes of one class, or of everybody together."""
        return sum(plan.minutes for plan in self.plans if list(plan.groups) == ([group] if group else []))


def default_pattern(term: Term, **changes: Any) -> TimetablePattern:
    """The pattern that the site's settings give for the whole term, everybody together, with some of it changed."""
    values = {
        "first": term.starts_on,
        "last": term.ends_on,
        "weekdays": attendance_settings.TEACHING_WEEKDAYS,
        "starts": [time.fromisoformat(text) for text in attendance_settings.HALF_DAYS],
        "half_day": HalfDay(
            attendance_settings.HALF_DAY_HOURS, term.programme.class_hour_minutes, attendance_settings.BREAK_MINUTES
        ),
    }
    return TimetablePattern(**{**values, **changes})


def preview_timetable(term: Term, pattern: TimetablePattern) -> Preview:
    """What `generate_timetable` would write; nothing is written.

    Refuses `outside_term` (R1), `half_days_overlap`, `days_too_few` (R2). Clashes are told, not refused.
    """
    _require_window(term, pattern)
    courses = list(
        Course.objects.filter(module__programme=term.programme_id, offline_minutes__gt=0).order_by(
            "module__order", "order", "pk"
        )
    )
    plans = _plans(pattern, courses)
    return Preview(plans, find_clashes(term, plans))


@transaction.atomic
def generate_timetable(term: Term, pattern: TimetablePattern, *, at: datetime, actor: Any = None) -> list[Session]:
    """Write the sessions of the pattern, all of them or none.

    Refuses `timetable_exists` while a class of the pattern has sessions that are not cancelled, what
    `preview_timetable` refuses, and every clash (`room_taken`, `instructor_taken`, `class_taken`).
    """
    lock_placing()
    term = Term.objects.select_for_update(of=("self",)).select_related("programme").get(pk=term.pk)
    _require_empty(term, pattern)
    preview = preview_timetable(term, pattern)
    if preview.clashes:
        raise DomainError(*(clash.refusal for clash in preview.clashes))
    Timetable.objects.get_or_create(term=term)
    sessions = Session.objects.bulk_create(
        Session(term=term, **values_of(plan, term.programme)) for plan in preview.plans
    )
    through = Session.groups.through
    through.objects.bulk_create(
        through(session_id=session.pk, classgroup_id=group.pk)
        for session, plan in zip(sessions, preview.plans, strict=True)
        for group in plan.groups
    )
    record_act("lms_attendance.generate", term, actor=actor, after={"sessions": len(sessions)})
    if actor is not None:
        end_restored(term, why=RESCHEDULED, at=at, actor=actor)
    return sessions


def _require_window(term: Term, pattern: TimetablePattern) -> None:
    if not term.starts_on <= pattern.first <= pattern.last <= term.ends_on:
        raise refuse("outside_term", _("The teaching days must lie within the term."), rule="R1")
    if not pattern.starts or not half_days_fit(pattern.starts, pattern.half_day):
        raise refuse("half_days_overlap", _("The half-days overlap or do not end on the same day."))


def _require_empty(term: Term, pattern: TimetablePattern) -> None:
    held = Session.objects.filter(term=term, make_up=False).exclude(state=SessionState.CANCELLED)
    groups = [one.group.pk for one in pattern.classes if one.group is not None]
    if len(groups) == len(pattern.classes):
        held = held.filter(groups__isnull=True) | held.filter(groups__in=groups)
    if held.exists():
        raise refuse(
            "timetable_exists", _("This term already has sessions. Cancel them before making a new timetable.")
        )


def _plans(pattern: TimetablePattern, courses: Sequence[Course]) -> list[SessionPlan]:
    days, by_key = pattern.days, {course.pk: course for course in courses}
    minutes = [(course.pk, course.offline_minutes) for course in courses]
    try:
        rows = lay_out(minutes, days, pattern.starts, pattern.half_day)
    except ValueError as problem:
        raise refuse(
            "days_too_few",
            _("The teaching days of this term do not hold all classroom hours."),
            _("Teaching days: %(days)s.") % {"days": len(days)},
            rule="R2",
            days=len(days),
        ) from problem
    return [
        SessionPlan(
            course=by_key[row.course_id],
            starts_at=row.starts_at,
            ends_at=row.ends_at,
            minutes=row.minutes,
            room=one.room,
            instructor=one.instructors.get(row.course_id),
            groups=[one.group] if one.group is not None else [],
        )
        for row in rows
        for one in pattern.classes
    ]
