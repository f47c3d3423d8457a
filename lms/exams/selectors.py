"""Reads about exams and sittings."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db import connection
from django.db.models import Count, F, Max, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from lms.core.exceptions import Refusal
from lms.core.gates import ask
from lms.exams.conf import exams_settings
from lms.exams.enums import ExamState
from lms.exams.models import AnswerEntry, Exam, MarkEntry, PaperKey, PracticalMark, Sitting
from lms.exams.rules import PaperMark, chain_hash, closes_for_good, fold_answers, mark_paper, percent_of
from lms.programmes.models import Enrolment, Term
from lms.programmes.rules import Difference, PartMark

GATES = "LMS_EXAMS_ADMISSION_GATES"


def server_now() -> datetime:
    """The clock that decides: the database's on PostgreSQL (all web processes agree), this process's on SQLite."""
    if connection.vendor != "postgresql":
        return timezone.now()
    with connection.cursor() as cursor:
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


def own_sitting(user: Any, **lookup: Any) -> Sitting | None:
    """One sitting of the user with exam, term, programme and person; None when it is not hers."""
    return (
        Sitting.objects.filter(owner_id=user.pk, **lookup)
        .exclude(exam__state=ExamState.DRAFT)
        .select_related("exam__term__programme", "enrolment__person", "enrolment__term__programme")
        .first()
    )


def start_refusals(sitting: Sitting, at: datetime) -> list[Refusal]:
    """Everything that stands against starting now, at once: the window, late entry, the seat, and every gate (R12).

    A sitting that has been started is not refused for late entry: re-entry is always possible until its deadline.
    """
    refusals = [*_window_refusals(sitting, at), *_seat_refusals(sitting)]
    return refusals + ask(GATES, sitting.enrolment)


@dataclass(frozen=True)
class SavedState:
    """What the journal holds of a sitting: the answers that count, the next number of the epoch, the last moment."""

    answers: dict[str, list[int]]
    next_seq: int
    last_save: datetime | None


def saved_state(sitting: Sitting) -> SavedState:
    """Everything the exam room needs from the journal: one query."""
    rows = list(AnswerEntry.objects.filter(sitting=sitting).values_list("epoch", "seq", "late", "answers", "at"))
    last_seq = max((row[1] for row in rows if row[0] == sitting.epoch), default=0)
    return SavedState(_fold(row[:4] for row in rows), last_seq + 1, max((row[4] for row in rows), default=None))


def head_hash(sitting: Sitting) -> str:
    """The end of the sitting's chain: the hash of the last entry, or the digest of the paper when there is none."""
    last = AnswerEntry.objects.filter(sitting=sitting).order_by("-pk").values_list("hash", flat=True).first()
    return last or sitting.paper_digest


def latest_mark(sitting: Sitting) -> MarkEntry | None:
    """The mark that counts."""
    return MarkEntry.objects.filter(sitting=sitting).order_by("-revision").first()


def is_final(sitting: Sitting, at: datetime) -> bool:
    """Whether the journal of the sitting can grow no more: submitted, or past deadline and grace."""
    if sitting.submitted_at is not None:
        return True
    return sitting.deadline is not None and at > closes_for_good(
        sitting.deadline, grace_seconds=exams_settings.GRACE_SECONDS
    )


def compute_mark(sitting: Sitting, keys: Mapping[str, Any], rows: Iterable[tuple[int, int, bool, str]]) -> PaperMark:
    """The mark by paper key and journal rows (epoch, seq, late, answers)."""
    return mark_paper(keys, _fold(rows), policy=sitting.exam.marking_policy)


def unmarked_expired(exam: Exam, at: datetime) -> QuerySet[Sitting]:
    """Sittings that ran out of time and have no mark in the journal yet."""
    limit = at - timedelta(seconds=exams_settings.GRACE_SECONDS)
    return (
        Sitting.objects.filter(exam=exam, submitted_at=None, deadline__lt=limit, marks=None)
        .select_related("exam")
        .defer("paper")
    )


def theory_marks(term: Term, at: datetime) -> dict[int, PartMark]:
    """Enrolment id -> theory mark of 0–100 (R11); None means not sat. Four queries for the whole term.

    With several exams (a re-sit) the best mark counts. A sitting that ran out of time is marked in passing, so that
    no process has to run at the deadline. A sitting in progress has no mark yet.
    """
    sittings = list(
        Sitting.objects.filter(exam__term=term)
        .exclude(exam__state=ExamState.DRAFT)
        .select_related("exam")
        .defer("paper")
    )
    given = _marks_given(sitting.pk for sitting in sittings)
    late = [s for s in sittings if s.pk not in given and s.started_at and is_final(s, at)]
    given |= _marks_computed(late)
    found: dict[int, PartMark] = {}
    for sitting in sittings:
        mark = _part_mark(sitting, given.get(sitting.pk))
        held = found.get(sitting.enrolment_id)
        if held is None or held.value is None or (mark.value is not None and mark.value > held.value):
            found[sitting.enrolment_id] = mark
    return found


def practical_marks(term: Term) -> dict[int, PartMark]:
    """Enrolment id -> practical mark of 0–100 (R11); None means not given. One query."""
    labels = part_labels()
    return {
        row.enrolment_id: PartMark(
            row.value,
            tuple(
                _("%(part)s: %(points)s of %(limit)s points")
                % {
                    "part": labels.get(part, part),
                    "points": points,
                    "limit": exams_settings.PRACTICAL_PARTS.get(part, ""),
                }
                for part, points in row.rubric.items()
            ),
            f"exams.practical:{row.pk}",
        )
        for row in latest_practical(term)
    }


