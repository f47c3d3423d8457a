"""Corrections: what one would change, and what was corrected before."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from lms.attendance.models import AttendanceMark, Session
from lms.attendance.selectors.facts import minutes_of, read_facts
from lms.programmes.models import Enrolment


@dataclass(frozen=True)
class Change:
    """Class minutes of one learner before a correction and after it."""

    enrolment: Enrolment
    before: int
    after: int

    @property
    def alters(self) -> bool:
        """Whether other minutes count afterwards."""
        return self.before != self.after


def preview_corrections(session: Session, seats: Sequence[Enrolment], minutes: int | None) -> list[Change]:
    """What it would change to let these minutes count; None goes back to what check-in and check-out give (R12)."""
    facts, grace = read_facts([session]), session.term.programme.late_grace_minutes
    changes = []
    for seat in seats:
        before = minutes_of(session, seat.pk, facts, grace=grace)
        facts.marks[session.pk, seat.pk] = (minutes, "")
        changes.append(Change(seat, before, minutes_of(session, seat.pk, facts, grace=grace)))
    return changes


def corrections_of(session: Session) -> Mapping[int, list[AttendanceMark]]:
    """Seat id -> every correction at this session, the latest first, with who and the file. One query."""
    found: dict[int, list[AttendanceMark]] = defaultdict(list)
    marks = AttendanceMark.objects.filter(session=session).select_related("actor__person", "evidence")
    for mark in marks.order_by("-revision"):
        found[mark.enrolment_id].append(mark)
    return dict(found)


def own_corrections(enrolment: Enrolment, session: Session) -> list[AttendanceMark]:
    """Her corrections at this session, the latest first, with who entered them and the file."""
    marks = AttendanceMark.objects.filter(session=session, enrolment=enrolment)
    return list(marks.select_related("actor__person", "evidence").order_by("-revision"))
