"""Reads about branches: answers that were not merged."""

import json
from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Count, Q, QuerySet

from lms.exams.models import BranchEntry, Exam, Sitting
from lms.exams.rules import AnswerDifference, compare_answers, fold_branch, made_in_time


@dataclass(frozen=True)
class Branch:
    """The entries of one device (epoch) that wait; `late` are those that cannot be adopted.

    `differences` are against the answers that count now.
    """

    epoch: int
    entries: list[BranchEntry]
    late: list[BranchEntry]
    differences: tuple[AnswerDifference, ...]


def branch_rows(exam: Exam) -> QuerySet[Sitting]:
    """Started sittings with how many entries wait (`waiting`) and were decided (`decided`), those that wait first."""
    return (
        Sitting.objects.filter(exam=exam, started_at__isnull=False)
        .select_related("enrolment__person", "enrolment__group")
        .defer("paper")
        .annotate(
            waiting=Count("branch_entries", filter=Q(branch_entries__decision=None)),
            decided=Count("branch_entries", filter=Q(branch_entries__decision__isnull=False)),
        )
        .order_by("-waiting", "-decided", "enrolment__number")
    )


def branches_waiting(exam: Exam) -> int:
    """How many sittings of the exam hold entries nobody has decided about: one query."""
    rows = BranchEntry.objects.filter(sitting__exam=exam, decision=None)
    return rows.values("sitting_id").distinct().count()


def open_branches(sitting: Sitting, held: dict[str, list[int]]) -> list[Branch]:
    """What waits for a decision, by device; `held` are the answers that count now. One query."""
    rows: dict[int, list[BranchEntry]] = {}
    waiting = BranchEntry.objects.filter(sitting=sitting, decision=None).select_related("uploaded_by")
    for row in waiting.order_by("epoch", "seq", "pk"):
        rows.setdefault(row.epoch, []).append(row)
    return [_branch(sitting, epoch, found, held) for epoch, found in rows.items()]


def decided_branches(sitting: Sitting) -> QuerySet[BranchEntry]:
    """Entries with their decision, newest decision first: one query."""
    found = BranchEntry.objects.filter(sitting=sitting, decision__isnull=False)
    return found.select_related("decision__actor").order_by("-decision__at", "epoch", "seq", "pk")


def fold_entries(entries: Iterable[BranchEntry]) -> dict[str, list[int]]:
    """The last word of these entries for each question."""
    return fold_branch((entry.epoch, entry.seq, json.loads(entry.answers)) for entry in entries)


def _branch(sitting: Sitting, epoch: int, entries: list[BranchEntry], held: dict[str, list[int]]) -> Branch:
    ends = {"deadline": sitting.deadline, "submitted_at": sitting.submitted_at}
    late = [entry for entry in entries if not made_in_time(entry.made_at, **ends)]
    return Branch(epoch, entries, late, compare_answers(held, fold_entries(entries)))
