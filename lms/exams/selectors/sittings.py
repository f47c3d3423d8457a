"""Reads about one sitting and its owner."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import connection
from django.db.models import F, Q, QuerySet
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext as _

from lms.core.exceptions import Refusal
from lms.core.gates import ask
from lms.core.selectors import CompiledRead, preparing_cursor
from lms.exams.conf import exams_settings
from lms.exams.enums import ExamState
from lms.exams.models import AnswerEntry, Exam, Sitting
from lms.exams.rules import closes_for_good, fold_answers

GATES = "LMS_EXAMS_ADMISSION_GATES"
# Whether a save counts is judged by its moment and the deadline now in force, which extra time may have moved since.
# `AnswerEntry.late` says what its receipt said; it stands in the hash chain and never changes.
AFTER_DEADLINE = Q(at__gt=F("sitting__deadline"))


def server_now() -> datetime:
    """The clock that decides: the database's on PostgreSQL (all web processes agree), this process's on SQLite."""
    if connection.vendor != "postgresql":
        return timezone.now()
    with preparing_cursor(connection) as cursor:
        cursor.execute("SELECT statement_timestamp()")
        found: datetime = cursor.fetchone()[0]
    return found


def sittings_of(user: Any) -> QuerySet[Sitting]:
    """The user's own sittings of published and closed exams, newest first, without the papers."""
    return (
        Sitting.objects.filter(owner_id=user.pk)
        .exclude(exam__state=ExamState.DRAFT)
        .select_related("exam")
        .defer("paper")
        .order_by("-exam__opens_at", "pk")
    )


def own_sitting(user: Any, **lookup: int) -> Sitting | None:
    """One sitting of the user, by `pk` or by `exam_id`; None when it is not hers. One compiled query.

    By `pk` it brings its exam, for the room and all that follows; by `exam_id` also the seat, for what is asked before
    a start.
    """
    return _OWN[next(iter(lookup))].first(user=user.pk, **lookup)


def start_refusals(sitting: Sitting, at: datetime) -> list[Refusal]:
    """Everything that stands against starting now, at once: the window, late entry, the seat, and every gate (R12).

    A sitting that has been started is not refused for late entry: re-entry is always possible until its deadline.
    """
    refusals = [*_window_refusals(sitting, at), *_seat_refusals(sitting)]
    return refusals + ask(GATES, sitting.enrolment)


#: The journal of one sitting, oldest first: (epoch, seq, after the deadline, answers, at, hash).
journal_rows = CompiledRead(
    lambda sitting: (
        AnswerEntry.objects.filter(sitting_id=sitting)
        .annotate(after=AFTER_DEADLINE)
        .order_by("pk")
        .values_list("epoch", "seq", "after", "answers", "at", "hash")
    ),
    sitting=int,
)


@dataclass(frozen=True)
class SavedState:
    """What the journal holds of a sitting: the answers that count, the next number of the epoch, the last moment."""

    answers: dict[str, list[int]]
    next_seq: int
    last_save: datetime | None


def saved_state(sitting: Sitting) -> SavedState:
    """Everything the exam room needs from the journal: one compiled query."""
    rows = journal_rows(sitting=sitting.pk)
    last_seq = max((row[1] for row in rows if row[0] == sitting.epoch), default=0)
    return SavedState(fold_rows(row[:4] for row in rows), last_seq + 1, max((row[4] for row in rows), default=None))


def head_hash(sitting: Sitting) -> str:
    """The end of the sitting's chain: the hash of the last entry, or the digest of the paper when there is none."""
    last = AnswerEntry.objects.filter(sitting=sitting).order_by("-pk").values_list("hash", flat=True).first()
    return last or sitting.paper_digest


def is_final(sitting: Sitting, at: datetime) -> bool:
    """Whether the journal of the sitting can grow no more: submitted, or past deadline and grace."""
    if sitting.submitted_at is not None:
        return True
    return sitting.deadline is not None and at > closes_for_good(
        sitting.deadline, grace_seconds=exams_settings.GRACE_SECONDS
    )


def clock_of(sitting_id: int, owner: int) -> dict[str, Any] | None:
    """Times and epoch of one sitting, for a browser that asks for its time left; None when it is not the owner's.

    With the server's clock as `now`. One statement: every open browser asks every few seconds.
    """
    names = ("started_at", "deadline", "submitted_at", "epoch")
    rows = Sitting.objects.filter(pk=sitting_id, owner_id=owner)
    if connection.vendor == "postgresql":
        return rows.values(*names, now=Now()).first()
    found: dict[str, Any] | None = rows.values(*names).first()
    return found and {**found, "now": timezone.now()}


def entry_ends(exam: Exam) -> datetime:
    """The last moment to start."""
    if exam.late_entry_minutes is None:
        return exam.closes_at
    return min(exam.closes_at, exam.opens_at + timedelta(minutes=exam.late_entry_minutes))


def fold_rows(rows: Iterable[tuple[int, int, bool, str]]) -> dict[str, list[int]]:
    """The answers that count, of journal rows (epoch, seq, late, answers)."""
    return fold_answers((epoch, seq, late, json.loads(text)) for epoch, seq, late, text in rows)


def _window_refusals(sitting: Sitting, at: datetime) -> list[Refusal]:
    exam = sitting.exam
    if exam.state != ExamState.PUBLISHED:
        return [Refusal("exam_not_open", _("This exam is not open."))]
    if sitting.submitted_at is not None:
        return [Refusal("submitted", _("You have handed in this exam."))]
    if sitting.started_at is not None:
        if sitting.deadline is not None and at > sitting.deadline:
            return [Refusal("deadline_passed", _("The time of this exam is over. What was saved counts."))]
        return []
    if at < exam.opens_at:
        return [Refusal("not_yet_open", _("This exam has not opened yet."), figures={"opens_at": exam.opens_at})]
    if at >= exam.closes_at:
        return [Refusal("exam_over", _("This exam is over."), figures={"closes_at": exam.closes_at})]
    if at > entry_ends(exam):
        text = _("One may start until %(minutes)s minutes after the opening. That time is over.")
        figures = {"minutes": exam.late_entry_minutes}
        return [Refusal("late_entry_over", text % figures, figures=figures)]
    return []


def _seat_refusals(sitting: Sitting) -> list[Refusal]:
    if sitting.enrolment.ended_at is None or sitting.enrolment.state == "completed":
        return []
    return [Refusal("seat_ended", _("Your seat in this term has ended."))]


_BY_OWNER = Sitting.objects.exclude(exam__state=ExamState.DRAFT)
_OWN = {
    "pk": CompiledRead(
        lambda user, pk: _BY_OWNER.filter(owner_id=user, pk=pk).select_related("exam__browser"), user=int, pk=int
    ),
    "exam_id": CompiledRead(
        lambda user, exam_id: _BY_OWNER.filter(owner_id=user, exam_id=exam_id).select_related(
            "exam__browser", "enrolment"
        ),
        user=int,
        exam_id=int,
    ),
}
