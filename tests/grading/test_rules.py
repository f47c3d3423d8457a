"""The composition against an independent calculation and against the figures of the notice (R11)."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lms.grading.rules import (
    RecordedFigures,
    arithmetic_lines,
    arithmetic_of,
    compose,
    read_figures,
    round_half_up,
    rule_figures,
    show_exact,
)

PARTS = ("attendance", "classroom", "assignments", "theory", "practical")


def figures(**changes: object) -> RecordedFigures:
    values = {
        "weight_regular": 30,
        "weight_theory": 40,
        "weight_practical": 30,
        "weight_attendance": 40,
        "weight_classroom": 20,
        "weight_assignments": 40,
        "pass_mark": Decimal(60),
        "minimum_regular": Decimal(0),
        "minimum_theory": Decimal(0),
        "minimum_practical": Decimal(0),
    }
    return RecordedFigures(**{**values, **changes})


def marks(*values: object) -> dict[str, Decimal | None]:
    return dict(zip(PARTS, (None if value is None else Decimal(str(value)) for value in values), strict=True))


@pytest.mark.parametrize(
    ("given_marks", "total", "outcome"),
    [
        ((100, 100, 100, 100, 100), "100.00", "passed"),
        ((0, 0, 0, 0, 0), "0.00", "failed"),
        ((96, 84, 78, 86.5, 90), "87.52", "passed"),
        ((60, 60, 60, 60, 60), "60.00", "passed"),
        ((60, 60, 60, 60, 59.98), "59.99", "failed"),
        ((60, 60, 60, 60, 59.99), "60.00", "passed"),
        (("33.33333333333333333333333333", 0, 0, 0, 0), "4.00", "failed"),
    ],
)
def test_totals(given_marks: tuple[object, ...], total: str, outcome: str) -> None:
    composition = compose(marks(*given_marks), figures())
    assert (str(composition.total), composition.outcome) == (total, outcome)


@pytest.mark.parametrize("gap", range(5))
def test_a_missing_part_is_named_and_never_counts_as_zero(gap: int) -> None:
    values: list[object] = [90] * 5
    values[gap] = None
    composition = compose(marks(*values), figures())
    assert (composition.total, composition.outcome, composition.missing) == (None, "incomplete", (PARTS[gap],))


def test_a_part_without_weight_is_not_asked_for() -> None:
    rules = figures(weight_classroom=0, weight_attendance=60)
    assert compose(marks(90, None, 90, 90, 90), rules).total == Decimal("90.00")
    only_exams = figures(weight_regular=0, weight_theory=60, weight_practical=40)
    assert compose(marks(None, None, None, 50, 100), only_exams).total == Decimal("70.00")


def test_a_minimum_fails_a_sufficient_total() -> None:
    composition = compose(marks(100, 100, 100, 49.99, 100), figures(minimum_theory=Decimal(50)))
    assert (str(composition.total), composition.outcome, composition.below) == ("80.00", "failed", ("theory",))


@pytest.mark.parametrize("mark", ["-0.01", "100.01"])
def test_a_mark_out_of_range_is_an_error(mark: str) -> None:
    with pytest.raises(ValueError, match="theory"):
        compose(marks(1, 1, 1, mark, 1), figures())


@pytest.mark.parametrize(
    ("value", "shown"),
    [("1/200", "0.01"), ("1/201", "0.00"), ("12005/1000", "12.01"), ("1199/100", "11.99"), ("2/3", "0.67")],
)
def test_half_goes_up(value: str, shown: str) -> None:
    assert str(round_half_up(Fraction(value))) == shown


def test_a_figure_says_whether_it_is_exact() -> None:
    assert show_exact(Fraction("25.92")) == ("25.92", True)
    assert show_exact(Fraction(250, 3)) == ("83.33", False)


mark = st.decimals(0, 100, places=3, allow_nan=False)
weights = st.integers(0, 100).flatmap(lambda a: st.integers(0, 100 - a).map(lambda b: (a, b, 100 - a - b)))


@given(st.tuples(mark, mark, mark, mark, mark), weights, weights, st.decimals(0, 100, places=2, allow_nan=False))
def test_it_agrees_with_an_independent_calculation(
    values: tuple[Decimal, ...], outer: tuple[int, int, int], inner: tuple[int, int, int], pass_mark: Decimal
) -> None:
    rules = figures(
        weight_regular=outer[0],
        weight_theory=outer[1],
        weight_practical=outer[2],
        weight_attendance=inner[0],
        weight_classroom=inner[1],
        weight_assignments=inner[2],
        pass_mark=pass_mark,
    )
    composition = compose(marks(*values), rules)
    thousandths = [int(value * 1000) for value in values]
    regular = sum(weight * value for weight, value in zip(inner, thousandths[:3], strict=True))
    ten_millionths = outer[0] * regular + 100 * (outer[1] * thousandths[3] + outer[2] * thousandths[4])
    cents = (ten_millionths + 50_000) // 100_000
    assert composition.total == Decimal(cents) / 100
    assert composition.outcome == ("passed" if cents >= int(pass_mark * 100) else "failed")


@given(st.tuples(*[st.none() | mark] * 5))
def test_what_is_stored_recomputes_to_the_same(values: tuple[Decimal | None, ...]) -> None:
    first = compose(dict(zip(PARTS, values, strict=True)), figures())
    stored = arithmetic_of(first, figures())
    assert compose(dict(zip(PARTS, values, strict=True)), read_figures(stored["figures"])) == first
    assert read_figures(rule_figures(figures())) == figures()
    assert len(arithmetic_lines(stored["inner"])) == 3
