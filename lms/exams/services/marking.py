"""Marking a sitting from its journal."""

from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from lms.core.exceptions import refuse
from lms.core.selectors import CompiledRead
from lms.exams.models import Exam, MarkEntry, PaperKey, Sitting
from lms.exams.rules import ItemMark, percent_of
from lms.exams.selectors import compute_mark, is_final, journal_rows, latest_mark, unmarked_expired


@transaction.atomic
def mark_sitting(sitting: Sitting, *, at: datetime, actor: Any = None, reason: str = "") -> MarkEntry:
    """The mark of 0–100 (R11) from paper key and saved answers, as a new row of the journal.

    Marking again with the same outcome adds no row. Refuses `still_open`: while the journal of the sitting may
    still grow (running, or within the grace after the deadline).
    """
    if sitting.started_at is None or not is_final(sitting, at):
        raise refuse("still_open", _("This sitting is not closed yet."))
    return write_mark(sitting, at=at, actor=actor, reason=reason)


def write_mark(sitting: Sitting, *, at: datetime, actor: Any = None, reason: str = "") -> MarkEntry:
    """As `mark_sitting`, for a caller that has closed the sitting in the same transaction. Four statements."""
    keys, rows = _keys.first(sitting=sitting.pk)[0], journal_rows(sitting=sitting.pk)
    result = compute_mark(sitting, keys, (row[:4] for row in rows))
    head = rows[-1][5] if rows else sitting.paper_digest
    last = latest_mark(sitting)
    timely = last and is_final(sitting, last.at)
    if last and timely and (last.points, last.maximum, last.head_hash) == (result.points, result.maximum, head):
        return last
    return MarkEntry.objects.create(
        sitting=sitting,
        revision=last.revision + 1 if last else 1,
        points=result.points,
        maximum=result.maximum,
        mark=percent_of(result.points, result.maximum),
        details=[_detail(item) for item in result.items],
        head_hash=head,
        reason=reason,
        actor=actor,
        at=at,
    )


@transaction.atomic
def mark_expired(exam: Exam, *, at: datetime, actor: Any = None) -> int:
    """Write the marks of all sittings that ran out of time; returns how many. Safe to repeat."""
    expired = list(unmarked_expired(Exam.objects.select_for_update().get(pk=exam.pk), at))
    for sitting in expired:
        mark_sitting(sitting, at=at, actor=actor)
    return len(expired)


def _detail(item: ItemMark) -> dict[str, Any]:
    return {
        "question": item.question,
        "points": str(item.points),
        "maximum": str(item.maximum),
        "answered": item.answered,
    }


_keys = CompiledRead(lambda sitting: PaperKey.objects.filter(sitting_id=sitting).values_list("keys"), sitting=int)
