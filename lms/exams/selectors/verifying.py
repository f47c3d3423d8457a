"""Walks over the journals: what they hold must agree with itself."""

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from django.db.models import F, Max

from lms.exams.models import AnswerEntry, MarkEntry, PracticalMark, Sitting
from lms.exams.rules import chain_hash, percent_of
from lms.exams.selectors.marks import compute_mark, keys_and_rows
from lms.programmes.rules import Difference


def verify_answers() -> Iterable[Difference]:
    """Walk every hash chain from the digest of the paper to its head."""
    previous: dict[int, str] = {}
    papers = dict(Sitting.objects.values_list("pk", "paper_digest"))
    for row in AnswerEntry.objects.order_by("sitting_id", "pk").iterator():
        before = previous.get(row.sitting_id, papers[row.sitting_id])
        wanted = chain_hash(
            before,
            sitting=row.sitting_id,
            epoch=row.epoch,
            seq=row.seq,
            at=row.at,
            late=row.late,
            answered=row.answered,
            answers=row.answers,
        )
        if (row.prev_hash, row.hash) != (before, wanted):
            yield Difference(f"exams.answers:{row.pk}", wanted, row.hash)
        previous[row.sitting_id] = row.hash


def verify_marks() -> Iterable[Difference]:
    """Recompute the latest mark of every sitting from paper key and journal, every practical mark from its parts."""
    latest = (
        MarkEntry.objects.annotate(last=Max("sitting__marks__revision"))
        .filter(revision=F("last"))
        .select_related("sitting__exam")
        .defer("sitting__paper")
    )
    for entries in _batches(latest.order_by("sitting_id").iterator(), 200):
        keys, rows = keys_and_rows([entry.sitting_id for entry in entries])
        for entry in entries:
            found = (entry.points, entry.maximum, entry.mark)
            try:
                result = compute_mark(entry.sitting, keys[entry.sitting_id], rows.get(entry.sitting_id, ()))
            except (ValueError, KeyError, TypeError, AttributeError) as problem:
                yield Difference(
                    f"exams.mark:{entry.pk}", f"unreadable answers ({problem})", "{}/{} = {}".format(*found)
                )
                continue
            expected = (result.points, result.maximum, percent_of(result.points, result.maximum))
            if expected != found:
                yield Difference(f"exams.mark:{entry.pk}", "{}/{} = {}".format(*expected), "{}/{} = {}".format(*found))
    for row in PracticalMark.objects.order_by("pk").iterator():
        total = sum(map(Decimal, row.rubric.values()), Decimal(0)) if row.rubric else None
        if total != row.value:
            yield Difference(f"exams.practical:{row.pk}", str(total), str(row.value))


def _batches(rows: Iterable[Any], size: int) -> Iterable[list[Any]]:
    batch: list[Any] = []
    for row in rows:
        batch.append(row)
        if len(batch) == size:
            yield batch
            batch = []
    if batch:
        yield batch
