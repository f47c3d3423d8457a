"""Assignments as one learner, the marking desk and the result see them."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any

from django.db.models import Exists, OuterRef, QuerySet, Subquery
from django.utils.translation import gettext as _

from lms.core.selectors import CompiledRead
from lms.modules.enums import SubmissionKind, WorkState
from lms.modules.models import Assignment, AssignmentMark, Submission
from lms.modules.rules import Outcome, average_mark
from lms.programmes.models import Enrolment, Term
from lms.programmes.rules import PartMark
from lms.programmes.selectors import live_enrolments

MARKS = "modules.marks:"


@dataclass(frozen=True)
class Work:
    """One assignment as it stands for one learner."""

    assignment: Assignment
    saved_at: datetime | None
    handed_in_at: datetime | None
    mark: Decimal | None
    past_due: bool

    @property
    def state(self) -> WorkState:
        """Where the learner stands; a computed state, never a stored one."""
        if self.mark is not None:
            return WorkState.MARKED
        if self.handed_in_at is not None:
            return WorkState.SUBMITTED
        if self.past_due:
            return WorkState.MISSED
        return WorkState.DRAFTED if self.saved_at else WorkState.OPEN

    @property
    def tone(self) -> str:
        """The colour family of the state's badge."""
        tones = {WorkState.MARKED: "done", WorkState.MISSED: "danger", WorkState.SUBMITTED: "info"}
        return tones.get(self.state, "attention")


def works_of(enrolment: Enrolment, *, at: datetime, module_id: int | None = None) -> list[Work]:
    """Published assignments of the learner's term, soonest deadline first; one query."""
    if module_id is None:
        found = _term_works(term=enrolment.term_id, enrolment=enrolment.pk)
    else:
        found = _module_works(term=enrolment.term_id, enrolment=enrolment.pk, module=module_id)
    return [_work(assignment, at) for assignment in found]


def work_of(enrolment: Enrolment, pk: int, *, at: datetime) -> Work | None:
    """One published assignment of the learner's own term, or None."""
    found = _with_state(Assignment.objects.filter(term_id=enrolment.term_id, published=True, pk=pk), enrolment.pk)
    assignment = found.select_related("module").first()
    return _work(assignment, at) if assignment else None


def last_submission(enrolment: Enrolment, assignment: Assignment, *, kind: str = "") -> Submission | None:
    """The latest saved text, draft or handed in, or of one kind."""
    saved = Submission.objects.filter(enrolment=enrolment, assignment=assignment)
    return (saved.filter(kind=kind) if kind else saved).order_by("-revision").first()


def last_mark(enrolment: Enrolment, assignment: Assignment) -> AssignmentMark | None:
    """The mark that counts."""
    marks = AssignmentMark.objects.filter(enrolment=enrolment, assignment=assignment)
    return marks.select_related("actor__person").order_by("-revision").first()


def works_to_mark(assignment: Assignment) -> QuerySet[Any]:
    """Everybody in the term with `handed_in_at`, `mark` and `marked_at` for this assignment, by number; one query."""
    handed_in = Submission.objects.filter(
        enrolment=OuterRef("pk"), assignment=assignment, kind=SubmissionKind.FINAL
    ).order_by("-revision")
    marks = AssignmentMark.objects.filter(enrolment=OuterRef("pk"), assignment=assignment).order_by("-revision")
    return live_enrolments(assignment.term).annotate(
        handed_in_at=Subquery(handed_in.values("at")[:1]),
        mark=Subquery(marks.values("value")[:1]),
        marked_at=Subquery(marks.values("at")[:1]),
    )


def next_unmarked(assignment: Assignment, *, after: Enrolment | None = None) -> Enrolment | None:
    """The next learner, in order of numbers and round again, whose text waits for a mark."""
    waiting = works_to_mark(assignment).filter(handed_in_at__isnull=False, mark__isnull=True)
    if after is not None:
        following = waiting.exclude(pk=after.pk).filter(number__gt=after.number).first()
        return following or waiting.exclude(pk=after.pk).first()
    return waiting.first()


