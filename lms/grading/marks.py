"""The marks of a term, gathered from every plug-in that offers them (Wagtail hook `lms_mark_sources`)."""

from collections import defaultdict
from collections.abc import Iterable
from decimal import Decimal
from fractions import Fraction

from wagtail import hooks

from lms.grading.models import ResultVersion
from lms.grading.rules import PARTS
from lms.grading.selectors import read_marks
from lms.programmes.marks import MarkSource
from lms.programmes.models import Term
from lms.programmes.rules import Difference, PartMark

NOTHING = PartMark(None)


def mark_sources() -> list[MarkSource]:
    """All sources; a hook may return one `MarkSource` or several."""
    found: list[MarkSource] = []
    for hook in hooks.get_hooks("lms_mark_sources"):
        offered = hook()
        found.extend(offered if isinstance(offered, Iterable) else [offered])
    return found


def gather_marks(term: Term) -> dict[str, dict[int, PartMark]]:
    """Part -> enrolment id -> mark. Of several sources of one part the first that gives a mark counts."""
    gathered: dict[str, dict[int, PartMark]] = {part: {} for part in PARTS}
    for source in mark_sources():
        held = gathered[str(source.part.value)]
        for enrolment_id, mark in source.marks_of(term).items():
            if held.get(enrolment_id, NOTHING).value is None:
                held[enrolment_id] = mark
    return gathered


def verify_recorded_marks() -> Iterable[Difference]:
    """Every mark that a result was composed from, against the journal rows it names."""
    versions = list(ResultVersion.objects.order_by("pk").only("pk", "parts"))
    asked: dict[str, set[str]] = defaultdict(set)
    for version in versions:
        for part, row in version.parts.items():
            if row["value"] is not None and row["reference"]:
                asked[part].add(row["reference"])
    said = _recall(asked)
    for version in versions:
        for part, value in read_marks(version.parts).items():
            expected = said.get((part, version.parts[part]["reference"]))
            if value is not None and expected is not None and value != expected:
                yield Difference(f"lms_grading.resultversion:{version.pk} {part}", str(expected), str(value))


def _recall(asked: dict[str, set[str]]) -> dict[tuple[str, str], Fraction | Decimal]:
    found: dict[tuple[str, str], Fraction | Decimal] = {}
    for source in mark_sources():
        part = str(source.part.value)
        if source.recall is not None and asked.get(part):
            found |= {(part, reference): value for reference, value in source.recall(asked[part]).items()}
    return found
