"""Keeping what a browser tells of leaving, copying, pasting and printing."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Count, Q

from lms.core.audit import record_act
from lms.core.exceptions import refuse
from lms.exams.enums import SignalKind, SignalPolicy
from lms.exams.models import SignalEntry, Sitting
from lms.exams.rules import HAND_IN, Signal, consequence, room_left
from lms.exams.services.sitting import submit_sitting


@dataclass(frozen=True)
class SignalOutcome:
    """How often the page was left so far, the limit of the exam, and what follows (`rules.consequence`)."""

    left: int
    limit: int
    follows: str


@transaction.atomic
def keep_signals(sitting_id: int, signals: Sequence[Signal], *, owner: int, epoch: int, at: datetime) -> SignalOutcome:
    """Keep the signals of a running sitting and say what follows; with the policy "submit" hand in at the limit.

    Nobody is judged by them (R13): at the limit the paper is handed in with everything saved, and it counts. A repeat
    keeps nothing twice and has no consequence twice. More than 500 a sitting or 60 a minute are dropped. Refuses
    `not_running` (not the owner's, another epoch, over or handed in) and `not_asked` where the exam records nothing.
    """
    sitting = _running(sitting_id, owner, epoch, at)
    if sitting is None or sitting.started_at is None:
        raise refuse("not_running", "")
    if sitting.exam.signal_policy == SignalPolicy.OFF:
        raise refuse("not_asked", "")
    before = _counts(sitting, at)
    known = SignalEntry.objects.filter(sitting=sitting, epoch=epoch, number__in=[each.number for each in signals])
    held = set(known.values_list("number", flat=True))
    new = [each for each in signals if each.number not in held]
    new = new[: room_left(in_sitting=before["all"], in_minute=before["minute"])]
    SignalEntry.objects.bulk_create(
        SignalEntry(
            sitting=sitting,
            epoch=epoch,
            number=each.number,
            kind=each.kind,
            seconds=each.seconds,
            at=each.moment(at, started_at=sitting.started_at),
        )
        for each in new
    )
    fresh = sum(each.kind == SignalKind.LEFT for each in new)
    left, limit = before["left"] + fresh, sitting.exam.signal_limit
    follows = consequence(sitting.exam.signal_policy, before=before["left"], left=left, limit=limit)
    if follows == HAND_IN:
        submit_sitting(sitting, at=at)
        record_act("lms_exams.hand_in", sitting, after={"left": left})
    return SignalOutcome(left, limit, follows)


def _running(sitting_id: int, owner: int, epoch: int, at: datetime) -> Sitting | None:
    """Locked, so that two messages at once are counted one after the other."""
    return (
        Sitting.objects.select_for_update(of=("self",))
        .filter(pk=sitting_id, owner_id=owner, epoch=epoch, submitted_at=None, deadline__gte=at)
        .select_related("exam")
        .defer("paper")
        .first()
    )


def _counts(sitting: Sitting, at: datetime) -> dict[str, int]:
    recent = Q(at__gt=at - timedelta(minutes=1))
    return SignalEntry.objects.filter(sitting=sitting).aggregate(
        all=Count("pk"), minute=Count("pk", filter=recent), left=Count("pk", filter=Q(kind=SignalKind.LEFT))
    )
