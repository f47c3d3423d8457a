"""Reads about marks: theory, practical, and what is not marked yet."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Exists, F, Max, OuterRef, QuerySet
from django.utils.translation import gettext as _

from lms.core.selectors import CompiledRead
from lms.exams.conf import exams_settings
from lms.exams.enums import ExamState
from lms.exams.models import AnswerEntry, Exam, MarkEntry, PaperKey, PracticalMark, Sitting
from lms.exams.rules import PaperMark, mark_paper, percent_of
from lms.exams.selectors.sittings import AFTER_DEADLINE, fold_rows, is_final
from lms.programmes.models import Enrolment, Term
from lms.programmes.rules import PartMark


def latest_mark(sitting: Sitting) -> MarkEntry | None:
    """The mark that counts."""
    return _latest_mark.first(sitting=sitting.pk)


def compute_mark(sitting: Sitting, keys: Mapping[str, Any], rows: Iterable[tuple[int, int, bool, str]]) -> PaperMark:
    """The mark by paper key and journal rows (epoch, seq, late, answers)."""
    return mark_paper(keys, fold_rows(rows), policy=sitting.exam.marking_policy)


def unmarked_expired(exam: Exam, at: datetime) -> QuerySet[Sitting]:
    """Sittings that ran out of time and have no mark in the journal yet, or only one from before extra time."""
    grace = timedelta(seconds=exams_settings.GRACE_SECONDS)
    limit = at - grace
    final = MarkEntry.objects.filter(sitting=OuterRef("pk"), at__gt=OuterRef("deadline") + grace)
    return (
        Sitting.objects.filter(exam=exam, submitted_at=None, deadline__lt=limit)
        .exclude(Exists(final))
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
    given = _marks_given(sittings)
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


def keys_and_rows(sittings: Sequence[int]) -> tuple[dict[int, Any], dict[int, list[tuple[int, int, bool, str]]]]:
    keys = dict(PaperKey.objects.filter(sitting_id__in=sittings).values_list("sitting_id", "keys"))
    rows: dict[int, list[tuple[int, int, bool, str]]] = {}
    entries = AnswerEntry.objects.filter(sitting_id__in=sittings).annotate(after=AFTER_DEADLINE)
    for pk, epoch, seq, after, text in entries.values_list("sitting_id", "epoch", "seq", "after", "answers"):
        rows.setdefault(pk, []).append((epoch, seq, after, text))
    return keys, rows


def _marks_given(sittings: Iterable[Sitting]) -> dict[int, tuple[Any, Any, Any]]:
    """The marks of the journal, without those given at a deadline that extra time has moved since."""
    by_pk = {sitting.pk: sitting for sitting in sittings}
    rows = (
        MarkEntry.objects.filter(sitting_id__in=list(by_pk))
        .order_by("sitting_id", "revision")
        .values_list("sitting_id", "at", "mark", "points", "maximum")
    )
    return {pk: (mark, points, maximum) for pk, at, mark, points, maximum in rows if is_final(by_pk[pk], at)}


def _marks_computed(sittings: Sequence[Sitting]) -> dict[int, tuple[Any, Any, Any]]:
    if not sittings:
        return {}
    keys, rows = keys_and_rows([sitting.pk for sitting in sittings])
    results = {s.pk: compute_mark(s, keys[s.pk], rows.get(s.pk, ())) for s in sittings}
    return {pk: (percent_of(r.points, r.maximum), r.points, r.maximum) for pk, r in results.items()}


def _part_mark(sitting: Sitting, given: tuple[Any, Any, Any] | None) -> PartMark:
    reference = f"exams.sitting:{sitting.pk}"
    title = sitting.exam.title
    if given is None:
        text = _("%(title)s: not sat") if sitting.started_at is None else _("%(title)s: in progress")
        return PartMark(None, (text % {"title": title},), reference)
    mark, points, maximum = given
    line = _("%(title)s: %(points)s of %(maximum)s points")
    return PartMark(mark, (line % {"title": title, "points": points, "maximum": maximum},), reference)


_latest_mark = CompiledRead(
    lambda sitting: MarkEntry.objects.filter(sitting_id=sitting).order_by("-revision")[:1], sitting=int
)
