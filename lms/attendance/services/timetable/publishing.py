"""A timetable that learners see never holds fewer class hours than required without somebody saying so (R2)."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from lms.attendance.models import Session, Timetable
from lms.attendance.selectors import scheduled_minutes_by_group
from lms.attendance.services.announcing import announce
from lms.attendance.services.timetable.clashes import lock_placing
from lms.attendance.signals import timetable_published
from lms.core.audit import record_act
from lms.core.exceptions import DomainError, Refusal, refuse
from lms.programmes.models import Term
from lms.programmes.rules import show_hours


@transaction.atomic
def publish_timetable(term: Term, *, at: datetime, actor: Any) -> Timetable:
    """Show the timetable to the learners. Refuses `hours_too_few` with the figures of each class (R2).

    Publishing twice changes nothing. `timetable_published` is sent on commit.
    """
    lock_placing()
    timetable, _made = Timetable.objects.select_for_update().get_or_create(term=term)
    if timetable.published_at is not None:
        return timetable
    _require_hours(term)
    timetable.published_at, timetable.published_by = at, actor
    timetable.save(update_fields=["published_at", "published_by"])
    record_act("lms_attendance.publish", term, actor=actor)
    announce(timetable_published, Timetable, timetable=timetable)
    return timetable


def is_published(term_id: int) -> bool:
    """Whether learners see the timetable of the term."""
    return Timetable.objects.filter(term=term_id, published_at__isnull=False).exists()


def hours_short(term: Term, have: Mapping[str, int]) -> dict[str, int]:
    """Name of each class below the required hours -> class minutes it has."""
    required = term.programme.required_offline_minutes
    return {name: minutes for name, minutes in have.items() if minutes < required}


def say_short(term: Term, short: Mapping[str, int]) -> list[str]:
    """One line of figures for each class that is short."""
    required, hour = term.programme.required_offline_minutes, term.programme.class_hour_minutes
    return [
        _("%(name)s: %(have)s of %(required)s class hours, %(lacking)s too few")
        % {
            "name": name,
            "have": show_hours(have, hour),
            "required": show_hours(required, hour),
            "lacking": show_hours(required - have, hour),
        }
        for name, have in short.items()
    ]


def short_without(session: Session) -> list[str]:
    """Figures of each class that would have too few hours if the session were cancelled; none before publication."""
    if session.make_up or not is_published(session.term_id):
        return []
    names = {group.name for group in session.groups.all()}
    have = {
        name: minutes - (session.minutes if not names or name in names else 0)
        for name, minutes in scheduled_minutes_by_group(session.term).items()
    }
    short = hours_short(session.term, have)
    return say_short(session.term, {name: left for name, left in short.items() if not names or name in names})


class HoursWatch:
    """Held around a change of a published timetable: did a class lose hours and fall below the required ones (R2)?"""

    def __init__(self, term: Term) -> None:
        self.term = term
        self.before = scheduled_minutes_by_group(term) if is_published(term.pk) else None

    def require_confirmed(self, confirmed: bool) -> dict[str, int]:
        """Classes that lost hours and now have too few, with their class minutes.

        Refuses `hours_fall_short` with the figures of each unless `confirmed`; nothing is written then.
        """
        if self.before is None:
            return {}
        after = scheduled_minutes_by_group(self.term)
        short = {
            name: have for name, have in hours_short(self.term, after).items() if have < self.before.get(name, have)
        }
        if short and not confirmed:
            lines = say_short(self.term, short)
            raise DomainError(
                Refusal(
                    "hours_fall_short",
                    _("The published timetable would then hold fewer class hours than the programme requires (R2)."),
                    _("%(figures)s. Confirm it, and plan a session in its place.") % {"figures": "; ".join(lines)},
                    {"required": self.term.programme.required_offline_minutes, "scheduled": short},
                    "R2",
                    lines,
                )
            )
        return short


def _require_hours(term: Term) -> None:
    short = hours_short(term, scheduled_minutes_by_group(term))
    if short:
        raise refuse(
            "hours_too_few",
            _("The timetable holds fewer class hours than the programme requires, so it cannot be published (R2)."),
            "; ".join(say_short(term, short)),
            rule="R2",
            required=term.programme.required_offline_minutes,
            scheduled=short,
        )
