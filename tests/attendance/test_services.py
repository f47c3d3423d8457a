"""Timetable, closing, correcting, leave, exclusion: what is written and what is refused."""

from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from django.apps import apps
from django.db import IntegrityError, transaction

from lms.attendance import gates
from lms.attendance.checks import check_absence_is_asked
from lms.attendance.enums import CheckKind
from lms.attendance.marks import attendance_marks, classroom_marks
from lms.attendance.models import AttendanceMark, CheckEntry, ExclusionDecision, Prompt, Session
from lms.attendance.selectors import (
    appealable_absences,
    appealable_exclusions,
    attendance_of,
    open_prompt_for,
    session_rows,
    term_sheet,
    unanswered,
    verify_credits,
)
from lms.attendance.services import (
    ClassroomValue,
    Correction,
    ask_leave,
    check_in,
    close_session,
    confirm_exclusion,
    correct_attendance,
    decide_leave,
    lift_exclusion,
    open_board,
    set_classroom_marks,
    switch_board,
    withdraw_leave,
)
from lms.attendance.signals import absence_limit_near, session_closed
from lms.core.exceptions import DomainError
from lms.programmes.enums import HourKind
from lms.programmes.models import Enrolment, HourEntry, Term
from lms.programmes.selectors import minutes_earned
from tests import factories
from tests.attendance.factories import a_board, a_learner, a_session, a_timetable, at

pytestmark = pytest.mark.django_db


def attend(session: Session, seat: Enrolment, came: str | None = "08:20", went: str | None = "11:50") -> None:
    board = session.boards.first() or a_board(session)
    for kind, clock in ((CheckKind.IN, came), (CheckKind.OUT, went)):
        if clock:
            hour, minute = map(int, clock.split(":"))
            moment = session.starts_at.replace(hour=hour, minute=minute)
            check_in(session.pk, seat.person.user, kind=kind, nonce=board.nonce, scanned_at=moment, at=moment)


def lived(term: Term, seat: Enrolment, assistant: Any, *, attended: int, missed: int) -> list[Session]:
    """18 sessions of 4 class hours: the first attended, the next missed, these closed; the rest lie ahead."""
    sessions = [a_session(term, starts_at=at(2 + n)) for n in range(18)]
    for n, session in enumerate(sessions[: attended + missed]):
        a_board(session)
        if n < attended:
            attend(session, seat)
        close_session(session, at=session.ends_at, actor=assistant)
    return sessions


def code_of(refused: Any) -> str:
    return refused.value.code


# board


def test_the_board_opens_the_session_once(term: Term, assistant: Any) -> None:
    session = a_session(term)
    board = open_board(session, at=at(10, "08:00"), actor=assistant)
    assert open_board(session, at=at(10, "08:05"), actor=assistant).pk == board.pk
    assert Session.objects.get().state == "open"
    with pytest.raises(DomainError) as refused:
        switch_board(board, CheckKind.OUT, at=at(10, "08:29"), actor=assistant)
    assert code_of(refused) == "too_early"
    assert switch_board(board, CheckKind.OUT, at=at(10, "11:30"), actor=assistant).kind == "out"


# closing and correcting


def test_closing_credits_real_minutes_once(term: Term, assistant: Any, django_capture_on_commit_callbacks: Any) -> None:
    session, present, late, forgot, absent = a_session(term), *(a_learner(term) for _n in range(4))
    attend(session, present)
    attend(session, late, "08:40", "11:40")
    attend(session, forgot, "08:20", None)
    heard: list[int] = []
    session_closed.connect(lambda sender, session, **kwargs: heard.append(session.pk), weak=False, dispatch_uid="t")
    with django_capture_on_commit_callbacks(execute=True):
        close_session(session, at=at(10, "12:10"), actor=assistant)
        close_session(session, at=at(10, "12:20"), actor=assistant)
    session_closed.disconnect(dispatch_uid="t")
    assert [minutes_earned(seat, HourKind.OFFLINE) for seat in (present, late, forgot, absent)] == [180, 162, 0, 0]
    assert heard == [session.pk]
    assert HourEntry.objects.count() == 2
    assert not list(verify_credits())


def test_a_session_is_not_closed_before_it_starts(term: Term, assistant: Any) -> None:
    session = a_session(term)
    with pytest.raises(DomainError) as refused:
        close_session(session, at=at(10, "08:29"), actor=assistant)
    assert code_of(refused) == "not_begun"


