"""The classroom of a simulated term: timetable, boards, coming and leaving, leave, corrections, closing, exclusions."""

import random
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from django.db import transaction
from django.utils.timezone import localdate

from lms.attendance.enums import CheckKind, LeaveState, SessionState
from lms.attendance.models import Board, CheckEntry, LeaveRequest, Session, Timetable
from lms.attendance.selectors import (
    exclusion_in_force,
    exclusions_in_force,
    is_expected,
    make_up_sessions,
    session_rows,
    sessions_of,
    term_sheet,
)
from lms.attendance.services import (
    ClassPattern,
    ClassroomValue,
    Correction,
    ask_leave,
    change_session,
    check_in,
    close_session,
    confirm_exclusion,
    correct_attendance,
    decide_leave,
    default_pattern,
    generate_timetable,
    open_board,
    plan_make_up,
    plan_of,
    publish_timetable,
    set_classroom_marks,
    switch_board,
)
from lms.attendance.services.timetable.clashes import find_clashes
from lms.core.exceptions import DomainError
from lms.programmes.models import Enrolment
from lms.programmes.rules import day_start, in_window
from lms.programmes.selectors import holidays, workdays
from lms.programmes.simulation import SimulatedLearner, SimulatedTerm

ROOM = "第一报告厅"
OVER_LIMIT = 0.03
MAKE_UP_EVERY, MAKE_UP_SEATS = 6, 4
MINUTE = timedelta(minutes=1)


@dataclass(frozen=True)
class Visit:
    """What one learner does at one session; None is not coming, or forgetting to check out."""

    arrived: datetime | None
    left: datetime | None
    excused: bool = False


def live_classroom(world: SimulatedTerm) -> None:
    """Every session up to `world.until`; a session that runs at that moment stays open.

    Counts `sessions`, `check_ins`, `minutes_earned`, `excluded` as they stand, so that a second run says the same.
    """
    _prepare(world)
    bring_one_forward(world)
    absentees = _absentees(world)
    for session in sessions_of(world.term):
        if session.check_in_from > world.until:
            break
        if session.state != SessionState.CLOSED:
            _live_session(world, session, absentees)
    _plan_make_ups(world, absentees)
    for session in make_up_sessions(world.term):
        if session.state != SessionState.CLOSED and session.check_in_from <= world.until:
            _live_session(world, session, absentees)
    _finish(world)
    sheet = term_sheet(world.term)
    world.counts["sessions"] += sum(1 for session in sheet.sessions if session.state == SessionState.CLOSED)
    world.counts["minutes_earned"] += sum(row.standing.earned for row in sheet.rows)
    world.counts["check_ins"] += CheckEntry.objects.filter(session__term=world.term, kind=CheckKind.IN).count()
    world.counts["excluded"] += len(exclusions_in_force(world.term))


@transaction.atomic
def _prepare(world: SimulatedTerm) -> None:
    term, at = world.term, day_start(world.term.starts_on) - timedelta(days=3, hours=-9)
    if not Session.objects.filter(term=term).exists():
        years = range(term.starts_on.year, term.ends_on.year + 1)
        pattern = default_pattern(
            term, days_off=holidays(years), workdays=workdays(years), classes=[ClassPattern(room=ROOM)]
        )
        generate_timetable(term, pattern, at=at, actor=world.staff["assistant"])
    if not Timetable.objects.filter(term=term, published_at__isnull=False).exists():
        publish_timetable(term, at=at, actor=world.staff["assistant"])


