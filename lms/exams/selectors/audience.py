"""Who an exam is for, and who may need a further one."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from fractions import Fraction

from django.db.models import QuerySet

from lms.exams.enums import Audience
from lms.exams.models import Candidate, Exam, Sitting
from lms.exams.selectors.marks import theory_marks
from lms.programmes.models import Enrolment
from lms.programmes.selectors import live_enrolments

ABSENT, FAILED, PASSED, WRITING = "absent", "failed", "passed", "writing"


def seats_for(exam: Exam) -> QuerySet[Enrolment]:
    """The seats an exam is for: everybody who holds one in the term, or those chosen among them."""
    seats = live_enrolments(exam.term)
    if exam.audience == Audience.ALL:
        return seats
    return seats.filter(pk__in=Candidate.objects.filter(exam=exam).values("enrolment"))


@dataclass(frozen=True)
class CandidateRow:
    """A seat of the term with its best theory mark so far. `standing` is absent, failed, passed or writing."""

    seat: Enrolment
    mark: Decimal | Fraction | None
    standing: str
    chosen: bool
    drawn: bool


def candidate_rows(exam: Exam, at: datetime) -> Sequence[CandidateRow]:
    """Everybody of the term, as a further exam looks at them (R11, R13). A fixed number of queries.

    Failed means below the lowest theory mark of the programme or, where there is none, below its pass mark; absent
    means without any theory mark. Whoever writes another exam of the term at this moment is neither.
    """
    programme = exam.term.programme
    limit = Fraction(programme.minimum_theory or programme.pass_mark)
    marks = theory_marks(exam.term, at)
    chosen = set(Candidate.objects.filter(exam=exam).values_list("enrolment_id", flat=True))
    drawn = set(Sitting.objects.filter(exam=exam).values_list("enrolment_id", flat=True))
    open_still = Sitting.objects.filter(exam__term=exam.term, submitted_at=None, deadline__gte=at).exclude(exam=exam)
    writing = set(open_still.values_list("enrolment_id", flat=True))
    rows = []
    for seat in live_enrolments(exam.term):
        mark = marks[seat.pk].value if seat.pk in marks else None
        standing = WRITING if seat.pk in writing else _standing(mark, limit)
        rows.append(CandidateRow(seat, mark, standing, seat.pk in chosen, seat.pk in drawn))
    return rows


def _standing(mark: Decimal | Fraction | None, limit: Fraction) -> str:
    if mark is None:
        return ABSENT
    return FAILED if Fraction(mark) < limit else PASSED