@pytest.mark.parametrize(("clock", "kept"), [("10:00", False), ("10:30", True)])
def test_closing_takes_a_check_back_that_has_not_begun(term: Term, assistant: Any, clock: str, kept: bool) -> None:
    """Planned for 10:10: closed before, nobody is asked any more; closed afterwards, who answered stays known."""
    session = a_session(term, mid_check_minutes=3)
    board = open_board(session, at=at(10, "08:00"), actor=assistant, choose=lambda seconds: 0)
    planned = Prompt.objects.get()
    Prompt.objects.update(opens_at=at(10, "10:10"), until=at(10, "10:13"))
    seat = a_learner(term)
    came = at(10, "08:20")
    check_in(session.pk, seat.person.user, kind=CheckKind.IN, nonce=board.nonce, scanned_at=came, at=came)
    close_session(session, at=at(10, clock), actor=assistant)
    assert list(Prompt.objects.values_list("pk", flat=True)) == ([planned.pk] if kept else [])
    assert open_prompt_for(seat, at=at(10, "10:11")) is None
    assert unanswered(session, at=at(10, "11:00")) == ({seat.pk} if kept else set())


def test_a_correction_is_a_new_row_and_the_ledger_follows(term: Term, assistant: Any) -> None:
    session, seat = a_session(term), a_learner(term)
    attend(session, seat, "08:20", None)
    close_session(session, at=at(10, "12:10"), actor=assistant)

    def correct(minutes: int | None) -> None:
        correct_attendance(session, [Correction(seat, minutes)], reason="在场", at=at(10, "13:00"), actor=assistant)

    correct(180)
    assert minutes_earned(seat) == 180
    correct(90)
    assert minutes_earned(seat) == 90
    correct(None)
    assert minutes_earned(seat) == 0
    assert list(AttendanceMark.objects.values_list("revision", "minutes")) == [(1, 180), (2, 90), (3, None)]
    assert list(HourEntry.objects.values_list("minutes", flat=True)) == [180, -90, -90]
    assert not list(verify_credits())


@pytest.mark.parametrize(
    ("minutes", "reason", "code"),
    [(181, "在场", "minutes_out_of_range"), (-1, "在场", "minutes_out_of_range"), (90, " ", "reason_missing")],
)
def test_wrong_corrections_write_nothing(term: Term, assistant: Any, minutes: int, reason: str, code: str) -> None:
    session, seat = a_session(term), a_learner(term)
    with pytest.raises(DomainError) as refused:
        correct_attendance(session, [Correction(seat, minutes)], reason=reason, at=at(10), actor=assistant)
    assert code_of(refused) == code
    stranger = a_learner(factories.a_term())
    with pytest.raises(DomainError) as refused:
        correct_attendance(session, [Correction(stranger, 1)], reason="在场", at=at(10), actor=assistant)
    assert code_of(refused) == "not_expected"
    assert not AttendanceMark.objects.exists()


def test_journals_refuse_change_in_the_database(term: Term) -> None:
    session, seat = a_session(term), a_learner(term)
    attend(session, seat)
    for act in (lambda: CheckEntry.objects.update(method="paper"), lambda: CheckEntry.objects.all().delete()):
        with pytest.raises((IntegrityError, TypeError)), transaction.atomic():
            act()


def test_the_verifier_finds_a_ledger_that_says_something_else(term: Term, assistant: Any) -> None:
    session, seat = a_session(term), a_learner(term)
    attend(session, seat)
    close_session(session, at=at(10, "12:10"), actor=assistant)
    HourEntry.objects.create(
        enrolment=seat,
        kind="offline",
        minutes=5,
        source="attendance.session",
        reference=str(session.pk),
        revision=9,
        earned_on=date(2025, 3, 10),
        recorded_at=at(11),
    )
    found = list(verify_credits())
    assert [(row.expected, row.found) for row in found] == [("180 min", "185 min")]


# the limit


def test_24_of_72_keeps_the_right_and_a_minute_more_loses_it(term: Term, assistant: Any) -> None:
    seat = a_learner(term)
    sessions = lived(term, seat, assistant, attended=1, missed=6)
    standing = attendance_of(seat).standing
    assert (standing.missed, standing.scheduled, standing.exceeded) == (24 * 45, 72 * 45, False)
    assert (standing.may_still_miss, standing.outlook) == (0, "last")
    with pytest.raises(DomainError) as refused:
        confirm_exclusion(seat, reason="超过", at=at(20), actor=assistant)
    assert code_of(refused) == "limit_not_exceeded"
    correct_attendance(sessions[0], [Correction(seat, 179)], reason="早退", at=at(20), actor=assistant)
    assert attendance_of(seat).standing.outlook == "over"
    assert gates.refuse_after_too_much_absence(seat) is None, "nobody confirmed it yet"
    confirm_exclusion(seat, reason="核对无误", at=at(20), actor=assistant)
    refusal = gates.refuse_after_too_much_absence(seat)
    assert refusal is not None
    assert (refusal.code, refusal.rule) == ("absence_limit", "R12")
    assert refusal.figures["missed_minutes"] == 24 * 45 + 1
    assert len(refusal.lines) == 7
    assert "24.02" in refusal.sentence


