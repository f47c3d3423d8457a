"""Marks and released results for tests."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any

from wagtail import hooks

from lms.grading.models import ResultVersion
from lms.grading.selectors import result_in_force
from lms.grading.services import compose_results, release_results
from lms.people.enums import Role
from lms.programmes.enums import MarkPart
from lms.programmes.marks import MarkSource
from lms.programmes.models import Enrolment, Term
from lms.programmes.rules import PartMark
from tests.factories import ZONE, staff

AFTER = datetime(2025, 4, 10, 10, 0, tzinfo=ZONE)


@contextmanager
def marks_given(given: dict[int, tuple[Any, Any, Any, Any, Any]]) -> Iterator[dict[int, tuple[Any, ...]]]:
    """Inside, the sources say these marks; the dict may be changed on the way."""
    table: dict[int, tuple[Any, ...]] = dict(given)

    def source(position: int, part: MarkPart) -> MarkSource:
        def marks_of(_term: Term) -> dict[int, PartMark]:
            return {pk: PartMark(_mark(row[position]), (f"{part.label}记录",), "t:1") for pk, row in table.items()}

        return MarkSource(part, marks_of)

    with ExitStack() as stack:
        saved = list(hooks._hooks.get("lms_mark_sources", []))
        hooks._hooks["lms_mark_sources"] = []
        stack.callback(hooks._hooks.__setitem__, "lms_mark_sources", saved)
        for position, part in enumerate(MarkPart):
            stack.enter_context(hooks.register_temporarily("lms_mark_sources", lambda p=position, q=part: source(p, q)))
        yield table


def _mark(value: Any) -> Any:
    return value if value is None or isinstance(value, Fraction) else Decimal(str(value))


def a_released_result(enrolment: Enrolment, *marks: Any) -> ResultVersion:
    """A result that went the whole way: composed and released by an administrator."""
    with marks_given({enrolment.pk: marks or (96, 84, 78, 86.5, 90)}):
        compose_results(enrolment.term, at=AFTER)
        release_results(enrolment.term, at=AFTER, actor=staff(Role.ADMINISTRATOR))
    version = result_in_force(enrolment)
    assert version is not None
    return version
