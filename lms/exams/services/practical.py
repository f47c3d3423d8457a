"""The practical assessment: marks entered for a whole class (R11)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from lms.core.audit import record_act
from lms.core.exceptions import DomainError, Refusal
from lms.core.gates import ask
from lms.exams.conf import exams_settings
from lms.exams.models import PracticalMark
from lms.exams.rules import RubricProblem, check_rubric
from lms.exams.selectors import GATES, latest_practical, part_labels
from lms.programmes.models import Enrolment, Term
from lms.programmes.selectors import live_enrolments


@dataclass(frozen=True)
class PracticalEntry:
    """What the examiner entered for one learner. `points` None takes the mark back to "not given" (never 0 by silence).

    `revision` is the one on the screen when it was opened (0: none yet).
    """

    enrolment_id: int
    points: Mapping[str, Decimal | None] | None
    revision: int
    reason: str = ""


@transaction.atomic
def give_practical_marks(
    term: Term, entries: Sequence[PracticalEntry], *, at: datetime, examiner: Any
) -> list[PracticalMark]:
    """Add a row for each entry that changes something: all or nothing, every refusal at once.

    Each refusal's `figures` hold `enrolment` and, where one is wrong, `part`. Refused: a part missing or outside its
    range, a change without a reason, a row that somebody else changed meanwhile, a learner of another term, and
    whoever lost the right to be assessed (R12).
    """
    Term.objects.select_for_update().get(pk=term.pk)
    seats = {seat.pk: seat for seat in live_enrolments(term)}
    held = {mark.enrolment_id: mark for mark in latest_practical(term)}
    wanted = [entry for entry in entries if _changes(entry, held.get(entry.enrolment_id))]
    refusals = [
        refusal
        for entry in wanted
        for refusal in _refusals(entry, seats.get(entry.enrolment_id), held.get(entry.enrolment_id))
    ]
    if refusals:
        raise DomainError(*refusals)
    rows = PracticalMark.objects.bulk_create(
        PracticalMark(
            enrolment=seats[entry.enrolment_id],
            revision=entry.revision + 1,
            value=None if entry.points is None else _total(entry.points),
            rubric={} if entry.points is None else {part: str(points) for part, points in entry.points.items()},
            examiner=examiner,
            reason=entry.reason if entry.revision else "",
            at=at,
        )
        for entry in wanted
    )
    if rows:
        record_act(
            "lms_exams.practical",
            term,
            actor=examiner,
            before={str(row.enrolment.number): _said(held[row.enrolment_id].value) for row in rows if row.revision > 1},
            after={str(row.enrolment.number): _said(row.value) for row in rows},
        )
    return rows


def _changes(entry: PracticalEntry, held: PracticalMark | None) -> bool:
    """Whether the entry says something else than the journal; an untouched row is not refused for anything."""
    if held is None or not held.rubric:
        return entry.points is not None
    if entry.points is None:
        return True
    return {part: Decimal(points) for part, points in held.rubric.items()} != dict(entry.points)


def _said(value: Decimal | None) -> str | None:
    return None if value is None else str(value)


def _total(points: Mapping[str, Decimal | None]) -> Decimal:
    return sum((value for value in points.values() if value is not None), Decimal(0))


def _refusals(entry: PracticalEntry, seat: Enrolment | None, held: PracticalMark | None) -> list[Refusal]:
    where = {"enrolment": entry.enrolment_id}
    if seat is None:
        return [Refusal("not_in_term", _("This learner holds no seat in the term."), figures=where)]
    found = []
    if (held.revision if held else 0) != entry.revision:
        text = _("Somebody else has changed this mark meanwhile. Check it and enter it again.")
        return [Refusal("mark_changed", text, figures=where)]
    if entry.revision and not entry.reason.strip():
        found.append(Refusal("reason_missing", _("A changed mark needs a reason."), figures=where))
    if entry.points is not None:
        problems = check_rubric(entry.points, exams_settings.PRACTICAL_PARTS)
        found += [_say_rubric(problem, entry.enrolment_id) for problem in problems]
        found += [Refusal(r.code, r.sentence, r.explanation, {**r.figures, **where}, r.rule) for r in ask(GATES, seat)]
    return found


def _say_rubric(problem: RubricProblem, enrolment_id: int) -> Refusal:
    figures = {"part": part_labels().get(problem.part, problem.part), "limit": problem.limit}
    sentences = {
        "part_missing": _("%(part)s: enter the points, or leave every part empty."),
        "points_outside": _("%(part)s: from 0 to %(limit)s points, with at most two decimals."),
    }
    where = {"enrolment": enrolment_id, "part": problem.part, "limit": problem.limit}
    return Refusal(problem.code, sentences[problem.code] % figures, figures=where)
