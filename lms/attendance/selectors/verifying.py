"""The class-hour ledger against the journals of attendance."""

from collections.abc import Iterator

from lms.attendance.enums import SessionState
from lms.attendance.models import Session
from lms.attendance.selectors.facts import ledger_minutes, minutes_of, read_facts
from lms.attendance.selectors.sessions import belongs
from lms.programmes.models import Term
from lms.programmes.rules import Difference
from lms.programmes.selectors import live_enrolments


def verify_credits() -> Iterator[Difference]:
    """Every closed session and learner: minutes recomputed from the journals, against the ledger.

    A make-up session has no credit of its own: what was earned there stands with the session that was missed (R12).
    """
    for term in Term.objects.filter(sessions__state=SessionState.CLOSED).distinct().select_related("programme"):
        yield from _verify_term(term)


def _verify_term(term: Term) -> Iterator[Difference]:
    sessions = list(Session.objects.filter(term=term, state=SessionState.CLOSED).prefetch_related("groups"))
    facts, ledger, grace = read_facts(sessions), ledger_minutes(term), term.programme.late_grace_minutes
    seats = list(live_enrolments(term))
    for session in sessions:
        credited = ledger.get(session.pk, {})
        for seat in seats:
            hers = not session.make_up and belongs(session, seat)
            expected = minutes_of(session, seat.pk, facts, grace=grace) if hers else 0
            found = credited.get(seat.pk, 0)
            if expected != found:
                where = f"{term.code} session {session.pk} seat {seat.number}"
                yield Difference(where, f"{expected} min", f"{found} min")
