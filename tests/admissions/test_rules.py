"""Windows, steps, conditions and the order of admission."""

from datetime import date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lms.admissions.rules import (
    CLASS,
    IDENTITY,
    MATERIALS,
    Draft,
    appraisal_clauses,
    appraisal_years,
    clean_grounds,
    degree_clause,
    missing_steps,
    next_window,
    ranked,
    reason_suffices,
)

FULL = Draft(
    True, True, "本科", {"2022": "competent", "2023": "excellent", "2024": "competent"}, frozenset({"id_card"})
)
YEARS = (2022, 2023, 2024)


def test_the_three_years_are_the_calendar_years_before_the_term() -> None:
    assert appraisal_years(date(2025, 3, 1), 3) == (2022, 2023, 2024)
    assert appraisal_years(date(2026, 1, 1), 2) == (2024, 2025)


@pytest.mark.parametrize(
    ("draft", "proofs", "missing"),
    [
        (FULL, ("id_card",), ()),
        (FULL, ("id_card", "photos"), (MATERIALS,)),
        (Draft(False, True, "本科", FULL.appraisals, frozenset()), (), (IDENTITY,)),
        (Draft(True, True, "", FULL.appraisals, frozenset()), (), (MATERIALS,)),
        (Draft(True, True, "本科", {"2022": "competent"}, frozenset()), (), (MATERIALS,)),
        (Draft(False, False, "", {}, frozenset()), (), (IDENTITY, CLASS, MATERIALS)),
    ],
)
def test_what_is_missing_is_told_in_the_order_of_the_steps(
    draft: Draft, proofs: tuple[str, ...], missing: tuple[str, ...]
) -> None:
    assert missing_steps(draft, years=YEARS, wanted_proofs=proofs) == missing


@pytest.mark.parametrize(
    ("degree", "minimum", "verdict"),
    [
        ("大专", "大专", "passed"),
        ("博士", "大专", "passed"),
        ("大专以下", "大专", "failed"),
        ("", "大专", "missing"),
        ("中专", "大专", "missing"),
        ("", "", "passed"),
    ],
)
def test_degree(degree: str, minimum: str, verdict: str) -> None:
    assert degree_clause(degree, minimum).verdict == verdict


def test_a_missing_year_is_missing_and_a_basic_grade_fails() -> None:
    clauses = appraisal_clauses({"2022": "excellent", "2023": "basic"}, YEARS)
    assert [clause.verdict for clause in clauses] == ["passed", "failed", "missing"]


def test_grounds_first_then_time() -> None:
    noon = datetime(2025, 1, 20, 12)
    rows = [("late two", 2, noon + timedelta(hours=1)), ("early one", 1, noon), ("early two", 2, noon)]
    assert ranked(rows) == ["early two", "late two", "early one"]


@given(st.lists(st.tuples(st.integers(), st.integers(0, 3), st.datetimes())))
def test_the_order_keeps_everybody_and_never_puts_fewer_grounds_first(
    rows: list[tuple[int, int, datetime]],
) -> None:
    by_place = dict(enumerate(rows))
    order = ranked([(place, grounds, at) for place, (_who, grounds, at) in by_place.items()])
    assert sorted(order) == sorted(by_place)
    grounds = [by_place[place][1] for place in order]
    assert grounds == sorted(grounds, reverse=True)


def test_the_next_window_is_the_first_that_has_not_opened() -> None:
    spring, summer = (date(2025, 1, 15), date(2025, 2, 15)), (date(2025, 5, 15), date(2025, 6, 15))
    assert next_window([summer, spring], date(2025, 2, 16)) == summer
    assert next_window([summer, spring], date(2025, 1, 14)) == spring
    assert next_window([spring], date(2025, 1, 15)) is None


def test_only_offered_grounds_are_kept_once_each() -> None:
    assert clean_grounds(["b", "x", "a", "b"], ["a", "b", "c"]) == ["a", "b"]


def test_a_reason_of_spaces_does_not_count() -> None:
    assert not reason_suffices("   不    ")
    assert reason_suffices("材料不全")
