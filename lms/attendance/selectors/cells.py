"""One learner at one session."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from lms.attendance.enums import SessionState, Status
from lms.attendance.models import Session
from lms.attendance.rules import status_of
from lms.attendance.selectors.facts import Facts, attended_minutes, made_up_minutes
from lms.attendance.selectors.sessions import belongs
from lms.programmes.models import Enrolment, Programme


@dataclass(frozen=True)
class Cell:
    """One learner at one session. `minutes` is None until the sheet is closed; `proven` is what the journals give.

    `made_up` of the proven minutes come from the make-up session `made_up_in`; `excused` says on leave and not there.
    """

    session: Session
    status: Status
    minutes: int | None
    proven: int
    arrived: datetime | None
    left: datetime | None
    on_leave: bool
    reason: str
    counts: bool
    excused: bool = False
    made_up: int = 0
    made_up_in: Session | None = None

    @cached_property
    def missed(self) -> int:
        """Class minutes missed; 0 while the sheet is not closed, where the session does not count, and at a make-up."""
        if self.minutes is None or not self.counts or self.session.make_up:
            return 0
        return max(0, self.session.minutes - self.minutes)


def make_cell(
    session: Session,
    enrolment: Enrolment,
    facts: Facts,
    credited: Mapping[int, int],
    programme: Programme,
    *,
    hers: bool | None = None,
) -> Cell:
    """What the journals and the ledger say of one learner at one session; `hers`: known to be one of her classes."""
    key, grace = (session.pk, enrolment.pk), programme.late_grace_minutes
    arrived, left = facts.arrivals.get(key), facts.departures.get(key)
    corrected, reason = facts.marks.get(key, (None, ""))
    leave, counts = key in facts.leaves, counts_for(session, enrolment, facts, hers=hers)
    status = status_for(session, arrived, left, corrected=corrected is not None, leave=leave, grace=grace)
    attended = attended_minutes(session, enrolment.pk, facts, grace=grace)
    made_up = made_up_minutes(session, enrolment.pk, facts, attended, grace=grace)
    return Cell(
        session=session,
        status=Status.MADE_UP if made_up else status if counts else Status.BEFORE,
        minutes=_counted(session, enrolment, credited, attended),
        proven=attended + made_up,
        arrived=arrived,
        left=left,
        on_leave=leave,
        reason=reason,
        counts=counts,
        excused=leave and status == Status.LEAVE,
        made_up=made_up,
        made_up_in=facts.make_ups.get(key),
    )


def _counted(session: Session, enrolment: Enrolment, credited: Mapping[int, int], attended: int) -> int | None:
    """What the ledger says of a closed session; a make-up session has no credit of its own, only what was proven."""
    if session.state != SessionState.CLOSED:
        return None
    return attended if session.make_up else credited.get(enrolment.pk, 0)


def counts_for(session: Session, enrolment: Enrolment, facts: Facts, *, hers: bool | None = None) -> bool:
    """Expected, or a person entered minutes although the seat came later (R12)."""
    if not (_is_hers(session, enrolment, facts) if hers is None else hers):
        return False
    if session.ends_at > enrolment.enrolled_at:
        return True
    return facts.marks.get((session.pk, enrolment.pk), (None, ""))[0] is not None


def _is_hers(session: Session, enrolment: Enrolment, facts: Facts) -> bool:
    return (session.pk, enrolment.pk) in facts.seats if session.make_up else belongs(session, enrolment)


def status_for(
    session: Session, arrived: datetime | None, left: datetime | None, *, corrected: bool, leave: bool, grace: int
) -> Status:
    """The word for a row, also of a session that is not closed yet."""
    if corrected:
        return Status.CORRECTED
    if session.state == SessionState.CLOSED:
        return Status(status_of(session.slot, arrived, left, grace=grace, leave=leave))
    if arrived is not None or left is not None:
        return Status.OPEN
    if leave:
        return Status.LEAVE
    return Status.AHEAD if session.state == SessionState.PLANNED else Status.OPEN
