"""Reads about exams, sittings and marks."""

from lms.exams.selectors.exams import LiveRow, exams_listed, exams_open, live_rows
from lms.exams.selectors.marks import (
    compute_mark,
    latest_mark,
    latest_practical,
    part_labels,
    practical_history,
    practical_marks,
    theory_marks,
    unmarked_expired,
)
from lms.exams.selectors.seb import BrowserRule, browser_of, browser_rule, rule_for, sittings_with_locks
from lms.exams.selectors.sittings import (
    GATES,
    SavedState,
    clock_of,
    entry_ends,
    head_hash,
    is_final,
    own_sitting,
    saved_state,
    server_now,
    sittings_of,
    start_refusals,
)
from lms.exams.selectors.verifying import verify_answers, verify_marks

__all__ = [
    "GATES",
    "BrowserRule",
    "LiveRow",
    "SavedState",
    "browser_of",
    "browser_rule",
    "clock_of",
    "compute_mark",
    "entry_ends",
    "exams_listed",
    "exams_open",
    "head_hash",
    "is_final",
    "latest_mark",
    "latest_practical",
    "live_rows",
    "own_sitting",
    "part_labels",
    "practical_history",
    "practical_marks",
    "rule_for",
    "saved_state",
    "server_now",
    "sittings_of",
    "sittings_with_locks",
    "start_refusals",
    "theory_marks",
    "unmarked_expired",
    "verify_answers",
    "verify_marks",
]
