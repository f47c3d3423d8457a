"""Requests for leave as the class assistant decides them: what belongs together, and what it would cost."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any

from django.db.models import QuerySet

from lms.attendance.enums import LeaveState
from lms.attendance.models import LeaveRequest
from lms.attendance.permissions import RunScope
from lms.attendance.selectors.sheets import term_sheet
from lms.attendance.selectors.standing import Standing
from lms.files.models import PrivateFile
from lms.programmes.models import Enrolment


@dataclass(frozen=True)
class LeaveCase:
    """What one learner asked for at once: the requests, and where she stands (None where nothing waits)."""

    leaves: Sequence[LeaveRequest]
    standing: Standing | None

    @property
    def enrolment(self) -> Enrolment:
        """Who asks."""
        return self.leaves[0].enrolment

    @property
    def first(self) -> LeaveRequest:
        """The request of the first session."""
        return self.leaves[0]

    @property
    def evidence(self) -> PrivateFile | None:
        """The file sent along."""
        return self.leaves[0].evidence

    @property
    def is_picture(self) -> bool:
        """Whether the file can be shown in the page."""
        return self.evidence is not None and self.evidence.content_type.startswith("image/")

    @property
    def minutes(self) -> int:
        """Class minutes this leave takes."""
        return sum(leave.session.minutes for leave in self.leaves)

    @property
    def too_much(self) -> bool:
        """More than she may still miss: the right to be assessed would be lost (R12)."""
        return self.standing is not None and self.minutes > self.standing.may_still_miss

    @property
    def hour(self) -> int:
        """Minutes of a class hour."""
        return self.first.session.term.programme.class_hour_minutes


def leave_requests() -> QuerySet[LeaveRequest]:
    """With all a screen shows of them, in order of the sessions."""
    return LeaveRequest.objects.select_related(
        "session__course",
        "session__term__programme",
        "enrolment__person__unit",
        "enrolment__group",
        "decided_by__person",
        "withdrawn_by__person",
        "evidence",
    ).order_by("session__starts_at", "pk")


def leaves_in_scope(user: Any, leaves: Iterable[LeaveRequest]) -> list[LeaveRequest]:
    """Those of learners she answers for; two queries for each term among them at most."""
    scopes: dict[int, RunScope] = {}
    mine = []
    for leave in leaves:
        scope = scopes.get(leave.session.term_id) or RunScope(user, leave.session.term)
        scopes[leave.session.term_id] = scope
        if scope.covers(leave.enrolment):
            mine.append(leave)
    return mine


def leave_cases(leaves: Sequence[LeaveRequest]) -> list[LeaveCase]:
    """What was asked for at once stands together, the nearest session first; the figures cost eight queries a term."""
    standings = _standings(leaves)
    ordered = sorted(leaves, key=_asked_together)
    cases = [
        LeaveCase(held, standings.get(held[0].enrolment_id))
        for held in ([*group] for _key, group in groupby(ordered, key=_asked_together))
    ]
    return sorted(cases, key=lambda case: (case.first.session.starts_at, case.first.pk))


def withdrawable_leaves(leaves: Iterable[LeaveRequest], *, at: datetime) -> set[int]:
    """Keys of those that can still be taken back: they wait, or are approved and the session has not begun."""
    return {
        leave.pk
        for leave in leaves
        if leave.state == LeaveState.PENDING or (leave.state == LeaveState.APPROVED and at < leave.session.starts_at)
    }


def _asked_together(leave: LeaveRequest) -> tuple[int, Any, str]:
    return leave.enrolment_id, leave.asked_at, leave.state


def _standings(leaves: Sequence[LeaveRequest]) -> dict[int, Standing]:
    waiting = [leave for leave in leaves if leave.state == LeaveState.PENDING]
    wanted = {leave.enrolment_id for leave in waiting}
    terms = {leave.session.term_id: leave.session.term for leave in waiting}
    found: dict[int, Standing] = {}
    for term in terms.values():
        for row in term_sheet(term, only=lambda seat: seat.pk in wanted).rows:
            found[row.enrolment.pk] = row.standing
    return found