def latest_practical(term: Term) -> QuerySet[PracticalMark]:
    """The practical mark that counts, for everybody who has one."""
    return (
        PracticalMark.objects.filter(enrolment__term=term)
        .annotate(last=Max("enrolment__practical_marks__revision"))
        .filter(revision=F("last"))
        .select_related("examiner")
    )


def practical_history(enrolment: Enrolment) -> QuerySet[PracticalMark]:
    """Every practical mark ever given to her, newest first."""
    return PracticalMark.objects.filter(enrolment=enrolment).select_related("examiner").order_by("-revision")


def part_labels() -> dict[str, str]:
    """Names of the parts of the practical mark."""
    return {"design": _("Design of the plan"), "carrying_out": _("Carrying out")}


@dataclass(frozen=True)
class LiveRow:
    """One line of the invigilator's list."""

    sitting: Sitting
    state: str
    answered: int
    last_save: datetime | None
    seconds_left: int | None


def live_rows(exam: Exam, at: datetime) -> list[LiveRow]:
    """Who is in, progress, last save and time left: two queries however many learners."""
    sittings = list(
        Sitting.objects.filter(exam=exam)
        .select_related("enrolment__person", "enrolment__group")
        .defer("paper")
        .order_by("enrolment__number")
    )
    latest = AnswerEntry.objects.filter(sitting__exam=exam).values("sitting_id").annotate(last=Max("pk"))
    saves = {
        sitting_id: (answered, moment)
        for sitting_id, answered, moment in AnswerEntry.objects.filter(pk__in=latest.values("last")).values_list(
            "sitting_id", "answered", "at"
        )
    }
    return [_live_row(sitting, saves.get(sitting.pk, (0, None)), at) for sitting in sittings]


def exams_listed() -> QuerySet[Exam]:
    """Exams with their term and the number of papers, starts and submissions."""
    return Exam.objects.select_related("term").annotate(
        papers=Count("sittings"),
        started=Count("sittings", filter=Q(sittings__started_at__isnull=False)),
        submitted=Count("sittings", filter=Q(sittings__submitted_at__isnull=False)),
    )


def exams_open(now: datetime) -> QuerySet[Exam]:
    """Published exams whose window is open."""
    return Exam.objects.filter(state=ExamState.PUBLISHED, opens_at__lte=now, closes_at__gt=now)


def clock_of(sitting_id: int, owner: int) -> dict[str, Any] | None:
    """Times and epoch of one sitting, for a browser that asks for its time left; None when it is not the owner's."""
    names = ("started_at", "deadline", "submitted_at", "epoch")
    return Sitting.objects.filter(pk=sitting_id, owner_id=owner).values(*names).first()


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
        keys, rows = _keys_and_rows([entry.sitting_id for entry in entries])
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


def _fold(rows: Iterable[tuple[int, int, bool, str]]) -> dict[str, list[int]]:
    return fold_answers((epoch, seq, late, json.loads(text)) for epoch, seq, late, text in rows)


def _marks_given(sittings: Iterable[int]) -> dict[int, tuple[Any, Any, Any]]:
    rows = (
        MarkEntry.objects.filter(sitting_id__in=list(sittings))
        .order_by("sitting_id", "revision")
        .values_list("sitting_id", "mark", "points", "maximum")
    )
    return {pk: (mark, points, maximum) for pk, mark, points, maximum in rows}


def _marks_computed(sittings: Sequence[Sitting]) -> dict[int, tuple[Any, Any, Any]]:
    if not sittings:
        return {}
    keys, rows = _keys_and_rows([sitting.pk for sitting in sittings])
    results = {s.pk: compute_mark(s, keys[s.pk], rows.get(s.pk, ())) for s in sittings}
    return {pk: (percent_of(r.points, r.maximum), r.points, r.maximum) for pk, r in results.items()}


def _keys_and_rows(sittings: Sequence[int]) -> tuple[dict[int, Any], dict[int, list[tuple[int, int, bool, str]]]]:
    keys = dict(PaperKey.objects.filter(sitting_id__in=sittings).values_list("sitting_id", "keys"))
    rows: dict[int, list[tuple[int, int, bool, str]]] = {}
    entries = AnswerEntry.objects.filter(sitting_id__in=sittings)
    for pk, epoch, seq, late, text in entries.values_list("sitting_id", "epoch", "seq", "late", "answers"):
        rows.setdefault(pk, []).append((epoch, seq, late, text))
    return keys, rows


def _part_mark(sitting: Sitting, given: tuple[Any, Any, Any] | None) -> PartMark:
    reference = f"exams.sitting:{sitting.pk}"
    title = sitting.exam.title
    if given is None:
        text = _("%(title)s: not sat") if sitting.started_at is None else _("%(title)s: in progress")
        return PartMark(None, (text % {"title": title},), reference)
    mark, points, maximum = given
    line = _("%(title)s: %(points)s of %(maximum)s points")
    return PartMark(mark, (line % {"title": title, "points": points, "maximum": maximum},), reference)


def _live_row(sitting: Sitting, save: tuple[int, datetime | None], at: datetime) -> LiveRow:
    state = sitting.state_at(at)
    left = None
    if state == "running" and sitting.deadline is not None:
        left = max(int((sitting.deadline - at).total_seconds()), 0)
    return LiveRow(sitting, state, min(save[0], sitting.questions), save[1], left)


def _batches(rows: Iterable[Any], size: int) -> Iterable[list[Any]]:
    batch: list[Any] = []
    for row in rows:
        batch.append(row)
        if len(batch) == size:
            yield batch
            batch = []
    if batch:
        yield batch


def entry_ends(exam: Exam) -> datetime:
    """The last moment to start."""
    if exam.late_entry_minutes is None:
        return exam.closes_at
    return min(exam.closes_at, exam.opens_at + timedelta(minutes=exam.late_entry_minutes))