def count_unmarked() -> int:
    """How many handed-in works wait for a mark, over all terms; one query."""
    marks = AssignmentMark.objects.filter(enrolment=OuterRef("enrolment"), assignment=OuterRef("assignment"))
    finals = Submission.objects.filter(~Exists(marks), kind=SubmissionKind.FINAL, assignment__published=True)
    return finals.order_by().values("enrolment_id", "assignment_id").distinct().count()


def assignment_part_marks(term: Term, *, at: datetime) -> Mapping[int, PartMark]:
    """R11: enrolment id -> mean of all published assignments; nothing handed in by the deadline counts 0 (R13).

    None while an assignment is still open or a text unmarked. Four queries for the whole term.
    """
    assignments = list(Assignment.objects.filter(term=term, published=True))
    finals = Submission.objects.filter(assignment__in=assignments, kind=SubmissionKind.FINAL)
    handed_in = set(finals.values_list("enrolment_id", "assignment_id").distinct())
    rows = AssignmentMark.objects.filter(assignment__in=assignments).order_by("revision")
    marks = {(row.enrolment_id, row.assignment_id): row for row in rows.only("enrolment", "assignment", "value")}
    outcomes: dict[int, list[Outcome]] = defaultdict(list)
    used: dict[int, list[str]] = defaultdict(list)
    for enrolment in live_enrolments(term).values_list("pk", flat=True):
        for task in assignments:
            key = (enrolment, task.pk)
            mark = marks.get(key)
            outcomes[enrolment].append(
                Outcome(task.title, mark.value if mark else None, key in handed_in, task.due_at <= at)
            )
            used[enrolment] += [str(mark.pk)] if mark else []
    return {
        enrolment: PartMark(
            average_mark(found), tuple(map(_explain, found)), f"{MARKS}{','.join(used[enrolment])}/{len(found)}"
        )
        for enrolment, found in outcomes.items()
    }


def recall_marks(references: Collection[str]) -> Mapping[str, Fraction]:
    """What the marks that results name say now: the mean of so many assignments, those not named counting 0 (R13)."""
    named = {}
    for text in references:
        keys, _slash, count = text.removeprefix(MARKS).partition("/")
        if text.startswith(MARKS) and count.isdigit() and int(count):
            named[text] = ([int(key) for key in keys.split(",") if key], int(count))
    rows = AssignmentMark.objects.in_bulk({pk for pks, _count in named.values() for pk in pks})
    return {
        text: sum((Fraction(rows[pk].value) for pk in pks if pk in rows), Fraction(0)) / count
        for text, (pks, count) in named.items()
    }


def _explain(outcome: Outcome) -> str:
    if outcome.mark is not None:
        return _("%(title)s: %(mark)s of 100") % {"title": outcome.title, "mark": f"{outcome.mark.normalize():f}"}
    if outcome.handed_in:
        return _("%(title)s: handed in, not marked yet") % {"title": outcome.title}
    if outcome.past_due:
        return _("%(title)s: 0 of 100, nothing was handed in by the deadline (R13)") % {"title": outcome.title}
    return _("%(title)s: not due yet") % {"title": outcome.title}


def _with_state(assignments: QuerySet[Assignment], enrolment: int) -> QuerySet[Assignment]:
    saved = Submission.objects.filter(enrolment=enrolment, assignment=OuterRef("pk")).order_by("-revision")
    marks = AssignmentMark.objects.filter(enrolment=enrolment, assignment=OuterRef("pk")).order_by("-revision")
    return assignments.annotate(
        saved_at=Subquery(saved.values("at")[:1]),
        handed_in_at=Subquery(saved.filter(kind=SubmissionKind.FINAL).values("at")[:1]),
        mark=Subquery(marks.values("value")[:1]),
    )


def _work(assignment: Assignment, at: datetime) -> Work:
    held = assignment.__dict__
    return Work(assignment, held["saved_at"], held["handed_in_at"], held["mark"], assignment.due_at <= at)


def _published(term: int, enrolment: int, **module: int) -> QuerySet[Assignment]:
    return _with_state(Assignment.objects.filter(term_id=term, published=True, **module), enrolment)


_term_works = CompiledRead(_published, term=int, enrolment=int)
_module_works = CompiledRead(_published, term=int, enrolment=int, module=int)
