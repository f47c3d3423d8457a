"""Paper rolls: what was printed, what was typed, and how it fits what is on record."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Prefetch, QuerySet

from lms.attendance.enums import CheckKind, PaperState
from lms.attendance.models import CheckEntry, PaperRoll, PaperSheet, Session
from lms.attendance.permissions import RunScope, in_charge
from lms.attendance.rules import Pair, Verdict, compare_arrival, compare_departure, plain_code
from lms.attendance.selectors.sessions import expected_enrolments
from lms.programmes.models import Enrolment


@dataclass(frozen=True)
class PaperLine:
    """One learner of a typed roll beside what is on record. Contradictions stay as they are on record."""

    enrolment: Enrolment
    paper: Pair
    record: Pair
    methods: tuple[str, str]
    arrival: Verdict
    departure: Verdict

    @property
    def contradicts(self) -> bool:
        """The record says otherwise, or has somebody the paper has not."""
        return not {"differs", "unlisted"}.isdisjoint((self.arrival, self.departure))

    @property
    def fresh(self) -> int:
        """How many entries a confirmation writes for her."""
        return (self.arrival, self.departure).count("new")


def rolls() -> QuerySet[PaperRoll]:
    """Printed rolls with their session, term, classes, who printed them, and what was typed of them, newest first."""
    typed = PaperSheet.objects.select_related("entered_by__person", "decided_by__person", "evidence").order_by(
        "-entered_at", "-pk"
    )
    return (
        PaperRoll.objects.select_related("session__course", "session__term__programme", "printed_by__person")
        .prefetch_related("session__groups", Prefetch("sheets", typed))
        .order_by("-printed_at", "-pk")
    )


def find_roll(typed: str) -> PaperRoll | None:
    """The roll with this code, typed or scanned."""
    return rolls().filter(code=plain_code(typed)).first()


def rolls_in_scope(user: Any, found: Iterable[PaperRoll]) -> list[PaperRoll]:
    """Those of sessions she answers for; two queries for each term among them at most."""
    scopes: dict[int, RunScope] = {}
    mine = []
    for roll in found:
        scope = scopes.get(roll.session.term_id) or RunScope(user, roll.session.term)
        scopes[roll.session.term_id] = scope
        if scope.covers_session(roll.session):
            mine.append(roll)
    return mine


def sheets_to_confirm(user: Any) -> QuerySet[PaperSheet]:
    """Typed rolls of her sessions that wait for somebody else than the one who typed them."""
    waiting = PaperSheet.objects.filter(state=PaperState.WAITING).exclude(entered_by=user)
    return waiting.filter(in_charge(user, "roll__session__groups")).distinct()


def latest_sheet(roll: PaperRoll) -> PaperSheet | None:
    """What was typed last; uses the prefetched sheets of `rolls`."""
    return next(iter(roll.sheets.all()), None)


def pairs_of(sheet: PaperSheet) -> dict[int, Pair]:
    """Seat id -> what stands on the paper."""
    return {line["enrolment"]: Pair(_moment(line["in"]), _moment(line["out"])) for line in sheet.lines}


def paper_seats(session: Session, scope: RunScope) -> list[Enrolment]:
    """Who stands on the roll of this member of staff: expected learners of hers, by class, then number."""
    seats = [seat for seat in expected_enrolments(session) if scope.covers(seat)]
    return sorted(seats, key=lambda seat: (seat.group.code if seat.group else "", seat.number))


def compare_sheet(sheet: PaperSheet, seats: Sequence[Enrolment]) -> list[PaperLine]:
    """Every learner of the roll, paper against record, by what the difference would cost (R12). One query."""
    session, pairs = sheet.roll.session, pairs_of(sheet)
    entries: dict[tuple[int, str], CheckEntry] = {
        (entry.enrolment_id, entry.kind): entry for entry in CheckEntry.objects.filter(session=session)
    }
    return [_line(session, seat, pairs.get(seat.pk, Pair()), entries) for seat in seats]


def _line(session: Session, seat: Enrolment, paper: Pair, entries: dict[tuple[int, str], CheckEntry]) -> PaperLine:
    came, went = entries.get((seat.pk, CheckKind.IN)), entries.get((seat.pk, CheckKind.OUT))
    record = Pair(came.at if came else None, went.at if went else None)
    grace = session.term.programme.late_grace_minutes
    return PaperLine(
        seat,
        paper,
        record,
        (came.get_method_display() if came else "", went.get_method_display() if went else ""),
        compare_arrival(session.slot, paper.arrived, record.arrived, grace=grace),
        compare_departure(session.slot, paper.left, record.left),
    )


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
