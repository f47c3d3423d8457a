"""From the journals of attendance to the class-hour ledger: one way for closing, correcting and making up (R2, R12)."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from django.utils.timezone import localdate
from django.utils.translation import gettext as _

from lms.attendance.models import MakeUpSeat, Session
from lms.attendance.selectors import SOURCE, Cell, session_rows
from lms.attendance.services.exclusions import CORRECTED, MADE_UP, end_restored
from lms.attendance.services.locking import locked_sessions
from lms.programmes.enums import HourKind
from lms.programmes.models import Enrolment
from lms.programmes.services import Credit, set_credits

Rows = Sequence[tuple[Enrolment, Cell]]


def credit_rows(session: Session, rows: Rows, *, at: datetime, actor: Any, why: Any = CORRECTED) -> None:
    """Let the ledger say what the journals prove of these rows of a closed session; exclusions without cause end.

    A make-up session credits nothing of its own: the sessions missed are credited anew. Call inside a transaction.
    """
    if not session.make_up:
        _set(session, rows, at=at, actor=actor)
        end_restored(session.term, {seat.pk for seat, _cell in rows}, why=why, at=at, actor=actor)
        return
    seats = MakeUpSeat.objects.filter(session=session, withdrawn_at__isnull=True)
    credit_missed(seats.filter(enrolment__in=[seat.pk for seat, _cell in rows]), at=at, actor=actor)


def credit_missed(seats: Iterable[MakeUpSeat], *, at: datetime, actor: Any) -> None:
    """Credit the missed sessions of these make-up seats anew; locks them in order of their numbers."""
    wanted: dict[int, set[int]] = defaultdict(set)
    for seat in seats:
        wanted[seat.missed_id].add(seat.enrolment_id)
    missed = list(locked_sessions().filter(pk__in=wanted))
    for session in missed:
        rows = [row for row in session_rows(session) if row[0].pk in wanted[session.pk]]
        _set(session, rows, at=at, actor=actor)
    if missed:
        learners = set().union(*wanted.values())
        end_restored(missed[0].term, learners, why=MADE_UP, at=at, actor=actor)


def _set(session: Session, rows: Rows, *, at: datetime, actor: Any) -> None:
    set_credits(
        [Credit(seat.pk, cell.proven, _why(session, cell)) for seat, cell in rows],
        kind=HourKind.OFFLINE,
        source=SOURCE,
        reference=str(session.pk),
        earned_on=localdate(session.starts_at),
        at=at,
        actor=actor,
    )


def _why(session: Session, cell: Cell) -> str:
    made_up = ""
    if cell.made_up and cell.made_up_in is not None:
        made_up = _("made up on %(day)s") % {"day": localdate(cell.made_up_in.starts_at).isoformat()}
    return " · ".join(filter(None, (session.course.title, cell.reason, made_up)))[:200]
