"""Exams, sittings with their papers, and the journals of answers and marks."""

from lms.exams.models.answers import AnswerEntry
from lms.exams.models.audience import Candidate
from lms.exams.models.branches import BranchDecision, BranchEntry
from lms.exams.models.exams import Exam
from lms.exams.models.invigilation import ExtraTime, ExtraTimeDecision, Incident
from lms.exams.models.marks import MarkEntry, PracticalMark
from lms.exams.models.seb import ExamBrowser, LockEntry
from lms.exams.models.signals import SignalEntry
from lms.exams.models.sittings import PaperKey, Sitting

__all__ = [
    "AnswerEntry",
    "BranchDecision",
    "BranchEntry",
    "Candidate",
    "Exam",
    "ExamBrowser",
    "ExtraTime",
    "ExtraTimeDecision",
    "Incident",
    "LockEntry",
    "MarkEntry",
    "PaperKey",
    "PracticalMark",
    "SignalEntry",
    "Sitting",
]
