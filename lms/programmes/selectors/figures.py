"""A stored programme as the document its file would be, so that both compare key by key."""

from collections.abc import Iterable
from decimal import Decimal
from fractions import Fraction
from typing import Any

from lms.programmes.models import ClassGroup, Programme, Term
from lms.programmes.rules import Figures, class_hours, flatten

#: File key -> field of Programme, for figures that are stored as they are written.
PLAIN = {
    "programme": {key: key for key in ("slug", "name", "year", "organiser", "summary")},
    "assessment": {
        "regular": "weight_regular",
        "theory": "weight_theory",
        "practical": "weight_practical",
        "regular_attendance": "weight_attendance",
        "regular_classroom": "weight_classroom",
        "regular_assignments": "weight_assignments",
        "pass_mark": "pass_mark",
        "minimum_regular": "minimum_regular",
        "minimum_theory": "minimum_theory",
        "minimum_practical": "minimum_practical",
    },
    "absence": {"leave_counts": "leave_counts_as_absence", "late_grace_minutes": "late_grace_minutes"},
    "check_in": {"opens_before": "check_in_opens_before", "closes_after": "check_in_closes_after"},
    "appeal": {"working_days": "appeal_working_days"},
    "certificate": {"refresh_years": "refresh_years", "number_pattern": "number_pattern"},
    "fee": {"includes": "fee_includes", "refund_days": "refund_days", "between_default": "refund_between"},
    "eligibility": {"minimum_degree": "minimum_degree", "appraisal_years": "appraisal_years"},
}
#: File key -> field of Programme, for class hours that are stored as minutes.
HOURS = {
    "required_offline": "required_offline_minutes",
    "certificate_total": "certificate_minutes",
    "certificate_online": "certificate_online_minutes",
}
TERM_FIELDS = ("code", "name", "starts_on", "ends_on", "registration_opens_on", "registration_closes_on", "capacity")
GROUP_FIELDS = ("code", "name", "kind", "capacity")
NOTES = ("documents", "discipline", "faq")


def stored_document(programme: Programme) -> dict[str, Any]:
    """The programme with everything below it in the shape of its file, without `format`. Five queries."""
    minutes = programme.class_hour_minutes
    return {
        **figures_of(programme),
        "modules": [
            {
                "kind": module.kind,
                "title": module.title,
                "courses": [
                    {
                        "code": course.code,
                        "title": course.title,
                        "summary": course.summary,
                        "offline_hours": _hours(course.offline_minutes, minutes),
                    }
                    for course in module.courses.all()
                ],
            }
            for module in programme.modules.prefetch_related("courses")
        ],
        "terms": [term_document(term, term.groups.all()) for term in programme.terms.prefetch_related("groups")],
        **{key: programme.notes.get(key, []) for key in NOTES},
    }


def figures_of(programme: Programme) -> dict[str, Any]:
    """The programme's own figures, from the object as it stands in memory, with its stored subsidy rates."""
    document: dict[str, Any] = {
        section: {key: getattr(programme, name) for key, name in fields.items()} for section, fields in PLAIN.items()
    }
    minutes = programme.class_hour_minutes
    document["hours"] = {
        "class_hour_minutes": minutes,
        **{key: _hours(getattr(programme, name), minutes) for key, name in HOURS.items()},
    }
    document["absence"]["limit"] = programme.absence_limit
    document["eligibility"]["priority"] = tuple(programme.priority_grounds)
    document["fee"]["amount_yuan"] = Decimal(programme.fee_fen).scaleb(-2)
    document["fee"]["subsidies"] = [
        {"authority": row.authority, "rate": Fraction(row.numerator, row.denominator), "note": row.note}
        for row in (programme.subsidies.all() if programme.pk else ())
    ]
    return document


def term_document(term: Term, groups: Iterable[ClassGroup] = ()) -> dict[str, Any]:
    """A term with its classes."""
    rows = [{key: getattr(group, key) for key in GROUP_FIELDS} for group in groups]
    return {**{key: getattr(term, key) for key in TERM_FIELDS}, "groups": rows}


def flat_figures(programme: Programme) -> Figures:
    """Every stored figure under its key in the file."""
    return flatten(stored_document(programme))


def _hours(minutes: int, class_hour_minutes: int) -> int | str:
    """Class hours as the file writes them; an exact fraction where minutes were typed on a screen."""
    exact = class_hours(minutes, class_hour_minutes)
    return exact.numerator if exact.denominator == 1 else str(exact)
