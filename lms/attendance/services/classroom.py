"""Marks for classroom performance (R11)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from lms.attendance.models import ClassroomMark
from lms.attendance.selectors import classroom_values
from lms.core.audit import record_act
from lms.core.exceptions import refuse
from lms.programmes.models import Enrolment, Term


@dataclass(frozen=True)
class ClassroomValue:
    """The mark one learner is to have, 0–100 with at most two decimals."""

    enrolment: Enrolment
    value: Decimal


@transaction.atomic
def set_classroom_marks(
    term: Term, values: Iterable[ClassroomValue], *, at: datetime, actor: Any, reason: str = ""
) -> Sequence[ClassroomMark]:
    """New rows for marks that differ from the latest ones; equal marks add nothing.

    Refuses `mark_out_of_range`, `other_term`, and `reason_missing` when a mark that was given is changed.
    """
    term = Term.objects.select_for_update().get(pk=term.pk)
    held = classroom_values(term)
    rows = []
    for wanted in values:
        _require_value(term, wanted)
        last = held.get(wanted.enrolment.pk)
        if last is not None and last.value == wanted.value:
            continue
        if last is not None and not reason.strip():
            raise refuse("reason_missing", _("Give a reason for changing a mark that was already given."))
        rows.append(
            ClassroomMark(
                enrolment=wanted.enrolment,
                revision=(last.revision if last else 0) + 1,
                value=wanted.value,
                reason=reason.strip(),
                actor=actor,
                at=at,
            )
        )
    if rows:
        record_act(
            "lms_attendance.classroom_marks",
            term,
            actor=actor,
            reason=reason,
            before={str(row.enrolment.number): str(held[row.enrolment_id].value) for row in rows if row.revision > 1},
            after={str(row.enrolment.number): str(row.value) for row in rows},
        )
    return ClassroomMark.objects.bulk_create(rows)


def _require_value(term: Term, wanted: ClassroomValue) -> None:
    if not 0 <= wanted.value <= 100 or wanted.value != wanted.value.quantize(Decimal("0.01")):
        raise refuse("mark_out_of_range", _("A mark lies between 0 and 100 and has at most two decimals."), rule="R11")
    if wanted.enrolment.term_id != term.pk:
        raise refuse("other_term", _("This learner belongs to another term."))
