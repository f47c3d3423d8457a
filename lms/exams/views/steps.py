"""State of a sitting in words, and what its learner can do now."""

from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from lms.core.gates import ask
from lms.exams.enums import ExamState
from lms.exams.models import Sitting
from lms.exams.selectors import GATES, entry_ends


@dataclass(frozen=True)
class NextStep:
    """State of a sitting in words, and what its learner can do now: `action` is "", start, go_on, receipt, reasons."""

    tone: str
    label: str
    text: str
    action: str = ""


def next_step(sitting: Sitting, now: datetime) -> NextStep:
    """What stands on the list and on the desk."""
    exam, state = sitting.exam, sitting.state_at(now)
    if state == "submitted":
        return NextStep("done", _("Exam handed in"), _("The mark is shown with your result."), "receipt")
    if state == "expired":
        return NextStep("neutral", _("Time is over"), _("What was saved before the deadline counts."), "receipt")
    if state == "running":
        return NextStep("attention", pgettext("sitting", "In progress"), _("Go on with every saved answer."), "go_on")
    if now > entry_ends(exam) or exam.state == ExamState.CLOSED:
        return NextStep("neutral", _("Not sat"), _("The time to start this exam is over."))
    if now < exam.opens_at:
        return NextStep(
            "info", _("Exam announced"), _("It opens at the time shown. Sign in a little earlier."), "start"
        )
    return NextStep("attention", _("Exam open now"), _("You may start now."), "start")


def own_next_step(sitting: Sitting, now: datetime) -> NextStep:
    """As `next_step`, but with what stands against her sitting it at all, so that nobody is invited in vain (R12)."""
    step = next_step(sitting, now)
    barred = ask(GATES, sitting.enrolment) if step.action == "start" else []
    if not barred:
        return step
    return NextStep("danger", _("Not admitted to the exam"), barred[0].sentence, "reasons")
