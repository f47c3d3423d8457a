"""The learner's desk: what is due from exams."""

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from lms.core.screens import Action, DeskCard
from lms.core.templatetags.lms_ui import when
from lms.exams.enums import ExamState
from lms.exams.models import Sitting
from lms.exams.views.steps import NextStep, own_next_step
from lms.programmes.models import Enrolment

PRIORITY = {"go_on": 0, "start": 1, "reasons": 2, "receipt": 3, "": 4}


def exam_card(enrolment: Enrolment) -> DeskCard | None:
    """The most pressing exam of the seat: in progress, open, announced, handed in. Two queries."""
    now = timezone.now()
    sittings = Sitting.objects.filter(enrolment=enrolment, exam__state=ExamState.PUBLISHED)
    rows = [
        (sitting, own_next_step(sitting, now))
        for sitting in sittings.select_related("exam", "enrolment").defer("paper")
    ]
    if not rows:
        return None
    sitting, step = min(rows, key=lambda row: (PRIORITY[row[1].action], row[0].exam.opens_at))
    urgent = step.action == "go_on" or (step.action == "start" and now >= sitting.exam.opens_at)
    return DeskCard(
        key="exams",
        zone="now" if urgent else "due" if step.action in ("start", "reasons") else "progress",
        title=sitting.exam.title,
        text=step.text,
        order=10 if step.action == "go_on" else 50,
        icon="exam",
        state=step.tone,
        state_label=step.label,
        lines=(f"{when(sitting.exam.opens_at)} – {when(sitting.exam.closes_at)}",),
        actions=_actions(sitting, step, urgent=urgent),
    )


def _actions(sitting: Sitting, step: NextStep, *, urgent: bool) -> tuple[Action, ...]:
    if step.action == "receipt":
        return (Action(_("Confirmation of the exam"), reverse("lms_exams:receipt", args=[sitting.pk])),)
    if not step.action:
        return ()
    labels = {"go_on": _("Go on with the exam"), "reasons": _("Why not?")}
    return (
        Action(
            labels.get(step.action, _("To the exam")), reverse("lms_exams:exam", args=[sitting.exam_id]), primary=urgent
        ),
    )
