"""Codes of the board and tickets: how long they hold, what they are bound to, and that no database is asked."""

import random
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.core.checks import run_checks

from lms.attendance.tokens import (
    Scan,
    Ticket,
    board_code,
    board_typed_code,
    mark_browser,
    mark_device,
    open_ticket,
    read_board_code,
    read_board_typed_code,
    read_outdated_code,
    read_tries,
    seal_ticket,
    seal_tries,
)
from tests.attendance.factories import at

KEY = "k" * 32
MANY = 10_000


def read(code: str, moment: Any, *, key: str = KEY) -> Scan | None:
    return read_board_code(key, code, at=moment, seconds=5, earlier_steps=1)


def test_codes_hold_for_the_present_and_one_earlier_step() -> None:
    start = at(10, "08:30")
    code = board_code(KEY, 7, "in", "abc", at=start, seconds=5)
    for age, good in ((0, True), (7.9, True), (9.9, True), (10, False), (15, False), (3600, False), (-5, False)):
        found = read(code, start + timedelta(seconds=age))
        assert (found is not None) is good, age
        assert found is None or (found.session_id, found.kind, found.nonce, found.age_ms) == (
            *(7, "in", "abc"),
            int(age * 1000),
        )
    assert read(code, start, key="x" * 32) is None


@pytest.mark.django_db
def test_of_ten_thousand_old_codes_none_and_of_young_ones_nearly_all(django_assert_num_queries: Any) -> None:
    random_ = random.Random(7)
    kinds = ("in", "mid", "out")
    with django_assert_num_queries(0):
        young = old = 0
        for n in range(MANY):
            made = at(10, "08:00") + timedelta(milliseconds=random_.randrange(3 * 3600 * 1000))
            code = board_code(KEY, 7, kinds[n % 3], "abc", at=made, seconds=5)
            young += read(code, made + timedelta(milliseconds=random_.randrange(8000))) is not None
            old += read(code, made + timedelta(milliseconds=random_.randint(15_001, 600_000))) is not None
    assert old == 0
    # A code is made when its step begins; shown later in the step it is older than it looks, and still holds.
    fresh = 0
    for _n in range(MANY):
        made = at(10, "08:00") + timedelta(seconds=5 * random_.randrange(2000))
        code = board_code(KEY, 7, "in", "abc", at=made, seconds=5)
        fresh += read(code, made + timedelta(milliseconds=random_.randrange(8000))) is not None
    assert fresh == MANY
    assert young >= MANY * 0.7


def test_the_code_says_nothing_about_the_presenter_s_clock() -> None:
    """The board asks the server for the picture of the code; nothing in it comes from the presenter's machine."""
    moment = at(10, "08:30")
    assert board_code(KEY, 7, "in", "abc", at=moment, seconds=5) == board_code(
        KEY, 7, "in", "abc", at=moment.astimezone(None), seconds=5
    )


def test_a_code_is_bound_to_session_kind_board_and_purpose() -> None:
    now = at(10)
    code = board_code(KEY, 7, "in", "abc", at=now, seconds=5)
    body, _dot, nonce = code.partition(".")
    others = [
        board_code(KEY, 8, "in", "abc", at=now, seconds=5),
        board_code(KEY, 7, "out", "abc", at=now, seconds=5),
        board_code(KEY, 7, "mid", "abc", at=now, seconds=5),
        board_code(KEY, 7, "in", "abd", at=now, seconds=5),
    ]
    assert len({code, *others}) == 5
    assert {(found.session_id, found.kind, found.nonce) for found in (read(text, now) for text in others) if found} == {
        *((8, "in", "abc"), (7, "out", "abc")),
        *((7, "mid", "abc"), (7, "in", "abd")),
    }
    assert read(f"{body}.abd", now) is None
    for other in others:
        assert read(f"{other.partition('.')[0]}.{nonce}x", now) is None
    ticket = seal_ticket(KEY, Ticket(Scan(7, "in", "abc", now)))
    assert read(ticket, now) is None
    assert open_ticket(KEY, code) is None
    assert open_ticket(KEY, seal_tries(KEY, 7, 1)) is None


