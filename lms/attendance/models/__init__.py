"""Timetable, sessions, boards, and the journals of who came when."""

from lms.attendance.models.classroom import ClassroomMark, ExclusionDecision
from lms.attendance.models.guarding import (
    DeviceChange,
    Flag,
    FlagDecision,
    Headcount,
    PlaceHint,
    Prompt,
    RollCall,
)
from lms.attendance.models.paper import PaperRoll, PaperSheet
from lms.attendance.models.presence import AttendanceMark, CheckEntry, CheckRefusal, LeaveRequest
from lms.attendance.models.scanners import LearnerKey, ScanDecision, Scanner, StaffScan
from lms.attendance.models.sessions import Board, CalendarFeed, MakeUpSeat, Room, Session, Timetable

__all__ = [
    "AttendanceMark",
    "Board",
    "CalendarFeed",
    "CheckEntry",
    "CheckRefusal",
    "ClassroomMark",
    "DeviceChange",
    "ExclusionDecision",
    "Flag",
    "FlagDecision",
    "Headcount",
    "LearnerKey",
    "LeaveRequest",
    "MakeUpSeat",
    "PaperRoll",
    "PaperSheet",
    "PlaceHint",
    "Prompt",
    "RollCall",
    "Room",
    "ScanDecision",
    "Scanner",
    "Session",
    "StaffScan",
    "Timetable",
]
