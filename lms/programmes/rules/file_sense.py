"""What a programme file must mean: sums, orders and overlaps between its keys (R1, R2, R8–R11, R15)."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from itertools import combinations
from typing import Any

#: (key path, code, figures)
Finding = tuple[str, str, dict[str, object]]
FORMAT = 1
#: Lists and the key that names their rows once.
UNIQUE = (("fee.subsidies", "authority"), ("modules", "kind"), ("terms", "code"), ("documents", "code"))


def findings(document: Mapping[str, Any]) -> list[Finding]:
    """Everything wrong between keys; keys that could not be read are passed over (they are reported already)."""
    rules: tuple[Callable[[Mapping[str, Any]], Iterator[Finding]], ...] = (
        _format,
        _weights,
        _hours,
        _names,
        _term_dates,
        _overlaps,
    )
    return [found for rule in rules for found in rule(document)]


def _format(document: Mapping[str, Any]) -> Iterator[Finding]:
    if document.get("format", FORMAT) != FORMAT:
        yield "format", "format_unknown", {"found": document["format"], "known": FORMAT}


def _weights(document: Mapping[str, Any]) -> Iterator[Finding]:
    held = document.get("assessment", {})
    for prefix, keys in (
        ("", ("regular", "theory", "practical")),
        ("regular_", ("regular_attendance", "regular_classroom", "regular_assignments")),
    ):
        if all(key in held for key in keys) and (total := sum(held[key] for key in keys)) != 100:
            code = "regular_weights_100" if prefix else "weights_100"
            yield f"assessment.{keys[0]}", code, {"keys": ", ".join(keys), "found": total}


def _hours(document: Mapping[str, Any]) -> Iterator[Finding]:
    hours = document.get("hours", {})
    required = hours.get("required_offline")
    if required is None:
        return
    total, online = hours.get("certificate_total"), hours.get("certificate_online")
    if total is not None and online is not None and required + online != total:
        yield "hours.certificate_total", "certificate_hours", {"offline": required, "online": online, "total": total}
    courses = [course for module in document.get("modules", []) for course in module.get("courses", [])]
    planned = sum(course.get("offline_hours", 0) for course in courses)
    if courses and all("offline_hours" in course for course in courses) and planned < required:
        yield "hours.required_offline", "course_hours", {"courses": planned, "required": required}


def _names(document: Mapping[str, Any]) -> Iterator[Finding]:
    for path, name in (*UNIQUE, ("discipline", "code")):
        yield from _twice(path, _rows(document, path), name)
    courses = [
        (f"modules[{m}].courses[{c}].code", course.get("code"))
        for m, module in enumerate(document.get("modules", []))
        for c, course in enumerate(module.get("courses", []))
    ]
    yield from _repeated(courses)
    for place, term in enumerate(document.get("terms", [])):
        yield from _twice(f"terms[{place}].groups", term.get("groups", []), "code")


def _term_dates(document: Mapping[str, Any]) -> Iterator[Finding]:
    for place, term in enumerate(document.get("terms", [])):
        for first, last, code in (
            ("starts_on", "ends_on", "term_reversed"),
            ("registration_opens_on", "registration_closes_on", "registration_reversed"),
        ):
            if first in term and last in term and term[first] > term[last]:
                yield f"terms[{place}].{last}", code, {"first": term[first], "last": term[last]}
        closes, starts = term.get("registration_closes_on"), term.get("starts_on")
        if closes and starts and closes >= starts:
            key = f"terms[{place}].registration_closes_on"
            yield key, "registration_after_start", {"closes": closes, "starts": starts}


def _overlaps(document: Mapping[str, Any]) -> Iterator[Finding]:
    terms = list(enumerate(document.get("terms", [])))
    for first, last, code in (
        ("starts_on", "ends_on", "terms_overlap"),
        ("registration_opens_on", "registration_closes_on", "registrations_overlap"),
    ):
        whole = [(place, term) for place, term in terms if first in term and last in term and term[first] <= term[last]]
        for (_one, term), (place, other) in combinations(whole, 2):
            if term[first] <= other[last] and other[first] <= term[last]:
                names = {"one": term.get("code", ""), "other": other.get("code", "")}
                yield f"terms[{place}].{first}", code, names


def _rows(document: Mapping[str, Any], path: str) -> list[Mapping[str, Any]]:
    node: Any = document
    for name in path.split("."):
        node = node.get(name, {}) if isinstance(node, Mapping) else {}
    return node if isinstance(node, list) else []


def _twice(path: str, rows: list[Mapping[str, Any]], name: str) -> Iterator[Finding]:
    yield from _repeated([(f"{path}[{place}].{name}", row.get(name)) for place, row in enumerate(rows)])


def _repeated(named: list[tuple[str, Any]]) -> Iterator[Finding]:
    seen: Counter[Any] = Counter()
    for path, value in named:
        seen[value] += 1
        if value is not None and seen[value] > 1:
            yield path, "repeated", {"value": value}
