"""Deadlines, states, blueprints, drawing and marking as tables and properties."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lms.exams.rules import (
    Line,
    Shortage,
    chain_hash,
    check_blueprint,
    check_rubric,
    clean_answers,
    deadline_of,
    draw_paper,
    find_shortages,
    fold_answers,
    mark_paper,
    micros,
    percent_of,
    state_of,
)

START = datetime(2025, 3, 29, 1, 0, tzinfo=UTC)


@dataclass(frozen=True)
class Question:
    item_id: int
    kind: str = "single"
    course: str = "T1"
    module: str = "theory"
    difficulty: int = 1
    body: dict[str, Any] = field(default_factory=lambda: {"stem": "?", "options": ["a", "b", "c", "d"], "answer": [2]})

    @property
    def version_id(self) -> int:
        return self.item_id * 10


def row(**changes: Any) -> dict[str, Any]:
    return {"kind": "single", "count": 10, "points": "10", **changes}


@pytest.mark.parametrize(
    ("started", "submitted", "now", "state"),
    [
        (None, None, 0, "prepared"),
        (0, None, 90, "running"),
        (0, None, 91, "expired"),
        (0, 50, 40, "submitted"),
        (0, 50, 999, "submitted"),
    ],
)
def test_states(started, submitted, now, state):
    def at(minutes):
        return None if minutes is None else START + timedelta(minutes=minutes)

    deadline = at(90) if started is not None else None
    assert state_of(at(now), started_at=at(started), deadline=deadline, submitted_at=at(submitted)) == state


@given(st.integers(0, 500), st.integers(1, 300), st.integers(1, 500))
def test_a_deadline_is_never_after_the_window_nor_after_the_duration(start, duration, window):
    started, closes = START + timedelta(minutes=start), START + timedelta(minutes=start + window)
    deadline = deadline_of(started, duration_minutes=duration, closes_at=closes)
    assert deadline == started + timedelta(minutes=min(duration, window))


@pytest.mark.parametrize(
    ("raw", "codes"),
    [
        ([], ["blueprint_empty"]),
        ([row()], []),
        ([row(count=5), row(kind="truefalse", count=20, points="2.5")], []),
        ([row(points="9.99")], ["points_total"]),
        ([row(kind="essay")], ["kind_unknown"]),
        ([row(course="T1", module="theory")], ["course_and_module"]),
        ([row(count=0)], ["count_outside"]),
        ([row(count=True)], ["count_outside"]),
        ([row(points="x")], ["points_outside"]),
        ([row(points="-1"), row(difficulty=4)], ["points_outside", "difficulty_outside"]),
        ([row(points="0.005")], ["points_outside"]),
        ([row(weight=3)], ["key_unknown"]),
        ([row(count=250, points="0.4")], ["blueprint_long"]),
    ],
)
def test_blueprints(raw, codes):
    assert [problem.code for problem in check_blueprint(raw)] == codes


def test_a_shortage_says_how_many_there_are():
    pool = [Question(number) for number in range(7)]
    assert find_shortages([Line("single", 10, Decimal(10))], pool) == [Shortage(1, 10, 7)]


def test_rows_that_compete_are_matched_not_filled_greedily():
    """The general row must leave the easy T1 questions to the row that can take nothing else."""
    pool = [Question(1), Question(2), Question(3, course="P1", module="practice"), Question(4, difficulty=3)]
    lines = [Line("single", 2, Decimal(1)), Line("single", 2, Decimal(1), course="T1", difficulty=1)]
    assert find_shortages(lines, pool) == []


def draw(seed: str, count: int = 3) -> Any:
    pool = [Question(number) for number in range(6)] + [
        Question(number, kind="truefalse", body={"stem": "?", "options": ["正确", "错误"], "answer": [0]})
        for number in range(6, 9)
    ]
    lines = [Line("truefalse", 2, Decimal(5)), Line("single", count, Decimal(30))]
    return draw_paper(lines, pool, seed, shuffle_questions=True, shuffle_options=True)


@given(st.text(max_size=20))
def test_the_same_seed_gives_the_same_bytes(seed):
    assert draw(seed) == draw(seed)


@given(st.text(max_size=20))
def test_keys_follow_the_shuffled_options_and_items_stand_once(seed):
    import json

    drawn = draw(seed)
    paper = json.loads(drawn.text)["questions"]
    assert [question["kind"] for question in paper] == ["single"] * 3 + ["truefalse"] * 2
    assert len({key["version"] for key in drawn.keys.values()}) == 5
    for question in paper:
        (right,) = drawn.keys[question["id"]]["answer"]
        assert question["options"][right] == ("c" if question["kind"] == "single" else "正确")
    assert drawn.keys["q4"]["answer"] == [0]


def test_different_seeds_differ():
    assert len({draw(str(seed)).text for seed in range(20)}) > 10


def test_a_paper_that_cannot_be_filled_is_an_error():
    with pytest.raises(ValueError, match="pool"):
        draw("x", count=7)


SAVES = st.lists(
    st.tuples(
        st.integers(1, 3),
        st.integers(1, 5),
        st.booleans(),
        st.dictionaries(st.sampled_from(["q1", "q2"]), st.lists(st.integers(0, 3), max_size=2), max_size=2),
    ),
    unique_by=lambda entry: entry[:2],
    max_size=12,
)


@given(SAVES, st.randoms())
def test_the_final_answer_is_the_highest_accepted_whatever_the_order(entries, rng):
    shuffled = list(entries)
    rng.shuffle(shuffled)
    final = fold_answers(shuffled)
    assert final == fold_answers(entries)
    for name in ("q1", "q2"):
        said = [(epoch, seq, answers[name]) for epoch, seq, late, answers in entries if not late and name in answers]
        expected = max(said, key=lambda entry: entry[:2])[2] if said else []
        assert final.get(name, []) == expected


def test_a_paper_is_marked_exactly():
    keys = {
        "q1": {"answer": [0], "points": "33.3"},
        "q2": {"answer": [1, 2], "points": "33.3"},
        "q3": {"answer": [1], "points": "33.4"},
    }
    result = mark_paper(keys, {"q1": [0], "q2": [1], "q9": [0]}, policy="partial")
    assert [item.points for item in result.items] == [Decimal("33.3"), Decimal("16.65"), Decimal(0)]
    assert (result.points, result.maximum) == (Decimal("49.95"), Decimal("100.0"))
    assert percent_of(Decimal("49.95"), Decimal(100)) == Decimal("49.95")
    assert percent_of(Decimal(1), Decimal(3)) == Decimal("33.33")
    assert percent_of(Decimal(2), Decimal(3)) == Decimal("66.67")


@pytest.mark.parametrize("raw", [None, [], {}, {"q1": None}, {"q1": ["0"]}, {"q1": [1.0]}, {"q1": [True]}, {1: [0]}])
def test_answers_that_are_not_well_formed(raw):
    assert clean_answers(raw) is None


def test_answers_are_sorted_and_once():
    assert clean_answers({"q1": [2, 0, 2], "q200": []}) == {"q1": [0, 2], "q200": []}


def test_the_chain_binds_every_part():
    base = {"sitting": 1, "epoch": 1, "seq": 1, "at": START, "late": False, "answered": 1, "answers": "{}"}
    other = [
        {**base, "seq": 2},
        {**base, "late": True},
        {**base, "at": START + timedelta(microseconds=1)},
        {**base, "answers": '{"q1":[0]}'},
    ]
    assert len({chain_hash("0", **values) for values in [base, *other]} | {chain_hash("1", **base)}) == 6
    assert micros(START) == 1743210000000000


@pytest.mark.parametrize(
    ("points", "codes"),
    [
        ({"design": Decimal(50), "carrying_out": Decimal(0)}, []),
        ({"design": Decimal("41.5"), "carrying_out": Decimal("38.25")}, []),
        ({"design": Decimal(51), "carrying_out": Decimal(-1)}, ["points_outside", "points_outside"]),
        ({"design": Decimal("1.005"), "carrying_out": None}, ["points_outside", "part_missing"]),
        ({"design": Decimal("NaN"), "carrying_out": Decimal(1)}, ["points_outside"]),
    ],
)
def test_rubrics(points, codes):
    problems = check_rubric(points, {"design": 50, "carrying_out": 50})
    assert [problem.code for problem in problems] == codes
