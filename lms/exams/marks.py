"""What exams say of the result (R11): the theory mark and the practical mark of a whole term."""

from collections.abc import Collection, Mapping
from decimal import Decimal

from lms.exams.models import PracticalMark
from lms.exams.selectors import practical_marks, server_now, theory_marks
from lms.programmes.enums import MarkPart
from lms.programmes.marks import MarkSource, rows_named
from lms.programmes.models import Term
from lms.programmes.rules import PartMark


def theory_now(term: Term) -> Mapping[int, PartMark]:
    """Theory marks as they stand at this moment by the server's clock."""
    return theory_marks(term, server_now())


def recall_practical(references: Collection[str]) -> Mapping[str, Decimal]:
    """What the practical marks that results name say now."""
    wanted = rows_named(references, "exams.practical:")
    rows = PracticalMark.objects.in_bulk(set(wanted.values()))
    return {text: (rows[pk].value if pk in rows else None) or Decimal(0) for text, pk in wanted.items()}


THEORY = MarkSource(MarkPart.THEORY, theory_now)
PRACTICAL = MarkSource(MarkPart.PRACTICAL, practical_marks, recall_practical)
