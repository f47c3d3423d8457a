"""Reads about programmes, terms, seats, class hours and working days."""

from lms.programmes.selectors.calendar import holidays, last_working_day, unannounced_years, workdays
from lms.programmes.selectors.figures import figures_of, flat_figures, stored_document
from lms.programmes.selectors.ledger import LedgerLine, ledger_differences, ledger_lines
from lms.programmes.selectors.seats import (
    LIVE,
    current_enrolment,
    enrolments_of,
    is_member,
    live_enrolments,
    minutes_by_enrolment,
    minutes_by_kind,
    minutes_earned,
    open_terms,
    seats_taken,
)

__all__ = [
    "LIVE",
    "LedgerLine",
    "current_enrolment",
    "enrolments_of",
    "figures_of",
    "flat_figures",
    "holidays",
    "is_member",
    "last_working_day",
    "ledger_differences",
    "ledger_lines",
    "live_enrolments",
    "minutes_by_enrolment",
    "minutes_by_kind",
    "minutes_earned",
    "open_terms",
    "seats_taken",
    "stored_document",
    "unannounced_years",
    "workdays",
]
