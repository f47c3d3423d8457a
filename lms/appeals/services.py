"""Writes about appeals: file, decide, withdraw."""

from datetime import date, datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from lms.appeals.enums import AppealAct, AppealState
from lms.appeals.models import Appeal, AppealEvent
from lms.appeals.rules import MINIMUM_REASON, AppealableDecision, in_time, reason_suffices
from lms.appeals.selectors import filing_deadline
from lms.appeals.signals import appeal_decided, appeal_filed
from lms.core.audit import record_act
from lms.core.exceptions import refuse
from lms.programmes.models import Enrolment


def file_appeal(
    enrolment: Enrolment, kind: str, decision: AppealableDecision, *, grounds: str, at: datetime, actor: Any
) -> Appeal:
    """Appeal against a decision, within the working days of the programme (R14).

    The same appeal sent twice is answered with the first one. Refuses `too_late` (with the last day),
    `no_grounds` and `already_appealed`. `appeal_filed` is sent on commit.
    """
    due_on = filing_deadline(enrolment, decision.decided_at)
    grounds = grounds.strip()
    if not grounds:
        raise refuse("no_grounds", _("Please write why you appeal."), rule="R14")
    held = _standing_appeal(enrolment, kind, decision.reference)
    if held is not None:
        return _first_answer(held, grounds)
    if not in_time(at, due_on):
        raise _too_late(enrolment, decision, due_on)
    try:
        with transaction.atomic():
            return _record_filing(enrolment, kind, decision, due_on=due_on, grounds=grounds, at=at, actor=actor)
    except IntegrityError:
        held = _standing_appeal(enrolment, kind, decision.reference)
        if held is None:
            raise
        return _first_answer(held, grounds)


@transaction.atomic
def decide_appeal(appeal: Appeal, *, upheld: bool, reason: str, at: datetime, actor: Any) -> Appeal:
    """Uphold or reject an open appeal, always with a reason (R14).

    Refuses `not_open`, `reason_too_short`, and `own_decision`: nobody judges what she decided herself.
    `appeal_decided` is sent on commit.
    """
    appeal = _lock_open(appeal)
    reason = reason.strip()
    if not reason_suffices(reason):
        raise refuse(
            "reason_too_short",
            _("The reason needs at least %(count)s characters.") % {"count": MINIMUM_REASON},
            rule="R14",
        )
    if actor.pk in (appeal.decision_by_id, _appellant(appeal)):
        raise refuse(
            "own_decision",
            _("Somebody else has to decide this appeal: it concerns you or your own decision."),
            rule="R14",
        )
    appeal.state = AppealState.UPHELD if upheld else AppealState.REJECTED
    appeal.reason, appeal.decided_by, appeal.decided_at = reason, actor, at
    appeal.save(update_fields=["state", "reason", "decided_by", "decided_at"])
    AppealEvent.objects.create(appeal=appeal, act=appeal.state, text=reason, actor=actor, at=at)
    before, after = {"state": str(AppealState.OPEN)}, {"state": str(appeal.state)}
    record_act("lms_appeals.decide", appeal, actor=actor, reason=reason, before=before, after=after)
    transaction.on_commit(lambda: appeal_decided.send(Appeal, appeal=appeal))
    return appeal


@transaction.atomic
def withdraw_appeal(appeal: Appeal, *, at: datetime, actor: Any) -> Appeal:
    """Take an open appeal back; within the period a new one may be filed. Refuses `not_open`."""
    appeal = _lock_open(appeal)
    appeal.state = AppealState.WITHDRAWN
    appeal.save(update_fields=["state"])
    AppealEvent.objects.create(appeal=appeal, act=AppealAct.WITHDRAWN, actor=actor, at=at)
    record_act("lms_appeals.withdraw", appeal, actor=actor)
    return appeal


def _record_filing(
    enrolment: Enrolment,
    kind: str,
    decision: AppealableDecision,
    *,
    due_on: date,
    grounds: str,
    at: datetime,
    actor: Any,
) -> Appeal:
    appeal = Appeal.objects.create(
        enrolment=enrolment,
        kind=kind,
        reference=decision.reference,
        title=decision.title[:200],
        detail=decision.detail,
        decision_at=decision.decided_at,
        decision_by_id=decision.decided_by,
        due_on=due_on,
        grounds=grounds,
        filed_at=at,
    )
    AppealEvent.objects.create(appeal=appeal, act=AppealAct.FILED, text=grounds, actor=actor, at=at)
    record_act("lms_appeals.file", appeal, actor=actor)
    transaction.on_commit(lambda: appeal_filed.send(Appeal, appeal=appeal))
    return appeal


def _standing_appeal(enrolment: Enrolment, kind: str, reference: str) -> Appeal | None:
    standing = Appeal.objects.filter(enrolment=enrolment, kind=kind, reference=reference)
    return standing.exclude(state=AppealState.WITHDRAWN).first()


def _first_answer(held: Appeal, grounds: str) -> Appeal:
    if held.is_open and held.grounds == grounds:
        return held
    raise refuse(
        "already_appealed",
        _("You have already appealed against this decision."),
        _("See your appeal of %(day)s.") % {"day": date_format(held.filed_at, "DATE_FORMAT")},
        rule="R14",
        appeal=held.pk,
    )


def _too_late(enrolment: Enrolment, decision: AppealableDecision, due_on: date) -> Exception:
    days = enrolment.term.programme.appeal_working_days
    return refuse(
        "too_late",
        _("The period to appeal ended on %(day)s.") % {"day": date_format(due_on, "DATE_FORMAT")},
        _("An appeal is taken within %(days)s working days after the decision of %(decided)s.")
        % {"days": days, "decided": date_format(decision.decided_at, "DATE_FORMAT")},
        rule="R14",
        due_on=due_on.isoformat(),
        working_days=days,
    )


def _lock_open(appeal: Appeal) -> Appeal:
    locked = Appeal.objects.select_for_update().get(pk=appeal.pk)
    if not locked.is_open:
        raise refuse("not_open", _("This appeal has already been closed."))
    return locked


def _appellant(appeal: Appeal) -> int:
    return appeal.enrolment.person.user_id
