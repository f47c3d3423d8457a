"""Extra time: one person proposes, a second one decides, and no deadline ever becomes shorter."""

from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from lms.core.audit import record_act
from lms.core.exceptions import refuse
from lms.exams.enums import ExamState
from lms.exams.models import Exam, ExtraTime, ExtraTimeDecision, Sitting
from lms.exams.rules import MOST_EXTRA
from lms.exams.selectors import is_final, latest_mark
from lms.exams.services.marking import mark_sitting
from lms.programmes.models import Enrolment


@transaction.atomic
def propose_extra_time(
    exam: Exam,
    seat: Enrolment | None,
    *,
    minutes: int,
    reason: str,
    beyond: bool = False,
    nonce: str,
    at: datetime,
    actor: Any,
) -> ExtraTime:
    """Ask for `minutes` more for one seat, or for everybody with None; nothing changes until a second person grants it.

    `beyond`: these minutes are added even past the end of the window. The same `nonce` again gets the first proposal.
    Refuses `not_published`, `minutes_outside` (1–240), `reason_missing`, `no_paper`, `submitted`.
    """
    held = ExtraTime.objects.filter(nonce=nonce, exam=exam).first()
    if held is not None:
        return held
    if exam.state != ExamState.PUBLISHED:
        raise refuse("not_published", _("This exam is not published."))
    if not 0 < minutes <= MOST_EXTRA:
        text = _("Extra time is 1 to %(most)s minutes.") % {"most": MOST_EXTRA}
        raise refuse("minutes_outside", text, field="minutes", most=MOST_EXTRA)
    if not reason.strip():
        raise refuse("reason_missing", _("Say why, in a few words."), field="reason")
    if seat is not None:
        _require_paper(exam, seat)
    proposal = ExtraTime.objects.create(
        exam=exam,
        enrolment=seat,
        minutes=minutes,
        beyond=beyond,
        reason=reason.strip(),
        proposed_by=actor,
        at=at,
        nonce=nonce,
    )
    record_act("lms_exams.propose_extra", exam, actor=actor, reason=proposal.reason, after=_facts(proposal))
    return proposal


@transaction.atomic
def decide_extra_time(proposal: ExtraTime, *, granted: bool, at: datetime, actor: Any) -> ExtraTimeDecision:
    """Grant or decline; a grant moves the deadline of every sitting concerned and not handed in, now or at its start.

    Deciding again changes nothing and returns the first decision; the other way round is refused as `decided`. Refuses
    `same_person`. A sitting whose time had run out goes on when its new deadline lies ahead; otherwise, with a mark
    already, it is marked anew: what was saved up to the new deadline counts.
    """
    exam = Exam.objects.select_for_update().get(pk=proposal.exam_id)
    held = ExtraTimeDecision.objects.filter(proposal=proposal).first()
    if held is not None:
        if held.granted != granted:
            raise refuse("decided", _("Somebody has decided this already."))
        return held
    if proposal.proposed_by_id == actor.pk:
        raise refuse("same_person", _("A second person decides on extra time, not the one who proposed it."))
    decision = ExtraTimeDecision.objects.create(
        proposal=proposal, granted=granted, proposed_by_id=proposal.proposed_by_id, decided_by=actor, at=at
    )
    moved = _extend(exam, proposal, at) if granted else 0
    after = {**_facts(proposal), "granted": granted, "sittings": moved}
    record_act("lms_exams.decide_extra", exam, actor=actor, reason=proposal.reason, after=after)
    return decision


def _extend(exam: Exam, proposal: ExtraTime, at: datetime) -> int:
    """Locks the sittings first, so that a start at the same moment waits and sees the new minutes."""
    rows = Sitting.objects.select_for_update().filter(exam=exam, submitted_at=None).defer("paper").order_by("pk")
    sittings = list(rows if proposal.enrolment_id is None else rows.filter(enrolment_id=proposal.enrolment_id))
    ended = [sitting for sitting in sittings if sitting.started_at and is_final(sitting, at)]
    for sitting in sittings:
        if proposal.beyond:
            sitting.beyond_minutes += proposal.minutes
        else:
            sitting.extra_minutes += proposal.minutes
        if sitting.started_at is not None and sitting.deadline is not None:
            sitting.deadline = max(sitting.deadline, sitting.deadline_for(exam, sitting.started_at))
    Sitting.objects.bulk_update(sittings, ["extra_minutes", "beyond_minutes", "deadline"], batch_size=100)
    for sitting in ended:
        if is_final(sitting, at) and latest_mark(sitting) is not None:
            sitting.exam = exam
            mark_sitting(sitting, at=at, actor=None, reason=proposal.reason)
    return len(sittings)


def _require_paper(exam: Exam, seat: Enrolment) -> None:
    sitting = Sitting.objects.filter(exam=exam, enrolment=seat).defer("paper").first()
    if sitting is None:
        raise refuse("no_paper", _("This learner has no paper in this exam."))
    if sitting.submitted_at is not None:
        raise refuse("submitted", _("This learner has handed in."))


def _facts(proposal: ExtraTime) -> dict[str, Any]:
    seat = proposal.enrolment
    return {
        "minutes": proposal.minutes,
        "beyond": proposal.beyond,
        "learner": seat.person.name if seat is not None else "",
    }