def test_confirming_twice_and_lifting(term: Term, assistant: Any) -> None:
    seat = a_learner(term)
    lived(term, seat, assistant, attended=0, missed=7)
    first = confirm_exclusion(seat, reason="核对无误", at=at(20), actor=assistant)
    assert confirm_exclusion(seat, reason="再次", at=at(21), actor=assistant).pk == first.pk
    assert [decision.reference for decision in appealable_exclusions(seat)] == [f"exclusion:{first.pk}"]
    assert len(appealable_absences(seat)) == 7
    lift_exclusion(seat, reason="申诉成立", at=at(22), actor=assistant)
    assert gates.refuse_after_too_much_absence(seat) is None
    with pytest.raises(DomainError) as refused:
        lift_exclusion(seat, reason="再次", at=at(22), actor=assistant)
    assert code_of(refused) == "not_excluded"
    assert list(ExclusionDecision.objects.values_list("act", flat=True)) == ["confirmed", "lifted"]


def test_hours_given_back_open_the_gate(term: Term, assistant: Any) -> None:
    seat = a_learner(term)
    sessions = lived(term, seat, assistant, attended=0, missed=7)
    confirm_exclusion(seat, reason="核对无误", at=at(20), actor=assistant)
    correct_attendance(sessions[0], [Correction(seat, 180)], reason="补课", at=at(21), actor=assistant)
    assert gates.refuse_after_too_much_absence(seat) is None


def test_leave_counts_as_absence_unless_the_programme_says_otherwise(assistant: Any) -> None:
    for counts, missed in ((True, 7 * 180), (False, 6 * 180)):
        programme = factories.a_programme(leave_counts_as_absence=counts)
        term = factories.a_term(programme)
        a_timetable(term)
        seat = a_learner(term)
        sessions = [a_session(term, starts_at=at(2 + n), room="") for n in range(7)]
        leave = ask_leave(seat, sessions[0], reason="出差", at=at(1))
        decide_leave(leave, approve=True, answer="", at=at(1), actor=assistant)
        for session in sessions:
            close_session(session, at=session.ends_at, actor=assistant)
        standing = attendance_of(seat).standing
        assert (standing.missed, standing.on_leave) == (missed, 180)
        assert term_sheet(term).rows[0].standing == standing


def test_coming_near_the_limit_is_told(term: Term, assistant: Any, django_capture_on_commit_callbacks: Any) -> None:
    seat, told = a_learner(term), []

    def listen(sender: Any, enrolment: Enrolment, outlook: str, **kwargs: Any) -> None:
        told.append((enrolment.pk, outlook))

    absence_limit_near.connect(listen)
    with django_capture_on_commit_callbacks(execute=True):
        lived(term, seat, assistant, attended=4, missed=2)
    absence_limit_near.disconnect(listen)
    assert told == []
    with django_capture_on_commit_callbacks(execute=True):
        absence_limit_near.connect(listen)
        for session in Session.objects.filter(state="planned").order_by("starts_at")[:2]:
            close_session(session, at=session.ends_at, actor=assistant)
    absence_limit_near.disconnect(listen)
    assert told == [(seat.pk, "warned"), (seat.pk, "warned")]
    assert attendance_of(seat).standing.missed == 720


# leave, classroom, marks, gates


def test_leave_is_asked_once_decided_once(term: Term, assistant: Any) -> None:
    session, seat = a_session(term), a_learner(term)
    leave = ask_leave(seat, session, reason="出差", at=at(9))
    assert ask_leave(seat, session, reason="又", at=at(9)).pk == leave.pk
    with pytest.raises(DomainError) as refused:
        decide_leave(leave, approve=False, answer="", at=at(9), actor=assistant)
    assert code_of(refused) == "reason_missing"
    decide_leave(leave, approve=False, answer="当日有考核", at=at(9), actor=assistant)
    for act in (
        lambda: decide_leave(leave, approve=True, answer="", at=at(9), actor=assistant),
        lambda: withdraw_leave(leave, at=at(9), actor=seat.person.user),
    ):
        with pytest.raises(DomainError) as refused:
            act()
        assert code_of(refused) == "already_decided"
    again = ask_leave(seat, session, reason="又", at=at(9))
    assert withdraw_leave(again, at=at(9), actor=seat.person.user).state == "withdrawn"


def test_classroom_marks_are_rows_and_a_change_needs_a_reason(term: Term, assistant: Any) -> None:
    seat, other = a_learner(term), a_learner(term)

    def give(value: str, reason: str = "") -> int:
        values = [ClassroomValue(seat, Decimal(value))]
        return len(set_classroom_marks(term, values, at=at(20), actor=assistant, reason=reason))

    assert (give("88.5"), give("88.50")) == (1, 0)
    with pytest.raises(DomainError) as refused:
        give("90")
    assert code_of(refused) == "reason_missing"
    assert give("90", "课堂展示补记") == 1
    for wrong in ("100.01", "-1", "88.555"):
        with pytest.raises(DomainError) as refused:
            give(wrong, "x")
        assert code_of(refused) == "mark_out_of_range"
    marks = classroom_marks(term)
    assert (marks[seat.pk].value, marks[other.pk].value) == (Decimal(90), None)


