"""A stored result as both sides' pages show it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.urls import NoReverseMatch, reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from lms.grading.enums import Outcome
from lms.grading.models import ResultVersion
from lms.grading.rules import ArithmeticLine, arithmetic_lines, read_fraction, show_exact
from lms.programmes.enums import MarkPart

TONES = {"passed": "done", "failed": "attention", "excluded": "danger", "incomplete": "neutral"}


@dataclass(frozen=True)
class ShownLine:
    """One line of the calculation with the name of its part and what the source says of it."""

    line: ArithmeticLine
    label: str
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class ShownResult:
    """Everything a page needs of one version."""

    version: ResultVersion
    tone: str
    inner: tuple[ShownLine, ...]
    outer: tuple[ShownLine, ...]
    regular: str
    missing: tuple[str, ...]
    reasons: tuple[str, ...]
    appeal_url: str


def part_label(part: str) -> str:
    """The name of a part, "regular" included."""
    return _("Regular part") if part == "regular" else str(MarkPart(part).label)


def show_result(version: ResultVersion) -> ShownResult:
    """The stored arithmetic in words and figures of the reader's language."""
    arithmetic = version.arithmetic
    regular = next(step for step in arithmetic["outer"] if step["part"] == "regular")
    mark = read_fraction(regular["mark"])
    return ShownResult(
        version=version,
        tone=TONES[version.outcome],
        inner=_lines(arithmetic["inner"], version.parts),
        outer=_lines(arithmetic["outer"], version.parts),
        regular="" if mark is None else show_exact(mark)[0],
        missing=tuple(part_label(part) for part in arithmetic["missing"]),
        reasons=_reasons(version),
        appeal_url=_appeal_url(version),
    )


def _lines(steps: list[Mapping[str, Any]], parts: Mapping[str, Any]) -> tuple[ShownLine, ...]:
    return tuple(
        ShownLine(line, part_label(line.part), tuple(parts.get(line.part, {}).get("lines", ())))
        for line in arithmetic_lines(steps)
    )


def _reasons(version: ResultVersion) -> tuple[str, ...]:
    """Why not passed, each with the figures that decided."""
    if version.outcome == Outcome.EXCLUDED:
        return tuple(row["sentence"] for row in version.refusals)
    figures = version.arithmetic["figures"]
    marks = {step["part"]: read_fraction(step["mark"]) for step in version.arithmetic["outer"]}
    return tuple(
        _("The total is %(total)s; the pass mark is %(pass_mark)s.")
        % {"total": version.total, "pass_mark": figures["pass_mark"]}
        if part == "total"
        else _("%(part)s: %(mark)s, at least %(minimum)s is needed.")
        % {
            "part": part_label(part),
            "mark": show_exact(marks[part] or read_fraction("0/1"))[0],  # type: ignore[arg-type]
            "minimum": figures[f"minimum_{part}"],
        }
        for part in version.arithmetic["below"]
    )


def _appeal_url(version: ResultVersion) -> str:
    try:
        address = reverse("lms_appeals:new")
    except NoReverseMatch:
        return ""
    query: dict[str, str | int] = {
        "enrolment": version.enrolment_id,
        "kind": "grading.result",
        "reference": f"result:{version.pk}",
    }
    return f"{address}?{urlencode(query)}"
