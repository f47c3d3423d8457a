"""The assignments' part of the regular mark (R11)."""

from collections.abc import Mapping

from django.utils import timezone

from lms.modules.selectors import assignment_part_marks, recall_marks
from lms.programmes.enums import MarkPart
from lms.programmes.marks import MarkSource
from lms.programmes.models import Term
from lms.programmes.rules import PartMark


def marks_of(term: Term) -> Mapping[int, PartMark]:
    """As of now: whether a deadline has passed is a computed state."""
    return assignment_part_marks(term, at=timezone.now())


assignment_marks = MarkSource(part=MarkPart.ASSIGNMENTS, marks_of=marks_of, recall=recall_marks)
