"""How a plug-in offers marks to the result (R11): the Wagtail hook `lms_mark_sources` returns a `MarkSource`."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from lms.programmes.enums import MarkPart
from lms.programmes.models import Term
from lms.programmes.rules import PartMark


@dataclass(frozen=True)
class MarkSource:
    """`marks_of(term)` gives enrolment id -> `PartMark` for the whole term in a fixed number of queries.

    `recall(references)` gives reference -> the mark that the journal rows it names say now, for verifying what results
    were composed from; references it does not know are left out. A row that is gone counts 0.
    """

    part: MarkPart
    marks_of: Callable[[Term], Mapping[int, PartMark]]
    recall: Callable[[Collection[str]], Mapping[str, Decimal | Fraction]] | None = None


def rows_named(references: Collection[str], prefix: str) -> dict[str, int]:
    """Reference -> primary key, of the references that begin with the prefix."""
    named = ((text, text.removeprefix(prefix)) for text in references if text.startswith(prefix))
    return {text: int(key) for text, key in named if key.isdigit()}
