"""The class-hour ledger line by line, and whether it holds together."""

from collections.abc import Iterator
from dataclasses import dataclass

from django.db.models import Count, Max, Min, Sum

from lms.programmes.models import Enrolment, HourEntry
from lms.programmes.rules import Difference


@dataclass(frozen=True)
class LedgerLine:
    """One entry and the minutes the enrolment has after it, of its kind and of all kinds."""

    entry: HourEntry
    balance: int
    balance_of_kind: int


def ledger_lines(enrolment: Enrolment) -> list[LedgerLine]:
    """Every entry in the order it was written, with running balances. One query."""
    total, by_kind = 0, dict[str, int]()
    lines = []
    entries = HourEntry.objects.filter(enrolment=enrolment).select_related("actor__person")
    for entry in entries.order_by("recorded_at", "pk"):
        total += entry.minutes
        by_kind[entry.kind] = by_kind.get(entry.kind, 0) + entry.minutes
        lines.append(LedgerLine(entry, total, by_kind[entry.kind]))
    return lines


def ledger_differences() -> Iterator[Difference]:
    """Verifier: the revisions of each reference count 1..n, of one kind, and no reference has less than 0 minutes."""
    rows = HourEntry.objects.values("enrolment_id", "source", "reference").annotate(
        total=Sum("minutes"),
        count=Count("pk"),
        first=Min("revision"),
        last=Max("revision"),
        kinds=Count("kind", distinct=True),
    )
    for row in rows.order_by("enrolment_id", "source", "reference").iterator():
        where = f"hours of enrolment {row['enrolment_id']}, {row['source']} {row['reference']}"
        if row["first"] != 1 or row["last"] != row["count"]:
            written = f"{row['count']} rows numbered {row['first']}–{row['last']}"
            yield Difference(where, f"revisions 1–{row['count']}", written)
        if row["total"] < 0:
            yield Difference(where, "0 minutes or more", f"{row['total']} minutes")
        if row["kinds"] != 1:
            yield Difference(where, "one kind of hours", f"{row['kinds']} kinds")
