"""Writes about attendance: each verb is one function."""

from lms.attendance.services.boards import open_board, switch_board
from lms.attendance.services.checking import CheckOutcome, Proof, check_in, check_in_scan, find_typed_session
from lms.attendance.services.classroom import ClassroomValue, set_classroom_marks
from lms.attendance.services.closing import Correction, close_session, correct_attendance
from lms.attendance.services.evidence import attach_evidence, keep_evidence, kept_evidence
from lms.attendance.services.exclusions import confirm_exclusion, lift_exclusion
from lms.attendance.services.feeds import renew_feed
from lms.attendance.services.headcounts import call_roll, enter_headcount, headcount_refusal
from lms.attendance.services.leave import (
    ask_leave,
    ask_leaves,
    decide_leave,
    decide_leaves,
    grant_leave,
    withdraw_leave,
    withdraw_leaves,
)
from lms.attendance.services.make_ups import assign_make_up, plan_make_up, withdraw_make_up
from lms.attendance.services.paper import confirm_sheet, enter_roll, print_roll, send_back_sheet
from lms.attendance.services.prompts import call_off_prompt, start_prompt
from lms.attendance.services.refusing import remember_refusal
from lms.attendance.services.rolls import draw_roll, rare_names
from lms.attendance.services.timetable import (
    Clash,
    ClassPattern,
    Preview,
    SessionPlan,
    TimetablePattern,
    add_session,
    cancel_session,
    change_session,
    default_pattern,
    generate_timetable,
    plan_of,
    preview_timetable,
    publish_timetable,
    short_without,
)

__all__ = [
    "CheckOutcome",
    "Clash",
    "ClassPattern",
    "ClassroomValue",
    "Correction",
    "Preview",
    "Proof",
    "SessionPlan",
    "TimetablePattern",
    "add_session",
    "ask_leave",
    "ask_leaves",
    "assign_make_up",
    "attach_evidence",
    "call_off_prompt",
    "call_roll",
    "cancel_session",
    "change_session",
    "check_in",
    "check_in_scan",
    "close_session",
    "confirm_exclusion",
    "confirm_sheet",
    "correct_attendance",
    "decide_leave",
    "decide_leaves",
    "default_pattern",
    "draw_roll",
    "enter_headcount",
    "enter_roll",
    "find_typed_session",
    "generate_timetable",
    "grant_leave",
    "headcount_refusal",
    "keep_evidence",
    "kept_evidence",
    "lift_exclusion",
    "open_board",
    "plan_make_up",
    "plan_of",
    "preview_timetable",
    "print_roll",
    "publish_timetable",
    "rare_names",
    "remember_refusal",
    "renew_feed",
    "send_back_sheet",
    "set_classroom_marks",
    "short_without",
    "start_prompt",
    "switch_board",
    "withdraw_leave",
    "withdraw_leaves",
    "withdraw_make_up",
]