def test_typed_digits_are_bound_in_the_same_way() -> None:
    now = at(10, "08:30")

    def typed(code: str, session: int = 7, kind: str = "in", nonce: str = "abc", age: int = 0) -> Scan | None:
        moment = now + timedelta(seconds=age)
        return read_board_typed_code(KEY, session, kind, nonce, code, at=moment, seconds=5, earlier_steps=1)

    digits = board_typed_code(KEY, 7, "in", "abc", at=now, seconds=5)
    found = typed(digits, age=6)
    assert found is not None
    assert (found.session_id, found.kind, found.age_ms) == (7, "in", 6000)
    assert typed(digits, age=10) is None
    assert typed(digits, session=8) is None
    assert typed(digits, kind="mid") is None
    assert typed(digits, nonce="abd") is None
    assert typed(digits[:5]) is None
    assert typed("") is None


def test_an_outdated_code_is_known_for_what_it_was_and_a_forged_one_is_not() -> None:
    made = at(10, "08:30")
    code = board_code(KEY, 7, "mid", "abc", at=made, seconds=5)
    found = read_outdated_code(KEY, code, at=made + timedelta(minutes=20), seconds=5)
    assert found is not None
    assert (found.session_id, found.kind, found.age_ms) == (7, "mid", 20 * 60_000)
    assert read_outdated_code(KEY, code, at=made + timedelta(days=2), seconds=5) is None
    assert read_outdated_code("x" * 32, code, at=made + timedelta(minutes=20), seconds=5) is None


@pytest.mark.parametrize("code", ["", "x", "....", "é" * 30, "A" * 38 + ".n", "~~~~", "1~in~n~é"])
def test_rubbish_is_no_code_and_no_ticket(code: str) -> None:
    now = at(10)
    assert read(code, now) is None
    assert read_outdated_code(KEY, code, at=now, seconds=5) is None
    assert open_ticket(KEY, code) is None
    assert read_tries(KEY, code, 7) == 0


def test_a_ticket_keeps_everything_and_no_letter_of_it_can_be_changed() -> None:
    now = at(10)
    ticket = Ticket(
        Scan(7, "out", "a-_c", now, 4999), 3, mark_browser(KEY, "s"), mark_device(KEY, "d"), 2, 1_741_566_600, 1, 5
    )
    sealed = seal_ticket(KEY, ticket)
    assert open_ticket(KEY, sealed) == ticket
    for place in range(0, len(sealed), 3):
        changed = sealed[:place] + ("1" if sealed[place] != "1" else "2") + sealed[place + 1 :]
        assert open_ticket(KEY, changed) is None
    assert open_ticket("x" * 32, sealed) is None


def test_a_ticket_ages() -> None:
    now = at(10)
    ticket = Ticket(Scan(7, "in", "abc", now))
    assert ticket.is_fresh(now + timedelta(minutes=10), minutes=10)
    assert not ticket.is_fresh(now + timedelta(minutes=10, seconds=1), minutes=10)
    assert not ticket.is_fresh(now - timedelta(seconds=2), minutes=10)


def test_tries_belong_to_their_session() -> None:
    sealed = seal_tries(KEY, 7, 3)
    assert (read_tries(KEY, sealed, 7), read_tries(KEY, sealed, 8)) == (3, 0)
    assert read_tries(KEY, sealed.replace("~3~", "~0~"), 7) == 0


def test_marks_tell_apart_and_do_not_mix() -> None:
    marks = {mark_device(KEY, "a"), mark_device(KEY, "b"), mark_browser(KEY, "a"), mark_device("x" * 32, "a")}
    assert len(marks) == 4
    assert {len(mark) for mark in marks} == {32}
    assert mark_device(KEY, "") == mark_browser(KEY, "") == ""
    assert replace(Ticket(Scan(1, "in", "n", at(10))), device="x").device == "x"


def test_a_key_of_less_than_128_bits_does_not_start(settings: Any) -> None:
    settings.LMS_CODE_KEY = "short-key-of-21-chars"
    assert "lms_core.E003" in {found.id for found in run_checks()}
    settings.LMS_CODE_KEY = "k" * 43
    assert "lms_core.E003" not in {found.id for found in run_checks()}
