"""What an employing unit sees of its own people: figures of each, and no session, time or reason."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from lms.attendance.selectors.sheets import Row, exclusions_in_force, term_sheet
from lms.people.models import Person, Unit
from lms.people.selectors import open_to_unit
from lms.programmes.models import Term
from lms.programmes.selectors import live_enrolments


@dataclass(frozen=True)
class UnitSheet:
    """Rows of those who agree to the handling of their data; `hidden` counts the others, `excluded` holds seats."""

    rows: Sequence[Row]
    hidden: int
    excluded: frozenset[int]


def unit_terms(unit: Unit) -> list[Term]:
    """Terms in which people of this unit hold a seat, the latest first."""
    terms = Term.objects.filter(enrolments__person__unit=unit, enrolments__state__in=["active", "completed"])
    return list(terms.select_related("programme").distinct().order_by("-starts_on", "-pk"))


def unit_sheet(unit: Unit, term: Term, *, at: datetime) -> UnitSheet:
    """The unit's own people in the term, those who missed most first; people of other units never."""
    people = Person.objects.filter(unit=unit)
    shown = frozenset(open_to_unit(people, at=at).values_list("pk", flat=True))
    rows = term_sheet(term, only=lambda seat: seat.person_id in shown).rows
    held = live_enrolments(term).filter(person__in=people).count()
    excluded = frozenset(exclusions_in_force(term))
    return UnitSheet(sorted(rows, key=lambda row: -row.standing.missed), held - len(rows), excluded)
