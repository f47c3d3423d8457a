"""Forms of learners and of the back office."""

from lms.attendance.forms.decisions import CorrectionForm, GrantLeaveForm, LeaveAnswerForm, ReasonForm
from lms.attendance.forms.evidence import EvidenceForm
from lms.attendance.forms.learners import LeaveForm, TypedCodeForm
from lms.attendance.forms.make_ups import MakeUpForm
from lms.attendance.forms.paper import CodeForm, RollForm, RollRow
from lms.attendance.forms.patterns import PatternForm
from lms.attendance.forms.rooms import RoomForm
from lms.attendance.forms.sessions import CancelForm, MoveForm, SessionForm, ask_to_confirm
from lms.attendance.selectors import staff_name

__all__ = [
    "CancelForm",
    "CodeForm",
    "CorrectionForm",
    "EvidenceForm",
    "GrantLeaveForm",
    "LeaveAnswerForm",
    "LeaveForm",
    "MakeUpForm",
    "MoveForm",
    "PatternForm",
    "ReasonForm",
    "RollForm",
    "RollRow",
    "RoomForm",
    "SessionForm",
    "TypedCodeForm",
    "ask_to_confirm",
    "staff_name",
]
