"""The class-hour ledger: what a source says of a reference is set, and the ledger gets the difference as a new row."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.db.models import Max, Sum

from lms.programmes.enums import HourKind
from lms.programmes.models import Enrolment, HourEntry


@dataclass(frozen=True)
class Credit:
    """What one enrolment is to have for one reference: `minutes` is the whole, not a difference."""

    enrolment_id: int
    minutes: int
    reason: str = ""


def set_credit(
    enrolment: Enrolment,
    minutes: int,
    *,
    kind: HourKind,
    source: str,
    reference: str,
    earned_on: date,
    at: datetime,
    reason: str = "",
    actor: Any = None,
) -> HourEntry | None:
    """Set the minutes of one enrolment for (source, reference); None when the ledger already says so."""
    rows = set_credits(
        [Credit(enrolment.pk, minutes, reason)],
        kind=kind,
        source=source,
        reference=reference,
        earned_on=earned_on,
        at=at,
        actor=actor,
    )
    return rows[0] if rows else None


@transaction.atomic
def set_credits(
    credits: Iterable[Credit],
    *,
    kind: HourKind,
    source: str,
    reference: str,
    earned_on: date,
    at: datetime,
    actor: Any = None,
) -> Sequence[HourEntry]:
    """Set the minutes of many enrolments for one (source, reference). Idempotent: equal minutes add no row.

    Minutes are whole minutes >= 0; the written rows hold the differences and may be negative (a correction).
    Three statements however many enrolments; a race loses by the unique revision and may be repeated.
    """
    wanted = {credit.enrolment_id: credit for credit in credits}
    if any(credit.minutes < 0 for credit in wanted.values()):
        raise ValueError("a credit is not negative")
    held = _held(wanted, source, reference)
    rows = [
        HourEntry(
            enrolment_id=pk,
            kind=kind,
            minutes=credit.minutes - held.get(pk, (0, 0))[0],
            source=source,
            reference=reference,
            revision=held.get(pk, (0, 0))[1] + 1,
            earned_on=earned_on,
            reason=credit.reason,
            actor=actor,
            recorded_at=at,
        )
        for pk, credit in wanted.items()
        if credit.minutes != held.get(pk, (0, 0))[0]
    ]
    return HourEntry.objects.bulk_create(rows)


def _held(wanted: dict[int, Credit], source: str, reference: str) -> dict[int, tuple[int, int]]:
    """Enrolment id -> (minutes so far, last revision) for the reference."""
    entries = HourEntry.objects.filter(source=source, reference=reference, enrolment_id__in=wanted)
    sums = entries.values("enrolment_id").annotate(total=Sum("minutes"), last=Max("revision"))
    return {row["enrolment_id"]: (row["total"], row["last"]) for row in sums}
