"""The sessions ahead on the learner's page, by week and day, with what changed lately."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby
from typing import Any

from django.utils import timezone

from lms.attendance.models import Session
from lms.attendance.rules import week_of
from lms.attendance.selectors import OwnSession, RecentChange, recent_changes
from lms.programmes.models import Enrolment


@dataclass(frozen=True)
class Ahead:
    """A session to come, or one that was cancelled (`own` is then None)."""

    session: Session
    own: OwnSession | None
    change: RecentChange | None


def ahead_of(enrolment: Enrolment, ahead: Sequence[OwnSession], *, at: datetime) -> list[tuple[date, list[Any]]]:
    """(Monday, [(day, [Ahead])]) in order of time."""
    changes = recent_changes(enrolment, [own.session for own in ahead], at=at)
    rows = [Ahead(own.session, own, changes.get(own.session.pk)) for own in ahead]
    rows += [Ahead(change.session, None, change) for change in changes.values() if change.cancelled]
    rows.sort(key=lambda row: (row.session.starts_at, row.session.pk))
    days = [(day, list(found)) for day, found in groupby(rows, lambda row: timezone.localdate(row.session.starts_at))]
    return [(monday, list(found)) for monday, found in groupby(days, lambda pair: week_of(pair[0])[0])]
