"""Sheets: learners by sessions, and the decisions that hang on them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction

from django.db.models import Q, QuerySet

from lms.attendance.enums import ExclusionAct
from lms.attendance.models import ClassroomMark, ExclusionDecision, Session
from lms.attendance.selectors.cells import Cell, make_cell
from lms.attendance.selectors.facts import ledger_minutes, read_facts
from lms.attendance.selectors.sessions import class_enrolments, sessions_of
from lms.attendance.selectors.standing import Standing
from lms.attendance.selectors.tables import Table
from lms.programmes.models import Enrolment, Term
from lms.programmes.selectors import live_enrolments

EVERYBODY = Q()


@dataclass(frozen=True)
class Row:
    """A learner's row; a cell is None where the session does not count for her."""

    enrolment: Enrolment
    cells: Sequence[Cell | None]
    standing: Standing

    @property
    def missed_cells(self) -> list[Cell]:
        """Closed sessions of which something was missed."""
        return [cell for cell in self.cells if cell is not None and cell.missed]


@dataclass(frozen=True)
class TermSheet:
    """The whole term; totals come from the class-hour ledger, to the minute."""

    sessions: Sequence[Session]
    rows: Sequence[Row]


def term_sheet(
    term: Term,
    *,
    only: Callable[[Enrolment], bool] = lambda _enrolment: True,
    among: Q = EVERYBODY,
    wants: Callable[[Row], bool] | None = None,
) -> TermSheet:
    """Learners × sessions in seven queries at most, whatever their number.

    `only`, or `among` in the database, narrows the learners, `wants` the rows. Cells of ordinary presence and absence
    are shared and tell no times; the sheet of one session does.
    """
    sessions = sheet_sessions(term)
    table = Table(term, sessions)
    seats = sheet_seats(live_enrolments(term).filter(among))
    rows = (Row(seat, *table.row(seat)) for seat in seats if only(seat))
    return TermSheet(sessions, [row for row in rows if wants is None or wants(row)])


def sheet_sessions(term: Term) -> list[Session]:
    """Sessions of a sheet with their course; the table reads their classes, nobody asks for instructors."""
    return list(sessions_of(term).prefetch_related(None).select_related(None).select_related("course"))


def sheet_seats(seats: QuerySet[Enrolment], *related: str) -> QuerySet[Enrolment]:
    """With what a sheet says of a learner: person, unit and class, or what is `related`."""
    seats = seats.select_related(None).select_related(*(related or ("person__unit", "group")))
    return seats.defer("person__id_number", "person__id_index")


def session_rows(session: Session) -> list[tuple[Enrolment, Cell]]:
    """The sheet of one session: everybody of its classes, in order of seat number; late seats do not count."""
    facts, ledger, programme = read_facts([session]), ledger_minutes(session.term), session.term.programme
    credited = ledger.get(session.pk, {})
    return [(seat, make_cell(session, seat, facts, credited, programme)) for seat in class_enrolments(session)]


def latest_exclusions(term: Term) -> dict[int, ExclusionDecision]:
    """Enrolment id -> what was last decided or followed about the right to be assessed, in one query."""
    decisions = ExclusionDecision.objects.filter(enrolment__term=term).select_related("actor__person")
    return {decision.enrolment_id: decision for decision in decisions.order_by("revision")}


def exclusions_in_force(term: Term) -> dict[int, ExclusionDecision]:
    """Enrolment id -> the confirmed exclusion that did not end since, in one query."""
    latest = latest_exclusions(term)
    return {pk: decision for pk, decision in latest.items() if decision.act == ExclusionAct.CONFIRMED}


def exclusion_in_force(enrolment: Enrolment) -> ExclusionDecision | None:
    """The confirmed exclusion of one learner, if it did not end since."""
    latest = ExclusionDecision.objects.filter(enrolment=enrolment).order_by("-revision").first()
    return latest if latest is not None and latest.act == ExclusionAct.CONFIRMED else None


def classroom_values(term: Term) -> dict[int, ClassroomMark]:
    """Enrolment id -> latest mark for classroom performance (R11)."""
    marks = ClassroomMark.objects.filter(enrolment__term=term).order_by("revision")
    return {mark.enrolment_id: mark for mark in marks}


def percent(part: int, whole: int) -> Fraction | None:
    """`part` of `whole` in hundredths, exact; None of nothing."""
    return Fraction(part * 100, whole) if whole else None
