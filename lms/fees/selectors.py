"""Reads about orders and the money journal."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import F, QuerySet, Sum
from django.utils.timezone import localdate

from lms.fees.conf import fees_settings
from lms.fees.enums import MoneyKind, RefundState
from lms.fees.models import MoneyEntry, Order, Refund
from lms.fees.rules import Balance, last_full_day, refund_verdict
from lms.people.models import Unit
from lms.programmes.models import Programme, SubsidyRate
from lms.programmes.rules import Difference

#: What of an order's balance an entry of a kind belongs to, and whether it adds to it or takes from it.
FIELDS = {
    MoneyKind.CHARGE: ("charged", 1),
    MoneyKind.SUBSIDY: ("subsidised", 1),
    MoneyKind.CUT: ("subsidised", -1),
    MoneyKind.PAYMENT: ("paid", 1),
    MoneyKind.REFUND: ("refunded", 1),
    MoneyKind.RELEASE: ("released", 1),
}


@dataclass(frozen=True)
class RefundOutlook:
    """What asking for the money back now would lead to (R20); `usual` is what a person decides in between as a rule."""

    verdict: str
    last_full_day: date
    starts_on: date
    usual: str = "refuse"


def orders_of(user: Any) -> QuerySet[Order]:
    """The orders of a learner, newest first, with term and programme."""
    rows = Order.objects.filter(enrolment__person__user_id=user.pk)
    return rows.select_related("enrolment__term__programme", "enrolment__person__unit").prefetch_related(
        "entries", "refunds"
    )


def all_orders() -> QuerySet[Order]:
    """Every order with what lists show."""
    return Order.objects.select_related("enrolment__person__unit", "enrolment__term").order_by("-opened_at", "-pk")


def refund_queue() -> QuerySet[Refund]:
    """Requests, longest waiting first."""
    return Refund.objects.select_related(
        "order__enrolment__person__unit", "order__enrolment__term__programme", "decided_by"
    ).order_by("asked_at", "pk")


def rate_for(unit: Unit | None, programme: Programme) -> SubsidyRate | None:
    """The funding authority behind the unit, as the programme's table names it; None = no subsidy (R18)."""
    if unit is None:
        return None
    name = fees_settings.AUTHORITIES.get(unit.level, "")
    return SubsidyRate.objects.filter(programme=programme, authority=name).first() if name else None


def outlook_for(order: Order, *, at: datetime) -> RefundOutlook:
    """The rule at that moment; days are days in Asia/Shanghai."""
    term = order.enrolment.term
    days = term.programme.refund_days
    verdict = refund_verdict(localdate(at), term.starts_on, days)
    return RefundOutlook(verdict, last_full_day(term.starts_on, days), term.starts_on, term.programme.refund_between)


def totals(orders: QuerySet[Order]) -> dict[str, int]:
    """Sums in fen over the orders; one query."""
    sums = orders.order_by().aggregate(
        amount=Sum("amount_fen"),
        subsidy=Sum("subsidy_fen"),
        released=Sum("released_fen"),
        paid=Sum("paid_fen"),
        refunded=Sum("refunded_fen"),
        due=Sum(F("amount_fen") - F("subsidy_fen") - F("released_fen") - F("paid_fen") + F("refunded_fen")),
    )
    return {name: value or 0 for name, value in sums.items()}


def open_refunds() -> int:
    """How many requests wait."""
    return Refund.objects.filter(state=RefundState.OPEN).count()


def balances_from_journal() -> dict[int, Balance]:
    """Order id -> balance, recomputed from the journal alone; a row of no known kind counts nothing. One query."""
    sums: dict[int, Counter[str]] = defaultdict(Counter)
    rows = MoneyEntry.objects.values("order_id", "kind").annotate(total=Sum("fen")).order_by()
    for row in rows:
        if row["kind"] in MoneyKind.values:
            field, sign = FIELDS[MoneyKind(row["kind"])]
            sums[row["order_id"]][field] += sign * row["total"]
    return {pk: Balance(**values) for pk, values in sums.items()}


def money_differences() -> Iterable[Difference]:
    """Orders whose stored figures are not those of their journal, rows of no known kind (LMS_JOURNAL_VERIFIERS)."""
    journal = balances_from_journal()
    for order in Order.objects.order_by("pk").iterator():
        expected = journal.get(order.pk, Balance())
        if expected != order.balance:
            yield Difference(f"lms_fees.order:{order.pk}", _figures(expected), _figures(order.balance))
    for pk, kind in MoneyEntry.objects.exclude(kind__in=MoneyKind.values).values_list("pk", "kind"):
        yield Difference(f"lms_fees.moneyentry:{pk} kind", " / ".join(MoneyKind.values), kind)


def _figures(balance: Balance) -> str:
    return (
        f"charged {balance.charged} subsidised {balance.subsidised} released {balance.released} "
        f"paid {balance.paid} refunded {balance.refunded}"
    )