def bring_one_forward(world: SimulatedTerm) -> None:
    """In a term that runs at `until`, one session is about to begin, so that a check-in can be tried at once."""
    now = world.until
    if not world.term.starts_on <= localdate(now) <= world.term.ends_on:
        return
    sessions = list(sessions_of(world.term))
    if any(session.check_in_from <= now < session.ends_at for session in sessions):
        return
    ahead = [session for session in sessions if session.starts_at > now and session.state == SessionState.PLANNED]
    starts_at = now.replace(minute=now.minute // 5 * 5, second=0, microsecond=0) + 10 * MINUTE
    if not ahead or not in_window(starts_at, world.term.starts_on, world.term.ends_on):
        return
    session = ahead[0]
    plan = plan_of(session, starts_at=starts_at, ends_at=starts_at + (session.ends_at - session.starts_at))
    with suppress(DomainError):  # the room or somebody is busy with a make-up this evening
        change_session(session, plan, at=now, actor=world.staff["assistant"])


def _absentees(world: SimulatedTerm) -> frozenset[int]:
    """The few who stay away from much of the term."""
    learners = world.enrolled()
    count = round(len(learners) * OVER_LIMIT) or min(1, len(learners) // 10)
    return frozenset(learner.person.pk for learner in world.rng("absentees").sample(learners, count))


@transaction.atomic
def _live_session(world: SimulatedTerm, session: Session, absentees: frozenset[int]) -> None:
    random_ = world.rng("session", session.starts_at.isoformat(), session.course.code)
    expected = [learner for learner in world.enrolled() if is_expected(session, _seat(learner))]
    visits = [(learner, _imagine(random_, session, learner, absentees)) for learner in expected]
    assistant = world.staff["assistant"]
    _ask_for_leave(world, session, visits)
    board = open_board(session, at=session.check_in_from, actor=assistant)
    for learner, visit in visits:
        _check(world, board, learner, CheckKind.IN, visit.arrived)
    if session.ends_at > world.until:
        return
    switch_board(board, CheckKind.OUT, at=max(session.starts_at, session.ends_at - 40 * MINUTE), actor=assistant)
    for learner, visit in visits:
        _check(world, board, learner, CheckKind.OUT, visit.left)
    close_session(session, at=session.check_out_until, actor=assistant)
    _correct_forgotten(world, session, visits)


@transaction.atomic
def _plan_make_ups(world: SimulatedTerm, absentees: frozenset[int]) -> None:
    """Now and then those who missed a session make it up in the evening two days later."""
    assistant = world.staff["assistant"]
    for session in list(sessions_of(world.term))[MAKE_UP_EVERY - 1 :: MAKE_UP_EVERY]:
        starts_at = day_start(localdate(session.starts_at)) + timedelta(days=2, hours=18, minutes=30)
        decided_at = session.check_out_until + 2 * timedelta(hours=1)
        ends_at = starts_at + (session.ends_at - session.starts_at)
        if session.state != SessionState.CLOSED or decided_at > world.until or session.made_up_by.exists():
            continue
        lost = [seat for seat, cell in session_rows(session) if cell.missed and seat.person_id not in absentees]
        plan = plan_of(session, starts_at=starts_at, ends_at=ends_at, make_up=True)
        free = not find_clashes(world.term, [plan])
        if lost and free and in_window(ends_at, world.term.starts_on, world.term.ends_on):
            plan_make_up(session, plan, lost[:MAKE_UP_SEATS], at=decided_at, actor=assistant)


def _imagine(random_: random.Random, session: Session, learner: SimulatedLearner, absentees: frozenset[int]) -> Visit:
    """Always the same number of draws, so that one learner's day does not shift another's."""
    stay_away, come_late, leave_early, forget, asked, by, before = (random_.random() for _draw in range(7))
    absence = 0.75 if learner.person.pk in absentees else 0.005 + 0.03 * (1 - learner.diligence)
    if stay_away < absence:
        return Visit(None, None, excused=asked < 0.5)
    late = come_late < 0.25 * (1 - learner.punctuality)
    ahead = min(25 * MINUTE, session.starts_at - session.check_in_from)
    arrived = session.starts_at + (1 + int(by * 24)) * MINUTE if late else session.starts_at - by * ahead
    if forget < 0.008:
        return Visit(arrived, None)
    early = leave_early < 0.04 * (1 - learner.diligence)
    after = min(10 * MINUTE, session.check_out_until - session.ends_at)
    left = session.ends_at - (1 + int(before * 30)) * MINUTE if early else session.ends_at + before * after
    return Visit(arrived, left)


def _check(
    world: SimulatedTerm, board: Board, learner: SimulatedLearner, kind: CheckKind, moment: datetime | None
) -> None:
    if moment is None or moment > world.until:
        return
    check_in(board.session_id, learner.person.user, kind=kind, nonce=board.nonce, scanned_at=moment, at=moment)


def _ask_for_leave(world: SimulatedTerm, session: Session, visits: Iterable[tuple[SimulatedLearner, Visit]]) -> None:
    asked_at = session.starts_at - timedelta(hours=20)
    for learner, visit in visits:
        if visit.excused:
            leave = ask_leave(_seat(learner), session, reason="单位有紧急公务，已向科室报告。", at=asked_at)
            if leave.state == LeaveState.PENDING:
                decide_leave(
                    leave, approve=True, answer="", at=asked_at + timedelta(hours=2), actor=world.staff["assistant"]
                )


def _correct_forgotten(
    world: SimulatedTerm, session: Session, visits: Sequence[tuple[SimulatedLearner, Visit]]
) -> None:
    """The assistant saw those who forgot to check out in the room to the end."""
    forgot = [
        Correction(_seat(learner), session.minutes)
        for learner, visit in visits
        if visit.arrived is not None and visit.left is None and visit.arrived <= session.starts_at
    ]
    if forgot:
        at = session.check_out_until + timedelta(hours=1)
        reason = "下课时忘记签退，班主任确认其在场至结束。"
        correct_attendance(session, forgot, reason=reason, at=at, actor=world.staff["assistant"])


@transaction.atomic
def _finish(world: SimulatedTerm) -> None:
    """Whoever is over the limit loses the right as soon as that is certain; marks for the classroom come at the end."""
    sheet = term_sheet(world.term)
    closed = [session for session in sheet.sessions if session.state == SessionState.CLOSED]
    if not closed:
        return
    at = min(world.until, closed[-1].check_out_until + timedelta(hours=2))
    if len(closed) == len(sheet.sessions):
        _mark_classroom(world, at)
    for row in sheet.rows:
        if row.standing.exceeded and not exclusion_in_force(row.enrolment):
            reason = f"缺勤超过本期应到学时的{world.term.programme.absence_limit}，经核对签到记录属实。"
            confirm_exclusion(row.enrolment, reason=reason, at=at, actor=world.staff["assistant"])
    world.counts["leave_requests"] += LeaveRequest.objects.filter(session__term=world.term).count()


def _mark_classroom(world: SimulatedTerm, at: datetime) -> None:
    random_ = world.rng("classroom")
    values = [
        ClassroomValue(_seat(learner), Decimal(round(2 * (62 + 32 * learner.diligence + 6 * random_.random()))) / 2)
        for learner in world.enrolled()
    ]
    set_classroom_marks(world.term, values, at=at, actor=world.staff["instructor"], reason="期末评定")


def _seat(learner: SimulatedLearner) -> Enrolment:
    if learner.enrolment is None:
        raise LookupError(f"{learner.person} holds no seat")
    return learner.enrolment
