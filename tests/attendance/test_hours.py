"""R12 exactly: 24 of 72 missed may sit, one minute more may not, whatever way the minutes were lost or restored."""

from contextlib import suppress
from datetime import timedelta
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lms.attendance import gates
from lms.attendance.enums import CheckKind
from lms.attendance.models import Session
from lms.attendance.rules import exceeds_limit, may_still_miss, restored_minutes
from lms.attendance.selectors import appealable_exclusions, attendance_of, term_sheet
from lms.attendance.services import (
    Correction,
    assign_make_up,
    check_in,
    close_session,
    confirm_exclusion,
    correct_attendance,
    lift_exclusion,
)
from lms.core.exceptions import DomainError
from lms.programmes.models import ClassGroup, Enrolment, Term
from tests import factories
from tests.attendance.factories import a_board, a_learner, a_session, at

THIRD = Fraction(1, 3)
MINUTE = timedelta(minutes=1)
TERM = 72 * 45


@pytest.mark.parametrize(
    ("missed", "over", "left"),
    [(0, False, 1080), (1079, False, 1), (1080, False, 0), (1081, True, 0), (1102, True, 0), (TERM, True, 0)],
)
def test_the_limit_of_72_class_hours(missed: int, over: bool, left: int) -> None:
    assert exceeds_limit(missed, TERM, THIRD) is over
    assert may_still_miss(missed, TERM, THIRD) == left


@given(st.integers(0, 10_000), st.integers(1, 10_000), st.integers(1, 9), st.integers(1, 9))
def test_what_is_left_is_exactly_the_distance_to_the_limit(missed: int, scheduled: int, up: int, down: int) -> None:
    limit = Fraction(min(up, down), max(up, down))
    left = may_still_miss(missed, scheduled, limit)
    assert exceeds_limit(missed + left + 1, scheduled, limit)
    assert exceeds_limit(missed, scheduled, limit) or not exceeds_limit(missed + left, scheduled, limit)
    assert exceeds_limit(missed, scheduled, limit) == (missed * limit.denominator > limit.numerator * scheduled)


@given(st.integers(1, 400), st.integers(0, 400), st.integers(0, 400))
def test_a_make_up_never_gives_more_than_was_missed(held: int, attended: int, made_up: int) -> None:
    restored = restored_minutes(held, attended, made_up)
    assert 0 <= restored <= made_up
    assert attended + restored <= max(held, attended)
    assert restored == made_up or attended + restored == max(held, attended)


# the whole way, in the database


def a_full_term(term: Term, **fields: Any) -> list[Session]:
    """18 sessions of 4 class hours, 180 wall minutes each, so that a wall minute is a class minute."""
    values = {"room": "", **fields}
    return [a_session(term, starts_at=at(2 + n), ends_at=at(2 + n) + 180 * MINUTE, **values) for n in range(18)]


def attend(session: Session, seat: Enrolment, *, late: int = 0, early: int = 0) -> None:
    board = session.boards.first() or a_board(session)
    for kind, moment in (
        (CheckKind.IN, session.starts_at + late * MINUTE),
        (CheckKind.OUT, session.ends_at - early * MINUTE),
    ):
        check_in(session.pk, seat.person.user, kind=kind, nonce=board.nonce, scanned_at=moment, at=moment)


def close(sessions: list[Session], assistant: Any) -> None:
    for session in sessions:
        close_session(session, at=session.check_out_until, actor=assistant)


def may_sit(seat: Enrolment, assistant: Any) -> bool:
    """Whether nothing can be confirmed against her."""
    with suppress(DomainError):
        confirm_exclusion(seat, reason="核对无误", at=at(30), actor=assistant)
    return gates.refuse_after_too_much_absence(seat) is None


@pytest.mark.parametrize(("late", "early", "sits"), [(0, 0, True), (1, 0, False), (0, 1, False), (1, 1, False)])
def test_six_sessions_missed_and_one_minute_more(term: Term, assistant: Any, late: int, early: int, sits: bool) -> None:
    seat, sessions = a_learner(term), a_full_term(term)
    for session in sessions[6:17]:
        attend(session, seat)
    attend(sessions[17], seat, late=late, early=early)
    close(sessions, assistant)
    standing = attendance_of(seat).standing
    assert (standing.scheduled, standing.missed) == (TERM, 1080 + late + early)
    assert may_sit(seat, assistant) is sits


def test_classes_with_other_timetables_have_other_limits(term: Term, assistant: Any) -> None:
    """A class of 36 class hours may miss 12; the same absence is within the limit of a class of 72."""
    long, short = factories.a_group(term, "A"), factories.a_group(term, "B")
    seats = [a_learner(term, group=long), a_learner(term, group=short)]
    sessions = a_full_term(term)

    def give(session: Session, *groups: ClassGroup) -> None:
        session.groups.set(groups)

    for n, session in enumerate(sessions):
        give(session, *([long, short] if n < 9 else [long]))
    for session in sessions[4:]:
        for seat in seats if session in sessions[:9] else seats[:1]:
            attend(session, seat)
    close(sessions, assistant)
    standings = [attendance_of(seat).standing for seat in seats]
    assert [(s.scheduled, s.allowance, s.missed, s.exceeded) for s in standings] == [
        (3240, 1080, 720, False),
        (1620, 540, 720, True),
    ]


def test_a_late_seat_is_measured_by_what_was_left_for_her(term: Term, assistant: Any) -> None:
    seat, sessions = a_learner(term, enrolled_at=at(10, "20:00")), a_full_term(term)
    for session in sessions[12:]:
        attend(session, seat)
    close(sessions, assistant)
    standing = attendance_of(seat).standing
    assert (standing.scheduled, standing.missed, standing.exceeded) == (9 * 180, 3 * 180, False)
    correct_attendance(sessions[17], [Correction(seat, 179)], reason="早退", at=at(30), actor=assistant)
    assert attendance_of(seat).standing.exceeded


def test_the_whole_way_from_absence_to_appeal_and_back(term: Term, assistant: Any) -> None:
    seat, sessions = a_learner(term), a_full_term(term)
    for session in sessions[7:]:
        attend(session, seat)
    close(sessions, assistant)
    assert gates.refuse_after_too_much_absence(seat) is None, "nobody confirmed it yet"
    decision = confirm_exclusion(seat, reason="核对无误", at=at(30), actor=assistant)
    refusal = gates.refuse_after_too_much_absence(seat)
    assert refusal is not None
    assert [line.split(":")[0][:10] for line in refusal.lines] == [f"2025-03-{2 + n:02d}" for n in range(7)]
    assert decision.actor == assistant
    assert [row.reference for row in appealable_exclusions(seat)] == [f"exclusion:{decision.pk}"]
    make_up = a_session(term, starts_at=at(25, "19:00"), room="", make_up=True)
    assign_make_up(make_up, sessions[0], [seat], at=at(24), actor=assistant)
    attend(make_up, seat)
    close([make_up], assistant)
    assert gates.refuse_after_too_much_absence(seat) is None, "restored below the limit"
    correct_attendance(make_up, [Correction(seat, 179)], reason="早退", at=at(30), actor=assistant)
    assert gates.refuse_after_too_much_absence(seat) is None, "one minute too few again, and nobody confirmed that"
    confirm_exclusion(seat, reason="复核后仍超过", at=at(30), actor=assistant)
    assert gates.refuse_after_too_much_absence(seat) is not None
    lift_exclusion(seat, reason="申诉成立", at=at(31), actor=assistant)
    assert gates.refuse_after_too_much_absence(seat) is None
    assert term_sheet(term).rows[0].standing == attendance_of(seat).standing
