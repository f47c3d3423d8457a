"""Orders and payments."""

from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from lms.core.audit import record_act
from lms.core.exceptions import refuse
from lms.fees.enums import MoneyKind
from lms.fees.models import MoneyEntry, Order
from lms.fees.rules import subsidy_of
from lms.fees.selectors import rate_for
from lms.fees.signals import payment_recorded
from lms.people.models import Unit
from lms.programmes.models import Enrolment, SubsidyRate


@transaction.atomic
def open_order(enrolment: Enrolment, *, at: datetime, actor: Any) -> Order:
    """The order of a seat: charge of the programme's fee, subsidy by the unit's funding authority (R17, R18).

    A second call returns the first order. A rate of zero leaves no subsidy row.
    """
    held = Order.objects.filter(enrolment=enrolment).first()
    if held is not None:
        return held
    programme = enrolment.term.programme
    rate = rate_for(enrolment.person.unit, programme)
    subsidy = _share(programme.fee_fen, rate)
    order = Order.objects.create(
        enrolment=enrolment,
        code=f"{enrolment.term.code}-{enrolment.number:04d}".upper(),
        authority=rate.authority if rate else "",
        amount_fen=programme.fee_fen,
        subsidy_fen=subsidy,
        opened_at=at,
    )
    write_entry(order, MoneyKind.CHARGE, programme.fee_fen, nonce=f"charge:{order.pk}", at=at, actor=actor)
    if rate and subsidy:
        nonce, reason = f"subsidy:{order.pk}", _reason(rate)
        write_entry(order, MoneyKind.SUBSIDY, subsidy, nonce=nonce, at=at, actor=actor, reason=reason)
    return order


@transaction.atomic
def assess_subsidies(unit: Unit, *, at: datetime, actor: Any) -> list[Order]:
    """The subsidy of the unit's people anew, by its level as it stands now (R18); the orders that changed.

    Orders on which money was received or whose fee was released stay as they are: that is for the finance officer.
    A difference is a new row of the journal, never a changed one.
    """
    rows = Order.objects.select_for_update(of=("self",)).select_related("enrolment__term__programme")
    waiting = rows.filter(enrolment__person__unit=unit, paid_fen=0, released_fen=0).order_by("pk")
    rates = {programme: rate_for(unit, programme) for programme in {row.enrolment.term.programme for row in waiting}}
    return [order for order in waiting if _assess(order, rates[order.enrolment.term.programme], at, actor)]


def _assess(order: Order, rate: SubsidyRate | None, at: datetime, actor: Any) -> bool:
    authority, share = rate.authority if rate else "", _share(order.amount_fen, rate)
    if (order.authority, order.subsidy_fen) == (authority, share):
        return False
    before = {"authority": order.authority, "fen": order.subsidy_fen}
    after = {"authority": authority, "fen": share}
    difference = share - order.subsidy_fen
    order.authority, order.subsidy_fen = authority, share
    order.save(update_fields=["authority", "subsidy_fen"])
    if difference:
        kind = MoneyKind.SUBSIDY if difference > 0 else MoneyKind.CUT
        nonce = f"subsidy:{order.pk}:{order.entries.count()}"
        reason = _reason(rate) if rate else ""
        write_entry(order, kind, abs(difference), nonce=nonce, at=at, actor=actor, reason=reason)
    record_act("lms_fees.subsidy", order, actor=actor, before=before, after=after)
    return True


def _share(amount_fen: int, rate: SubsidyRate | None) -> int:
    return subsidy_of(amount_fen, rate.numerator, rate.denominator) if rate else 0


def _reason(rate: SubsidyRate) -> str:
    return f"{rate.authority} {100 * rate.numerator / rate.denominator:.4g}%"


def record_payment(order: Order, fen: int, *, nonce: str, at: datetime, actor: Any, reason: str = "") -> MoneyEntry:
    """Money received, in fen. The same nonce again returns the first entry.

    Refuses `no_amount`, `too_much` (more than is due), `other_payment` (the nonce stands for another payment).
    `payment_recorded` is sent on commit.
    """
    if fen <= 0:
        raise refuse("no_amount", _("Please enter an amount above zero."))
    try:
        with transaction.atomic():
            return _receive(order, fen, nonce, at, actor, reason)
    except IntegrityError:
        held = _held(order, fen, nonce)
        if held is None:
            raise
        return held


def _receive(order: Order, fen: int, nonce: str, at: datetime, actor: Any, reason: str) -> MoneyEntry:
    order = Order.objects.select_for_update().get(pk=order.pk)
    held = _held(order, fen, nonce)
    if held is not None:
        return held
    if fen > order.due_fen:
        raise refuse(
            "too_much",
            _("Only %(due).2f yuan are still due.") % {"due": max(order.due_fen, 0) / 100},
            _("Please check the amount and the order number."),
            due=order.due_fen,
            fen=fen,
        )
    before = {"paid_fen": order.paid_fen, "due_fen": order.due_fen}
    order.paid_fen += fen
    order.save(update_fields=["paid_fen"])
    entry = write_entry(order, MoneyKind.PAYMENT, fen, nonce=nonce, at=at, actor=actor, reason=reason)
    after = {"fen": fen, "paid_fen": order.paid_fen, "due_fen": order.due_fen}
    record_act("lms_fees.payment", order, actor=actor, reason=reason, before=before, after=after)
    transaction.on_commit(lambda: payment_recorded.send(Order, order=order, entry=entry))
    return entry


def write_entry(
    order: Order, kind: MoneyKind, fen: int, *, nonce: str, at: datetime, actor: Any, reason: str = ""
) -> MoneyEntry:
    """One row of the journal. `at` is when the money moved."""
    return MoneyEntry.objects.create(order=order, kind=kind, fen=fen, nonce=nonce, at=at, actor=actor, reason=reason)


def _held(order: Order, fen: int, nonce: str) -> MoneyEntry | None:
    entry = MoneyEntry.objects.filter(nonce=nonce).first()
    if entry is not None and (entry.order_id, entry.kind, entry.fen) != (order.pk, MoneyKind.PAYMENT, fen):
        raise refuse("other_payment", _("This reference already stands for another payment."))
    return entry
