"""Putting a clean programme document into rows: what it names is made or updated; only subsidies are ever deleted."""

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from lms.programmes.models import ClassGroup, Course, Module, Programme, SubsidyRate, Term
from lms.programmes.selectors.figures import GROUP_FIELDS, HOURS, NOTES, PLAIN, TERM_FIELDS

Document = Mapping[str, Any]


def write_programme(programme: Programme | None, document: Document) -> Programme:
    """Make the rows say what the document says. Runs in the caller's transaction, under her lock."""
    written = programme or Programme()
    for name, value in _own_values(document).items():
        setattr(written, name, value)
    written.save()
    _write_subsidies(written, document["fee"]["subsidies"])
    _write_modules(written, document)
    for row in document["terms"]:
        _write_term(written, row)
    return written


def percent_parts(rate: Fraction) -> tuple[int, int]:
    """Numerator and denominator as people write them: in hundredths where that is exact."""
    if 100 % rate.denominator == 0:
        return rate.numerator * (100 // rate.denominator), 100
    return rate.numerator, rate.denominator


def _own_values(document: Document) -> dict[str, Any]:
    plain = {name: document[section][key] for section, fields in PLAIN.items() for key, name in fields.items()}
    hours = document["hours"]
    limit: Fraction = document["absence"]["limit"]
    return {
        **plain,
        "class_hour_minutes": hours["class_hour_minutes"],
        **{name: hours[key] * hours["class_hour_minutes"] for key, name in HOURS.items()},
        "absence_numerator": limit.numerator,
        "absence_denominator": limit.denominator,
        "fee_fen": int(document["fee"]["amount_yuan"].scaleb(2)),
        "priority_grounds": list(document["eligibility"]["priority"]),
        "notes": {key: [dict(row) for row in document[key]] for key in NOTES},
    }


def _write_subsidies(programme: Programme, rows: list[Document]) -> None:
    programme.subsidies.exclude(authority__in=[row["authority"] for row in rows]).delete()
    for row in rows:
        numerator, denominator = percent_parts(row["rate"])
        SubsidyRate.objects.update_or_create(
            programme=programme,
            authority=row["authority"],
            defaults={"numerator": numerator, "denominator": denominator, "note": row["note"]},
        )


def _write_modules(programme: Programme, document: Document) -> None:
    minutes = document["hours"]["class_hour_minutes"]
    held = {course.code: course for course in Course.objects.filter(module__programme=programme)}
    for place, row in enumerate(document["modules"], start=1):
        module, _made = Module.objects.update_or_create(
            programme=programme, kind=row["kind"], defaults={"title": row["title"], "order": place}
        )
        for order, entry in enumerate(row["courses"], start=1):
            course = held.get(entry["code"]) or Course(code=entry["code"])
            course.module, course.order = module, order
            course.title, course.summary = entry["title"], entry["summary"]
            course.offline_minutes = entry["offline_hours"] * minutes
            course.save()


def _write_term(programme: Programme, row: Document) -> None:
    values = {key: row[key] for key in TERM_FIELDS if key != "code"}
    term, _made = Term.objects.update_or_create(programme=programme, code=row["code"], defaults=values)
    for entry in row["groups"]:
        kept = {key: entry[key] for key in GROUP_FIELDS if key != "code"}
        ClassGroup.objects.update_or_create(term=term, code=entry["code"], defaults=kept)
