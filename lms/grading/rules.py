"""The composition of a result (R11): exact fractions, rounded half up once, at the end.

Marks are exact numbers of 0–100 (`Decimal`, or `Fraction` where a quotient has no end) or None for "not given";
weights are whole per cent. Nothing here knows a number of the notice: they all come from `ProgrammeRules`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any

from lms.programmes.rules import ProgrammeRules

PASSED, FAILED, EXCLUDED, INCOMPLETE = "passed", "failed", "excluded", "incomplete"
REGULAR_PARTS = ("attendance", "classroom", "assignments")
EXAM_PARTS = ("theory", "practical")
PARTS = (*REGULAR_PARTS, *EXAM_PARTS)
TOTAL_PARTS = ("regular", *EXAM_PARTS)
PLACES = 2


@dataclass(frozen=True)
class Step:
    """One product of the calculation: `weight` per cent of `mark`; None when the mark is missing."""

    part: str
    weight: int
    mark: Fraction | None
    product: Fraction | None


@dataclass(frozen=True)
class Composition:
    """A result with every step. `regular` and the products are exact; only `total` is rounded.

    `missing` names the parts without a mark, `below` the parts under their minimum and "total" when it is under
    the pass mark. `total` is None as long as a part is missing: a missing mark never counts as 0.
    """

    inner: tuple[Step, ...]
    outer: tuple[Step, ...]
    regular: Fraction | None
    total: Decimal | None
    outcome: str
    missing: tuple[str, ...]
    below: tuple[str, ...]


def compose(marks: Mapping[str, Decimal | Fraction | None], rules: ProgrammeRules) -> Composition:
    """Compose the five part marks (R11). ValueError for a mark outside 0–100.

    A part whose weight is 0 is not asked for. Minimums are compared exactly, the pass mark with the rounded total:
    59.995 is 60.00 and passes.
    """
    exact = {part: _exact(part, marks.get(part)) for part in PARTS}
    inner = tuple(_step(part, getattr(rules, f"weight_{part}"), exact[part]) for part in REGULAR_PARTS)
    regular = _sum(inner)
    outer = tuple(
        _step(part, getattr(rules, f"weight_{part}"), mark)
        for part, mark in (("regular", regular), *((part, exact[part]) for part in EXAM_PARTS))
    )
    missing = missing_parts(inner, outer)
    total = None if missing else round_half_up(_sum(outer) or Fraction(0))
    below = () if total is None else _below(outer, total, rules)
    return Composition(inner, outer, regular, total, _outcome(missing, below), missing, below)


def missing_parts(inner: tuple[Step, ...], outer: tuple[Step, ...]) -> tuple[str, ...]:
    """Parts that count and have no mark, in the order of the notice."""
    counted = {step.part: step for step in (*inner, *outer)}
    regular_counts = counted["regular"].weight > 0
    return tuple(
        part
        for part in PARTS
        if counted[part].mark is None and counted[part].weight > 0 and (regular_counts or part in EXAM_PARTS)
    )


def round_half_up(value: Fraction, places: int = PLACES) -> Decimal:
    """`value` >= 0 to `places` decimals, half up, from the exact fraction: never rounded twice."""
    scale = 10**places
    units = (value.numerator * scale * 2 + value.denominator) // (value.denominator * 2)
    return Decimal(units).scaleb(-places)


def show_exact(value: Fraction, places: int = PLACES) -> tuple[str, bool]:
    """The value for people and whether that is exact: ("25.92", True) or ("83.33", False)."""
    shown = round_half_up(value, places)
    return format(shown, "f"), Fraction(shown) == value


def write_mark(mark: Decimal | Fraction) -> str:
    """A mark as it is stored: "86.5", or "250/3" where no decimal says it exactly."""
    value = Fraction(mark)
    rest = value.denominator
    for prime in (2, 5):
        while rest % prime == 0:
            rest //= prime
    if rest > 1:
        return f"{value.numerator}/{value.denominator}"
    return format((Decimal(value.numerator) / Decimal(value.denominator)).normalize(), "f")


def write_fraction(value: Fraction | None) -> str | None:
    """A fraction as it is stored: "2592/100" shortened, or None."""
    return None if value is None else f"{value.numerator}/{value.denominator}"


def read_fraction(text: str | None) -> Fraction | None:
    """The inverse of `write_fraction`."""
    return None if text is None else Fraction(text)


def rule_figures(rules: ProgrammeRules) -> dict[str, Any]:
    """The figures a composition was made with, as they are stored beside it."""
    names = [f"weight_{part}" for part in ("regular", *PARTS)] + ["pass_mark"]
    names += [f"minimum_{part}" for part in TOTAL_PARTS]
    return {name: _plain(getattr(rules, name)) for name in names}


def arithmetic_of(composition: Composition, rules: ProgrammeRules) -> dict[str, Any]:
    """Everything needed to show and to recompute the result, as JSON values."""
    return {
        "figures": rule_figures(rules),
        "inner": [_stored_step(step) for step in composition.inner],
        "outer": [_stored_step(step) for step in composition.outer],
        "missing": list(composition.missing),
        "below": list(composition.below),
    }


@dataclass(frozen=True)
class RecordedFigures:
    """The figures of a stored result, in the shape `compose` asks for."""

    weight_regular: int
    weight_theory: int
    weight_practical: int
    weight_attendance: int
    weight_classroom: int
    weight_assignments: int
    pass_mark: Decimal
    minimum_regular: Decimal
    minimum_theory: Decimal
    minimum_practical: Decimal


def read_figures(stored: Mapping[str, Any]) -> Any:
    """The stored figures as an object with the names of `ProgrammeRules`."""
    values: dict[str, Any] = {
        name: value if name.startswith("weight_") else Decimal(value) for name, value in stored.items()
    }
    return RecordedFigures(**values)


def _exact(part: str, mark: Decimal | Fraction | None) -> Fraction | None:
    if mark is None:
        return None
    value = Fraction(mark)
    if not 0 <= value <= 100:
        raise ValueError(f"the mark of {part} is {mark}, not between 0 and 100")
    return value


def _step(part: str, weight: int, mark: Fraction | None) -> Step:
    return Step(part, weight, mark, None if mark is None else mark * weight / 100)


def _sum(steps: tuple[Step, ...]) -> Fraction | None:
    """The sum of the products that count; None when one of them is missing."""
    counted = [step.product for step in steps if step.weight > 0]
    if any(product is None for product in counted):
        return None
    return sum((product for product in counted if product is not None), Fraction(0))


def _below(outer: tuple[Step, ...], total: Decimal, rules: ProgrammeRules) -> tuple[str, ...]:
    short = [
        step.part
        for step in outer
        if step.mark is not None and step.mark < Fraction(getattr(rules, f"minimum_{step.part}"))
    ]
    return (*short, "total") if total < rules.pass_mark else tuple(short)


def _outcome(missing: tuple[str, ...], below: tuple[str, ...]) -> str:
    if missing:
        return INCOMPLETE
    return FAILED if below else PASSED


def _stored_step(step: Step) -> dict[str, Any]:
    return {
        "part": step.part,
        "weight": step.weight,
        "mark": write_fraction(step.mark),
        "product": write_fraction(step.product),
    }


def _plain(value: Any) -> Any:
    return value if isinstance(value, int) else format(Decimal(value).normalize(), "f")


@dataclass(frozen=True)
class ArithmeticLine:
    """A step as people read it: "30 % × 86.40 = 25.92"; `exact` is False when the product shown is rounded."""

    part: str
    weight: int
    mark: str
    product: str
    exact: bool


def arithmetic_lines(steps: Sequence[Mapping[str, Any]]) -> tuple[ArithmeticLine, ...]:
    """Stored steps as lines; a missing mark is an empty text. Parts without weight are left out."""
    return tuple(_line(step) for step in steps if step["weight"] > 0)


def _line(step: Mapping[str, Any]) -> ArithmeticLine:
    mark, product = read_fraction(step["mark"]), read_fraction(step["product"])
    if mark is None or product is None:
        return ArithmeticLine(step["part"], step["weight"], "", "", True)
    shown_mark, mark_exact = show_exact(mark)
    shown, exact = show_exact(product)
    return ArithmeticLine(step["part"], step["weight"], shown_mark, shown, exact and mark_exact)
