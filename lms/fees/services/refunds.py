"""Money back (R20): the date decides, in between a person."""

from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from lms.core.audit import record_act
from lms.core.exceptions import refuse
from lms.fees.enums import MoneyKind, RefundState
from lms.fees.models import Order, Refund
from lms.fees.rules import FULL, NONE
from lms.fees.selectors import outlook_for
from lms.fees.services.orders import write_entry
from lms.fees.signals import refund_decided
from lms.programmes.enums import EnrolmentState
from lms.programmes.services import end_enrolment

MINIMUM_REASON = 4


def request_refund(order: Order, *, reason: str, at: datetime, actor: Any) -> Refund:
    """Ask for the money back and give the seat up.

    At least the programme's days before the start: granted at once in full. From the first day on: refused
    (`term_begun`, deferral instead). In between: waits for a person, whose default is no. Asking again returns
    the request that stands. Refuses `no_reason` and `seat_ended` too. `refund_decided` is sent on commit.
    """
    if len(reason.strip()) < MINIMUM_REASON:
        raise refuse("no_reason", _("Please write why you ask for the money back."))
    try:
        with transaction.atomic():
            return _request(order, reason.strip(), at, actor)
    except IntegrityError:
        held = _standing(order)
        if held is None:
            raise
        return held


@transaction.atomic
def decide_refund(refund: Refund, *, granted: bool, answer: str, at: datetime, actor: Any) -> Refund:
    """Decide a request from between the two dates, always with a reason.

    Refuses `not_open`, `own_refund`, `reason_too_short`.
    """
    refund = Refund.objects.select_for_update().get(pk=refund.pk)
    order = _lock(refund.order_id)
    if refund.state != RefundState.OPEN:
        raise refuse("not_open", _("This request has been decided."))
    if order.enrolment.person.user_id == actor.pk:
        raise refuse("own_refund", _("Nobody decides on her own refund."))
    if len(answer.strip()) < MINIMUM_REASON:
        raise refuse(
            "reason_too_short", _("The reason needs at least %(count)s characters.") % {"count": MINIMUM_REASON}
        )
    if granted:
        return _grant(refund, order, answer.strip(), at, actor)
    return _close(refund, RefundState.REFUSED, answer.strip(), at, actor)


def _request(order: Order, reason: str, at: datetime, actor: Any) -> Refund:
    order = _lock(order.pk)
    held = _standing(order)
    if held is not None:
        return held
    if order.enrolment.state != EnrolmentState.ACTIVE:
        raise refuse("seat_ended", _("This seat is no longer active."))
    outlook = outlook_for(order, at=at)
    if outlook.verdict == NONE:
        raise refuse(
            "term_begun",
            _("Training began on %(day)s. From that day on the fee is not paid back.")
            % {"day": date_format(outlook.starts_on)},
            _("You may ask for a deferral to a later term instead."),
            rule="R20",
            starts_on=outlook.starts_on.isoformat(),
        )
    refund = Refund.objects.create(order=order, verdict=outlook.verdict, asked_at=at, reason=reason)
    record_act("lms_fees.refund_asked", order, actor=actor, reason=reason, after={"verdict": outlook.verdict})
    if outlook.verdict != FULL:
        return refund
    answer = _("Asked for by %(day)s: the whole amount is paid back.") % {"day": date_format(outlook.last_full_day)}
    return _grant(refund, order, answer, at, actor)


def _grant(refund: Refund, order: Order, answer: str, at: datetime, actor: Any) -> Refund:
    """Pay back what is held, release the rest of the fee, give the seat up: all or nothing."""
    refund.fen = order.balance.held
    released = order.payable_fen
    if refund.fen:
        write_entry(
            order, MoneyKind.REFUND, refund.fen, nonce=f"refund:{refund.pk}", at=at, actor=actor, reason=answer[:200]
        )
    if released:
        write_entry(order, MoneyKind.RELEASE, released, nonce=f"release:{refund.pk}", at=at, actor=actor)
    order.refunded_fen += refund.fen
    order.released_fen += released
    order.save(update_fields=["refunded_fen", "released_fen"])
    if order.enrolment.state == EnrolmentState.ACTIVE:
        end_enrolment(order.enrolment, state=EnrolmentState.WITHDRAWN, at=at, reason=refund.reason, actor=actor)
    return _close(refund, RefundState.GRANTED, answer, at, actor)


def _close(refund: Refund, state: RefundState, answer: str, at: datetime, actor: Any) -> Refund:
    before = {"state": str(refund.state)}
    refund.state, refund.answer, refund.decided_at, refund.decided_by = state, answer, at, actor
    refund.save(update_fields=["state", "answer", "decided_at", "decided_by", "fen"])
    record_act(
        "lms_fees.refund_decided",
        refund.order,
        actor=actor,
        reason=answer,
        before=before,
        after={"state": str(state), "fen": refund.fen},
    )
    transaction.on_commit(lambda: refund_decided.send(Refund, refund=refund))
    return refund


def _standing(order: Order) -> Refund | None:
    return Refund.objects.filter(order=order, state__in=[RefundState.OPEN, RefundState.GRANTED]).first()


def _lock(pk: int) -> Order:
    rows = Order.objects.select_for_update(of=("self",)).select_related(
        "enrolment__term__programme", "enrolment__person"
    )
    return rows.get(pk=pk)
