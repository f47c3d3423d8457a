"""Telling in time that absence comes near the limit (R12), or that somebody stays away."""

from collections.abc import Collection, Mapping
from dataclasses import replace

from lms.attendance.models import AttendanceMark, Session
from lms.attendance.selectors import Cell, Row, Standing, belongs, term_sheet
from lms.attendance.signals import absence_in_a_row, absence_limit_near

RANK = {"clear": 0, "warned": 1, "last": 2, "over": 3}
IN_A_ROW = 2


def announce_absence(session: Session, enrolments: Collection[int], *, before: Mapping[int, int] | None = None) -> None:
    """Send `absence_limit_near` and `absence_in_a_row` for those of `enrolments` who missed some of the closed session.

    A make-up session stands for those it restores. `before`: enrolment id -> minutes missed until now; with it only
    a worse outlook is told, as after a correction; without it every outlook that is not clear. Call on commit.
    """
    if not (absence_limit_near.has_listeners(Session) or absence_in_a_row.has_listeners(Session)):
        return
    wanted = set(enrolments)
    for row in term_sheet(session.term, only=lambda seat: seat.pk in wanted).rows:
        cell = next((cell for cell in row.missed_cells if session in (cell.session, cell.made_up_in)), None)
        if cell is None:
            continue
        known = before.get(row.enrolment.pk, 0) if before is not None else None
        if row.standing.outlook != "clear" and (known is None or _worse(row.standing, _before(row, cell, known))):
            _announce_outlook(row)
        _announce_run(row, session)


def announce_shrunk(session: Session, lost: int) -> None:
    """The session was cancelled or holds `lost` class minutes less, and the limit of absence shrank with the term:
    tell whom that brought to the last absence or beyond the limit. Call on commit.
    """
    if not absence_limit_near.has_listeners(Session):
        return
    for row in term_sheet(session.term, only=lambda seat: belongs(session, seat)).rows:
        was = replace(row.standing, scheduled=row.standing.scheduled + lost)
        if row.standing.outlook in ("last", "over") and _worse(row.standing, was):
            _announce_outlook(row)


def _before(row: Row, cell: Cell, known: int) -> Standing:
    """Where she stood with `known` minutes missed of the session."""
    return replace(row.standing, missed=row.standing.missed - (0 if cell.excused else cell.missed - known))


def _worse(standing: Standing, was: Standing) -> bool:
    return RANK[standing.outlook] > RANK[was.outlook]


def _announce_outlook(row: Row) -> None:
    """With the number of corrections so far: a level that a wrong record had brought about can be told again."""
    absence_limit_near.send(
        Session,
        enrolment=row.enrolment,
        outlook=row.standing.outlook,
        missed=row.standing.missed,
        scheduled=row.standing.scheduled,
        corrections=AttendanceMark.objects.filter(enrolment=row.enrolment).count(),
    )


def _announce_run(row: Row, session: Session) -> None:
    """Sessions missed wholly and without leave, one after the other, up to the latest closed one."""
    held = [cell for cell in row.cells if cell is not None and cell.minutes is not None]
    run: list[Cell] = []
    for cell in reversed(held):
        if cell.minutes or cell.excused:
            break
        run.insert(0, cell)
    if len(run) >= IN_A_ROW and run[-1].session.pk == session.pk:
        absence_in_a_row.send(
            Session,
            enrolment=row.enrolment,
            sessions=[cell.session for cell in run],
            missed=row.standing.missed,
            scheduled=row.standing.scheduled,
        )
