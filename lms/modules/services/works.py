"""Handing in texts and marking them."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from lms.core.audit import record_act
from lms.core.exceptions import DomainError, refuse
from lms.modules.conf import modules_settings
from lms.modules.enums import SubmissionKind
from lms.modules.models import Assignment, AssignmentMark, Submission
from lms.modules.selectors.works import last_mark, last_submission
from lms.modules.signals import work_handed_in, work_marked
from lms.programmes.enums import EnrolmentState
from lms.programmes.models import Enrolment


@transaction.atomic
def submit_work(
    enrolment: Enrolment, assignment: Assignment, text: str, *, kind: SubmissionKind, revision: int, at: datetime
) -> Submission:
    """Save a text as a draft or hand it in. `revision` is the one the writer's page expects next, from 1.

    A repeat of the same text and kind gets the first row. Refuses `empty`, `too_long`, `not_published`,
    `other_term`, `seat_not_active`, `past_due` (the deadline itself is past), `already_marked`, and
    `changed_elsewhere` when another window saved meanwhile.
    """
    enrolment = Enrolment.objects.select_for_update(no_key=True).get(pk=enrolment.pk)
    text = text.replace("\r\n", "\n").strip()
    last = last_submission(enrolment, assignment)
    if last is not None and revision == last.revision and (last.text, last.kind) == (text, kind):
        return last
    _require_text(text)
    _require_open(enrolment, assignment, at)
    if revision != (last.revision if last else 0) + 1:
        raise refuse(
            "changed_elsewhere",
            _("This assignment was saved in another window meanwhile."),
            _("Nothing was lost: your text is still below. Check it and save again to replace the other one."),
        )
    saved = Submission.objects.create(
        enrolment=enrolment, assignment=assignment, revision=revision, kind=kind, text=text, at=at
    )
    if kind == SubmissionKind.FINAL:
        transaction.on_commit(lambda: work_handed_in.send(Submission, submission=saved))
    return saved


@transaction.atomic
def mark_work(
    submission: Submission,
    value: Decimal,
    *,
    revision: int,
    at: datetime,
    actor: Any,
    comment: str = "",
    reason: str = "",
) -> AssignmentMark:
    """Give a mark of 0–100, or correct it with a reason (R11). `revision` is the one the marker's page expects next.

    A repeat of the same mark and comment gets the first row. Refuses `mark_range`, `not_handed_in`,
    `newer_text` (a newer text was handed in), `marked_meanwhile` (another marker was faster), `reason_missing`.
    """
    Enrolment.objects.select_for_update(no_key=True).get(pk=submission.enrolment_id)
    last = last_mark(submission.enrolment, submission.assignment)
    if last is not None and revision == last.revision and (last.value, last.comment) == (value, comment):
        return last
    _require_mark(submission, value, last, revision, reason)
    mark = AssignmentMark.objects.create(
        submission=submission,
        enrolment=submission.enrolment,
        assignment=submission.assignment,
        revision=revision,
        value=value,
        comment=comment,
        reason=reason,
        actor=actor,
        at=at,
    )
    before = {"mark": str(last.value)} if last else None
    record_act("lms_modules.mark", mark, actor=actor, reason=reason, before=before, after={"mark": str(value)})
    transaction.on_commit(lambda: work_marked.send(AssignmentMark, mark=mark))
    return mark


def _require_text(text: str) -> None:
    limit = modules_settings.TEXT_LIMIT
    if not text:
        raise refuse("empty", _("Please write your answer first."))
    if len(text) > limit:
        raise refuse(
            "too_long",
            _("The text has %(length)s characters; at most %(limit)s are possible.")
            % {"length": len(text), "limit": limit},
            length=len(text),
            limit=limit,
        )


def _require_open(enrolment: Enrolment, assignment: Assignment, at: datetime) -> None:
    if not assignment.published:
        raise refuse("not_published", _("This assignment is not open at present."))
    if assignment.term_id != enrolment.term_id:
        raise refuse("other_term", _("This assignment belongs to another term."))
    if enrolment.state != EnrolmentState.ACTIVE:
        raise refuse("seat_not_active", _("Only enrolled learners can hand in assignments."))
    if at >= assignment.due_at:
        raise refuse(
            "past_due",
            _("The deadline has passed; this text was not handed in."),
            _("If you have a good reason, speak to your instructor, who can move the deadline."),
            rule="R13",
        )
    if last_mark(enrolment, assignment) is not None:
        raise refuse("already_marked", _("This assignment has been marked and can no longer be changed."))


def _require_mark(
    submission: Submission, value: Decimal, last: AssignmentMark | None, revision: int, reason: str
) -> None:
    problem: DomainError | None = None
    latest = last_submission(submission.enrolment, submission.assignment, kind=SubmissionKind.FINAL)
    if not Decimal(0) <= value <= Decimal(100):
        problem = refuse("mark_range", _("A mark lies between 0 and 100."), rule="R11")
    elif submission.kind != SubmissionKind.FINAL:
        problem = refuse("not_handed_in", _("A draft cannot be marked."))
    elif latest is not None and latest.pk != submission.pk:
        problem = refuse("newer_text", _("The learner handed in a newer text meanwhile. Read it before marking."))
    elif revision != (last.revision if last else 0) + 1:
        problem = refuse(
            "marked_meanwhile", _("Somebody else marked this text meanwhile. The page now shows that mark.")
        )
    elif last is not None and not reason:
        problem = refuse("reason_missing", _("Say why the mark is corrected."))
    if problem is not None:
        raise problem