def test_the_attendance_mark_is_exact(term: Term, assistant: Any) -> None:
    seat, nobody = a_learner(term), a_learner(factories.a_term())
    assert attendance_marks(term)[seat.pk].value is None
    lived(term, seat, assistant, attended=2, missed=1)
    mark = attendance_marks(term)[seat.pk]
    assert mark.value == Fraction(360 * 100, 540)
    assert "66.67" in mark.lines[0]
    assert nobody.pk not in attendance_marks(term)


def test_figures_that_decided_something_stay(term: Term, assistant: Any) -> None:
    gate = gates.refuse_change_of_closed_hours
    assert gate(term.programme, {"absence.limit"}) is None
    lived(term, a_learner(term), assistant, attended=1, missed=0)
    refusal = gate(term.programme, {"absence.limit", "fee.amount_yuan"})
    assert refusal is not None
    assert refusal.figures == {"closed_sessions": 1, "keys": ["absence.limit"]}
    assert gate(term.programme, {"fee.amount_yuan"}) is None


@pytest.mark.skipif(not apps.is_installed("lms.exams"), reason="lms.exams is not installed beside it")
def test_start_up_warns_when_nobody_asks(settings: Any) -> None:
    assert check_absence_is_asked() == []
    settings.LMS_EXAMS_ADMISSION_GATES = []
    assert [warning.id for warning in check_absence_is_asked()] == ["lms_attendance.W001"]


def test_the_sheet_takes_the_same_statements_for_3_and_60(
    term: Term, assistant: Any, django_assert_num_queries: Any
) -> None:
    lived(term, a_learner(term), assistant, attended=1, missed=1)
    for _n in range(2):
        a_learner(term)
    with django_assert_num_queries(7):
        assert len(term_sheet(term).rows) == 3
    for _n in range(57):
        a_learner(term)
    with django_assert_num_queries(7):
        assert len(term_sheet(term).rows) == 60


def test_own_attendance_is_one_query(term: Term, assistant: Any, django_assert_num_queries: Any) -> None:
    seat = a_learner(term)
    lived(term, seat, assistant, attended=2, missed=1)
    seat = Enrolment.objects.select_related("term__programme").get(pk=seat.pk)
    with django_assert_num_queries(1):
        own = attendance_of(seat)
    assert [row.status for row in own.sessions[:4]] == ["present", "present", "absent", "ahead"]
    assert own.standing == term_sheet(term).rows[0].standing


# a seat that came while the term runs (R12)


def test_what_ended_before_the_seat_is_neither_scheduled_nor_missed(term: Term, assistant: Any) -> None:
    early, late = a_learner(term), a_learner(term, enrolled_at=at(4, "09:00"))
    sessions = [a_session(term, starts_at=at(2 + n)) for n in range(4)]
    for session in sessions[:3]:
        close_session(session, at=session.check_out_until, actor=assistant)
    rows = {row.enrolment.pk: row for row in term_sheet(term).rows}
    own = attendance_of(late)
    assert [cell is None for cell in rows[late.pk].cells] == [True, True, False, False]
    assert rows[late.pk].standing == own.standing
    assert (own.standing.scheduled, own.standing.so_far, own.standing.missed) == (360, 180, 180)
    assert rows[early.pk].standing.missed == 3 * 180
    assert [entry.session for entry in own.sessions] == sessions[2:]
    assert not list(verify_credits())
    assert len(appealable_absences(late)) == 1


def test_minutes_entered_for_a_session_before_the_seat_make_it_count(term: Term, assistant: Any) -> None:
    late = a_learner(term, enrolled_at=at(4, "09:00"))
    session = a_session(term, starts_at=at(2))
    a_session(term, starts_at=at(5))
    close_session(session, at=session.check_out_until, actor=assistant)
    [(_seat, cell)] = session_rows(session)
    assert (cell.status, cell.counts, cell.missed) == ("before", False, 0)

    def standing() -> tuple[int, int, int]:
        found = attendance_of(late).standing
        assert found == term_sheet(term).rows[0].standing
        assert not list(verify_credits())
        return found.scheduled, found.earned, found.missed

    assert standing() == (180, 0, 0)
    correct_attendance(session, [Correction(late, 160)], reason="纸质签到", at=at(6), actor=assistant)
    assert standing() == (360, 160, 20)
    correct_attendance(session, [Correction(late, None)], reason="误录", at=at(7), actor=assistant)
    assert standing() == (180, 0, 0)
