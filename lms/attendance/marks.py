"""What attendance gives to the result (R11): attendance, and classroom performance."""

from collections.abc import Collection, Mapping
from decimal import ROUND_HALF_UP, Decimal

from django.utils.translation import gettext as _

from lms.attendance.models import ClassroomMark
from lms.attendance.selectors import Row, classroom_values, term_sheet
from lms.attendance.selectors.sheets import percent
from lms.programmes.marks import rows_named
from lms.programmes.models import Term
from lms.programmes.rules import PartMark, show_hours
from lms.programmes.selectors import live_enrolments

CLASSROOM = "attendance.classroommark:"


def attendance_marks(term: Term) -> Mapping[int, PartMark]:
    """Earned of scheduled class minutes of closed sessions, in hundredths, exact; None before one closed."""
    hour = term.programme.class_hour_minutes
    return {row.enrolment.pk: _attendance_mark(row, hour) for row in term_sheet(term).rows}


def classroom_marks(term: Term) -> Mapping[int, PartMark]:
    """The latest mark an assistant or instructor gave; None when none was given."""
    given = classroom_values(term)
    none = PartMark(None, (_("No mark for classroom performance was given yet."),))
    found = dict.fromkeys(live_enrolments(term).values_list("pk", flat=True), none)
    for pk, mark in given.items():
        line = _("Classroom performance: %(mark)s of 100") % {"mark": f"{mark.value.normalize():f}"}
        found[pk] = PartMark(mark.value, (line,), f"{CLASSROOM}{mark.pk}")
    return found


def recall_classroom(references: Collection[str]) -> Mapping[str, Decimal]:
    """What the classroom marks that results name say now."""
    wanted = rows_named(references, CLASSROOM)
    rows = ClassroomMark.objects.in_bulk(set(wanted.values()))
    return {text: rows[pk].value if pk in rows else Decimal(0) for text, pk in wanted.items()}


def _attendance_mark(row: Row, hour: int) -> PartMark:
    standing = row.standing
    value = percent(standing.earned, standing.so_far)
    if value is None:
        return PartMark(None, (_("No session was closed yet."),))
    line = _("Attendance: %(earned)s of %(held)s class hours held = %(mark)s") % {
        "earned": show_hours(standing.earned, hour),
        "held": show_hours(standing.so_far, hour),
        "mark": (Decimal(value.numerator) / value.denominator).quantize(Decimal("0.01"), ROUND_HALF_UP),
    }
    return PartMark(value, (line,), "attendance.sheet")
