"""Writes of the exams app: each verb is one function."""

from lms.exams.services.audience import choose_candidates
from lms.exams.services.branch_files import keep_branch_file
from lms.exams.services.branches import BranchReceipt, decide_branch, keep_branch
from lms.exams.services.extra_time import decide_extra_time, propose_extra_time
from lms.exams.services.incidents import log_incident
from lms.exams.services.marking import mark_expired, mark_sitting
from lms.exams.services.practical import PracticalEntry, give_practical_marks
from lms.exams.services.saving import SaveReceipt, save_answers
from lms.exams.services.seb import lock_sitting, set_browser, unlock_sitting
from lms.exams.services.setting import (
    add_exam,
    close_exam,
    prepare_papers,
    publish_exam,
    revise_exam,
    shortages_of,
    withdraw_exam,
)
from lms.exams.services.signals import SignalOutcome, keep_signals
from lms.exams.services.sitting import start_sitting, submit_sitting

__all__ = [
    "BranchReceipt",
    "PracticalEntry",
    "SaveReceipt",
    "SignalOutcome",
    "add_exam",
    "choose_candidates",
    "close_exam",
    "decide_branch",
    "decide_extra_time",
    "give_practical_marks",
    "keep_branch",
    "keep_branch_file",
    "keep_signals",
    "lock_sitting",
    "log_incident",
    "mark_expired",
    "mark_sitting",
    "prepare_papers",
    "propose_extra_time",
    "publish_exam",
    "revise_exam",
    "save_answers",
    "set_browser",
    "shortages_of",
    "start_sitting",
    "submit_sitting",
    "unlock_sitting",
    "withdraw_exam",
]
