"""The exam day's oracle finds what is lost, doubled, invented or unmarked; its browsers take nothing for a receipt."""

import pytest

from bench.exam_day.clients import Day, Receipt, read_answer, read_receipt
from bench.exam_day.running import figures_of, lost, missed, saturated, unmarked
from bench.exam_day.scenarios import Scenario

KEPT = Receipt(7, 1, 1, '{"q1":[0]}', "aa")


def a_day(*receipts: Receipt) -> Day:
    return Day(receipts=list(receipts), sent={(one.sitting, one.epoch, one.seq) for one in receipts})


def test_what_was_acknowledged_and_is_stored_is_not_lost() -> None:
    assert lost(a_day(KEPT), {(7, 1, 1): ('{"q1":[0]}', "aa")}) == []


@pytest.mark.parametrize(
    "stored", [{}, {(7, 1, 1): ('{"q1":[1]}', "aa")}, {(7, 1, 1): ('{"q1":[0]}', "bb")}], ids=["row", "answer", "hash"]
)
def test_an_acknowledged_save_that_is_not_stored_as_it_was_is_lost(stored: dict) -> None:
    assert lost(a_day(KEPT), stored) == ["1 acknowledged saves are not stored as acknowledged"]


def test_a_row_that_nobody_sent_is_a_mistake() -> None:
    stored = {(7, 1, 1): ('{"q1":[0]}', "aa"), (7, 1, 2): ('{"q1":[1]}', "bb")}
    assert lost(a_day(KEPT), stored) == ["1 stored saves were never sent"]


@pytest.mark.parametrize(
    ("closed", "marks", "wrong"),
    [
        ({1, 2}, [1, 2], []),
        ({1}, [1], ["1 acknowledged submissions are not closed"]),
        ({1, 2}, [1], ["1 closed sittings have no mark"]),
        ({1, 2}, [1, 2, 2], ["1 marks were written twice"]),
    ],
)
def test_a_submission_is_closed_and_marked_once(closed: set[int], marks: list[int], wrong: list[str]) -> None:
    assert unmarked({1, 2}, closed, marks) == wrong


@pytest.mark.parametrize("text", ["<html>welcome</html>", "[]", '{"sitting": 7}', ""])
def test_a_captive_portal_gives_no_receipt(text: str) -> None:
    assert read_receipt(text) is None


def test_the_pause_is_read_from_the_answer() -> None:
    answer = read_answer(b'HTTP/1.1 503 Busy\r\nRetry-After: 4\r\n\r\n{"code":"busy"}')
    assert (answer.status, answer.retry_after, answer.text) == (503, 4.0, '{"code":"busy"}')
    assert (read_answer(b"").status, read_answer(b"nonsense").status) == (0, 0)


def test_times_errors_and_who_did_not_come_in_fail_a_scenario_but_not_a_surge_of_its_times() -> None:
    day = a_day(KEPT)
    day.started, day.seconds = {7}, {"start": [0.2], "save": [0.31]}
    day.errors["save: 500"] += 1
    figures = figures_of(day, {"web": 1.0, "database": 0.5, "load generator": 0.1}, 10.0, 0.5)
    assert figures["cpu_ms_per_request"] == {"web": 500.0, "database": 250.0}
    assert missed(Scenario("x", 2), figures, 2) == [
        "1 not started",
        "2 not submitted",
        "1 × save: 500",
        "save: p95 310.0 ms, over 300",
    ]
    assert missed(Scenario("x", 2, surge=True), figures, 2) == ["1 not started", "2 not submitted"]


@pytest.mark.parametrize(("busy", "said"), [(0.84, "none"), (0.85, "processor, mostly database")])
def test_what_is_full_first(busy: float, said: str) -> None:
    assert saturated({"web": 1.0, "database": 2.0}, busy) == said
