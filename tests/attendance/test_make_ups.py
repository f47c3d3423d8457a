"""A missed session is made up elsewhere: who may, what it restores, and that the journals always say the same (R12)."""

import random
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db.models import Sum
from django.urls import reverse
from django.utils.translation import gettext as _

from lms.attendance import gates
from lms.attendance.enums import CheckKind, CheckMethod, SessionState, Status
from lms.attendance.models import AttendanceMark, CheckEntry, MakeUpSeat, Session
from lms.attendance.selectors import (
    attendance_of,
    expected_enrolments,
    is_expected,
    open_boards_for,
    scheduled_minutes_by_group,
    session_rows,
    sessions_of,
    term_sheet,
    verify_credits,
)
from lms.attendance.services import (
    Correction,
    SessionPlan,
    add_session,
    ask_leave,
    assign_make_up,
    cancel_session,
    change_session,
    check_in,
    close_session,
    confirm_exclusion,
    correct_attendance,
    decide_leave,
    withdraw_make_up,
)
from lms.attendance.services.timetable.sessions import plan_of
from lms.attendance.signals import absence_limit_near, make_up_assigned, make_up_withdrawn
from lms.core.exceptions import DomainError
from lms.people.enums import Role
from lms.programmes.models import Enrolment, HourEntry, Term
from tests import factories
from tests.attendance.factories import a_board, a_learner, a_session, a_timetable, at

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)


def closed(session: Session, assistant: Any) -> Session:
    return close_session(session, at=session.check_out_until, actor=assistant)


def a_make_up(term: Term, *, day: int = 20, **fields: Any) -> Session:
    return a_session(term, starts_at=at(day, "19:00"), room="", make_up=True, **fields)


def attend(session: Session, seat: Enrolment, *, late: int = 0) -> None:
    board = session.boards.first() or a_board(session)
    for kind, moment in ((CheckKind.IN, session.starts_at + late * MINUTE), (CheckKind.OUT, session.ends_at)):
        check_in(session.pk, seat.person.user, kind=kind, nonce=board.nonce, scanned_at=moment, at=moment)


def refused(act: Any) -> str:
    with pytest.raises(DomainError) as problem:
        act()
    return problem.value.code


def ledger(seat: Enrolment, session: Session) -> int:
    rows = HourEntry.objects.filter(enrolment=seat, source="attendance.session", reference=str(session.pk))
    return sum(rows.values_list("minutes", flat=True))


def test_what_is_proven_there_restores_what_was_missed(term: Term, assistant: Any) -> None:
    seat = a_learner(term)
    missed, make_up = closed(a_session(term), assistant), a_make_up(term)
    assign_make_up(make_up, missed, [seat], at=at(12), actor=assistant)
    attend(make_up, seat, late=40)
    make_up = closed(make_up, assistant)
    assert (ledger(seat, missed), ledger(seat, make_up)) == (144, 0), "40 of 200 wall minutes late: 36 of 180 lost"
    [(_seat, cell)] = session_rows(missed)
    assert (cell.status, cell.made_up, cell.missed, cell.made_up_in) == (Status.MADE_UP, 144, 36, make_up)
    [(_seat, there)] = session_rows(make_up)
    assert (there.status, there.minutes, there.missed) == (Status.LATE, 144, 0)
    standing = attendance_of(seat).standing
    assert (standing.scheduled, standing.so_far, standing.earned, standing.missed) == (180, 180, 144, 36)
    assert term_sheet(term).rows[0].standing == standing
    last = HourEntry.objects.latest("pk")
    assert last.reason == f"{missed.course.title} · " + _("made up on %(day)s") % {"day": "2025-03-20"}
    assert (last.reference, str(last.earned_on)) == (str(missed.pk), "2025-03-10")
    assert not list(verify_credits())


def test_no_more_is_restored_than_was_missed(term: Term, assistant: Any) -> None:
    seat, missed = a_learner(term), a_session(term)
    attend(missed, seat, late=50)
    closed(missed, assistant)
    make_up = a_make_up(term)
    assign_make_up(make_up, missed, [seat], at=at(12), actor=assistant)
    attend(make_up, seat)
    closed(make_up, assistant)
    assert ledger(seat, missed) == 180
    assert session_rows(missed)[0][1].made_up == 45
    correct_attendance(missed, [Correction(seat, 180)], reason="核对监控", at=at(21), actor=assistant)
    [(_seat, cell)] = session_rows(missed)
    assert (cell.status, cell.made_up, ledger(seat, missed)) == (Status.CORRECTED, 0, 180)
    assert not list(verify_credits())


def test_correcting_or_withdrawing_lowers_it_again(term: Term, assistant: Any) -> None:
    seat = a_learner(term)
    missed, make_up = closed(a_session(term), assistant), a_make_up(term)
    [held] = assign_make_up(make_up, missed, [seat], at=at(12), actor=assistant)
    closed(make_up, assistant)
    assert ledger(seat, missed) == 0
    for minutes in (180, 90, None, 135):
        correct_attendance(make_up, [Correction(seat, minutes)], reason="核对", at=at(21), actor=assistant)
        assert ledger(seat, missed) == (minutes or 0)
        assert not list(verify_credits())
    assert refused(lambda: withdraw_make_up(held, reason=" ", at=at(22), actor=assistant)) == "reason_missing"
    withdraw_make_up(held, reason="代他人补课", at=at(22), actor=assistant)
    withdraw_make_up(held, reason="再次", at=at(23), actor=assistant)
    assert (ledger(seat, missed), ledger(seat, make_up)) == (0, 0)
    assert MakeUpSeat.objects.get(pk=held.pk).withdrawn_at == at(22)
    assert not list(verify_credits())


def test_it_is_on_nobody_elses_timetable_and_adds_no_hours(term: Term, assistant: Any) -> None:
    seat, other = a_learner(term), a_learner(term)
    missed, make_up = closed(a_session(term), assistant), a_make_up(term)
    assign_make_up(make_up, missed, [seat], at=at(12), actor=assistant)
    make_up.refresh_from_db()
    assert list(sessions_of(term)) == [missed]
    assert scheduled_minutes_by_group(term) == {term.name: 180}
    assert [own.session.pk for own in attendance_of(seat).sessions] == [missed.pk, make_up.pk]
    assert [own.session.pk for own in attendance_of(other).sessions] == [missed.pk]
    assert attendance_of(seat).sessions[1].missed_at == missed.starts_at
    assert (is_expected(make_up, seat), is_expected(make_up, other)) == (True, False)
    assert list(expected_enrolments(make_up)) == [seat]
    board, moment = a_board(make_up), make_up.starts_at
    assert open_boards_for(seat, at=moment) == [board]
    assert open_boards_for(other, at=moment) == []
    assert refused(
        lambda: check_in(
            make_up.pk, other.person.user, kind=CheckKind.IN, nonce=board.nonce, scanned_at=moment, at=moment
        )
    ) == ("not_expected")


def test_who_may_be_assigned(term: Term, assistant: Any) -> None:
    seat, there = a_learner(term), a_learner(term)
    missed, make_up = a_session(term), a_make_up(term)
    attend(missed, there)

    def assign(at_: Session = make_up, of: Session = missed, who: Sequence[Enrolment] = (seat,)) -> Any:
        return assign_make_up(at_, of, who, at=at(12), actor=assistant)

    assert refused(assign) == "not_closed"
    closed(missed, assistant)
    assert refused(lambda: assign(at_=a_session(term, starts_at=at(25)))) == "no_make_up"
    assert refused(lambda: assign(who=[seat, there])) == "not_missed"
    assert not MakeUpSeat.objects.exists(), "nobody is assigned when one is refused"
    course = factories.a_course(term.programme, "OTHER")
    assert refused(lambda: assign(at_=a_make_up(term, course=course))) == "other_course"
    [held] = assign()
    assert assign() == [held], "a repeat keeps the seat"
    assert refused(lambda: assign(at_=a_make_up(term, day=21))) == "made_up_elsewhere"
    second = closed(a_session(term, starts_at=at(11)), assistant)
    assert refused(lambda: assign(of=second)) == "seat_taken"
    at_once = a_session(term, starts_at=at(22, "18:00"), room="")
    assert refused(lambda: assign(at_=a_make_up(term, day=22), of=second)) == "learner_taken"
    assert at_once.state == SessionState.PLANNED
    closed(make_up, assistant)
    assert refused(lambda: assign(of=second, who=[there])) == "session_closed"


def test_a_cancelled_make_up_frees_its_learners(term: Term, assistant: Any) -> None:
    seat = a_learner(term)
    missed, first, second = closed(a_session(term), assistant), a_make_up(term), a_make_up(term, day=21)
    assign_make_up(first, missed, [seat], at=at(12), actor=assistant)
    cancel_session(first, at=at(13), actor=assistant, reason="教师出差")
    [held] = assign_make_up(second, missed, [seat], at=at(14), actor=assistant)
    attend(second, seat)
    closed(second, assistant)
    assert (held.session, ledger(seat, missed)) == (second, 180)


def test_nothing_is_placed_on_top_of_it_for_its_learners(term: Term, assistant: Any) -> None:
    group, other = factories.a_group(term, "A"), factories.a_group(term, "B")
    seat, missed = a_learner(term, group=group), closed(a_session(term), assistant)
    make_up, session = a_make_up(term, day=11), a_session(term, starts_at=at(12), room="")
    assign_make_up(make_up, missed, [seat], at=at(10, "15:00"), actor=assistant)
    there = {"starts_at": make_up.starts_at, "ends_at": make_up.ends_at}
    everybody, hers, others = (plan_of(session, groups=groups, **there) for groups in ((), [group], [other]))
    for plan in (everybody, hers):
        assert refused(lambda plan=plan: change_session(session, plan, at=at(10), actor=assistant)) == "learner_taken"
        assert refused(lambda plan=plan: add_session(term, plan, at=at(10), actor=assistant)) == "learner_taken"
    change_session(session, others, at=at(10), actor=assistant, short_confirmed=True)


def test_it_is_made_like_any_other_session(term: Term, assistant: Any) -> None:
    a_learner(term)
    regular = a_session(term, starts_at=at(20))
    plan = SessionPlan(regular.course, at(20), at(20, "11:50"), 180, room="302", make_up=True)
    session = add_session(term, plan, at=at(12), actor=assistant)
    assert (session.make_up, session.groups.count()) == (True, 0)
    taken = SessionPlan(regular.course, at(20, "09:00"), at(20, "10:00"), 45, room="301", make_up=True)
    assert refused(lambda: add_session(term, taken, at=at(12), actor=assistant)) == "room_taken"
    late = SessionPlan(regular.course, at(20, "13:00"), at(20, "14:00"), 45, room="302")
    assert add_session(term, late, at=at(12), actor=assistant).pk


def test_everybody_concerned_is_told(term: Term, assistant: Any, django_capture_on_commit_callbacks: Any) -> None:
    seat, told = a_learner(term), []
    missed, make_up = closed(a_session(term), assistant), a_make_up(term)

    def listen(sender: Any, seat: MakeUpSeat, **facts: Any) -> None:
        told.append((seat.enrolment_id, facts.get("reason")))

    for signal in (make_up_assigned, make_up_withdrawn):
        signal.connect(listen)
    with django_capture_on_commit_callbacks(execute=True):
        [held] = assign_make_up(make_up, missed, [seat], at=at(12), actor=assistant)
        assign_make_up(make_up, missed, [seat], at=at(12), actor=assistant)
        withdraw_make_up(held, reason="已请假", at=at(13), actor=assistant)
    for signal in (make_up_assigned, make_up_withdrawn):
        signal.disconnect(listen)
    assert told == [(seat.pk, None), (seat.pk, "已请假")]


def test_made_up_hours_give_the_right_back_and_losing_them_warns(
    term: Term, assistant: Any, django_capture_on_commit_callbacks: Any
) -> None:
    seat, told = a_learner(term), []
    sessions = [a_session(term, starts_at=at(2 + n)) for n in range(18)]
    for session in sessions[:7]:
        closed(session, assistant)
    confirm_exclusion(seat, reason="核对无误", at=at(9), actor=assistant)
    assert gates.refuse_after_too_much_absence(seat) is not None
    make_up = a_make_up(term)
    [held] = assign_make_up(make_up, sessions[0], [seat], at=at(12), actor=assistant)
    attend(make_up, seat)
    closed(make_up, assistant)
    assert attendance_of(seat).standing.missed == 24 * 45
    assert gates.refuse_after_too_much_absence(seat) is None

    def listen(sender: Any, outlook: str, missed: int, **facts: Any) -> None:
        told.append((outlook, missed))

    absence_limit_near.connect(listen)
    with django_capture_on_commit_callbacks(execute=True):
        withdraw_make_up(held, reason="代他人补课", at=at(22), actor=assistant)
    absence_limit_near.disconnect(listen)
    assert told == [("over", 28 * 45)]
    assert gates.refuse_after_too_much_absence(seat) is None, "the exclusion ended; the new excess waits for a person"


def test_leave_that_does_not_count_stays_excused_when_only_a_part_is_made_up(assistant: Any) -> None:
    term = factories.a_term(factories.a_programme(leave_counts_as_absence=False))
    a_timetable(term)
    seat, missed, make_up = a_learner(term), a_session(term), a_make_up(term)
    leave = ask_leave(seat, missed, reason="出差", at=at(1))
    decide_leave(leave, approve=True, answer="", at=at(1), actor=assistant)
    closed(missed, assistant)
    assign_make_up(make_up, missed, [seat], at=at(12), actor=assistant)
    attend(make_up, seat, late=100)
    closed(make_up, assistant)
    standing = attendance_of(seat).standing
    assert (standing.earned, standing.missed, standing.on_leave) == (90, 0, 90)
    assert term_sheet(term).rows[0].standing == standing


def test_the_sheet_of_a_make_up_takes_the_same_statements_for_3_and_60(
    term: Term, assistant: Any, django_assert_num_queries: Any
) -> None:
    for _n in range(3):
        a_learner(term)
    missed, make_up = closed(a_session(term), assistant), a_make_up(term)
    seats = list(Enrolment.objects.filter(term=term))
    assign_make_up(make_up, missed, seats, at=at(12), actor=assistant)
    make_up = Session.objects.select_related("term__programme").get(pk=make_up.pk)
    with django_assert_num_queries(5):
        assert len(session_rows(make_up)) == 3
    more = [a_learner(term) for _n in range(57)]
    MakeUpSeat.objects.bulk_create(
        MakeUpSeat(session=make_up, enrolment=seat, missed=missed, assigned_by=assistant, assigned_at=at(12))
        for seat in more
    )
    with django_assert_num_queries(5):
        assert len(session_rows(make_up)) == 60


# the ledger against the journals


class History:
    """A term in which 50 learners live 20 sessions each: 1,000 random histories of one learner at one session."""

    def __init__(self, term: Term, assistant: Any, seed: int) -> None:
        self.term, self.assistant, self.random = term, assistant, random.Random(seed)
        self.seats = [a_learner(term) for _n in range(50)]
        self.sessions = [a_session(term, starts_at=at(2 + n), room="", check_out_required=n % 4 > 0) for n in range(20)]
        self.make_ups = [a_session(term, starts_at=at(2 + n, "19:00"), room="", make_up=True) for n in range(20)]
        self.clock = at(1)

    def tick(self) -> datetime:
        self.clock += MINUTE
        return self.clock

    def come_and_go(self, session: Session, seats: Sequence[Enrolment]) -> None:
        rows = []
        for seat in seats:
            if self.random.random() < 0.6:
                continue
            arrived = session.starts_at + self.random.randint(-20, 150) * MINUTE
            left = session.ends_at + self.random.randint(-100, 15) * MINUTE
            rows.append((seat, CheckKind.IN, arrived))
            if self.random.random() < 0.8:
                rows.append((seat, CheckKind.OUT, left))
        CheckEntry.objects.bulk_create(
            CheckEntry(
                session=session,
                enrolment=seat,
                kind=kind,
                at=moment,
                method=CheckMethod.QR,
                actor=seat.person.user,
                recorded_at=moment,
            )
            for seat, kind, moment in rows
        )

    def correct_some(self, session: Session, seats: Sequence[Enrolment]) -> None:
        minutes = [None, 0, 180, self.random.randint(1, 179)]
        chosen = self.random.sample(seats, min(len(seats), 4))
        wanted = [Correction(seat, self.random.choice(minutes)) for seat in chosen]
        correct_attendance(session, wanted, reason="核对", at=self.tick(), actor=self.assistant)

    def live(self) -> None:
        for n, session in enumerate(self.sessions):
            self.come_and_go(session, self.seats)
            for seat in self.random.sample(self.seats, 3):
                leave = ask_leave(seat, session, reason="出差", at=at(1))
                decide_leave(leave, approve=True, answer="", at=at(1), actor=self.assistant)
            session = closed(session, self.assistant)
            lost = [seat for seat, cell in session_rows(session) if cell.missed]
            chosen = self.random.sample(lost, min(len(lost), 6))
            make_up = self.make_ups[n]
            held = assign_make_up(make_up, session, chosen, at=self.tick(), actor=self.assistant)
            self.come_and_go(make_up, chosen)
            if n % 5:
                make_up = closed(make_up, self.assistant)
            self.correct_some(session, self.seats)
            self.correct_some(make_up, chosen)
            if held and n % 3 == 0:
                withdraw_make_up(self.random.choice(held), reason="改期", at=self.tick(), actor=self.assistant)

    def recomputed(self) -> dict[tuple[int, int], int]:
        """Missed session and seat -> minutes, from the bare rows, by another way than the product's."""
        times = {(row.session_id, row.enrolment_id, row.kind): row.at for row in CheckEntry.objects.all()}
        marks = {(row.session_id, row.enrolment_id): row.minutes for row in AttendanceMark.objects.order_by("revision")}

        def attended(session: Session, seat: int) -> int:
            entered = marks.get((session.pk, seat))
            came, went = times.get((session.pk, seat, "in")), times.get((session.pk, seat, "out"))
            if not session.check_out_required:
                went = session.ends_at
            if entered is not None or came is None or went is None:
                return entered or 0
            wall = (session.ends_at - session.starts_at) // MINUTE
            late = max(0, (came - session.starts_at) // MINUTE)
            late = 0 if late <= self.term.programme.late_grace_minutes else late
            lost = min(wall, late + max(0, (session.ends_at - went) // MINUTE))
            return session.minutes - session.minutes * lost // wall

        found = {(session.pk, seat.pk): attended(session, seat.pk) for session in self.sessions for seat in self.seats}
        for held in MakeUpSeat.objects.filter(withdrawn_at=None).select_related("session"):
            if held.session.closed_at is not None:
                key = held.missed_id, held.enrolment_id
                found[key] = max(found[key], min(180, found[key] + attended(held.session, held.enrolment_id)))
        return found


@pytest.mark.parametrize("seed", [1, 2])
def test_the_ledger_equals_an_independent_recomputation(term: Term, assistant: Any, seed: int) -> None:
    history = History(term, assistant, seed)
    history.live()
    rows = HourEntry.objects.values_list("reference", "enrolment_id").annotate(total=Sum("minutes"))
    credited = {(int(reference), seat): total for reference, seat, total in rows.order_by()}
    wanted = history.recomputed()
    assert len(wanted) == 1000
    assert {key: credited.get(key, 0) for key in wanted} == wanted
    assert not HourEntry.objects.filter(reference__in=[str(session.pk) for session in history.make_ups]).exists()
    assert not list(verify_credits())
    assert MakeUpSeat.objects.filter(withdrawn_at=None).count() > 80
    sheet = {row.enrolment.pk: row for row in term_sheet(term).rows}
    for place, session in enumerate(sessions_of(term)):
        for seat, exact in session_rows(session):
            cell = sheet[seat.pk].cells[place]
            assert cell is not None
            assert (cell.status, cell.minutes, cell.proven) == (exact.status, exact.minutes, exact.proven)
            assert (cell.made_up, cell.missed, cell.excused) == (exact.made_up, exact.missed, exact.excused)
    for seat in history.seats[:5]:
        assert sheet[seat.pk].standing == attendance_of(seat).standing
        assert [cell.status for cell in sheet[seat.pk].cells if cell] == [
            own.status for own in attendance_of(seat).sessions if not own.session.make_up
        ]


# the assistant's screens

LIST = reverse("lms_attendance_admin:make_ups")


def test_the_assistant_plans_a_make_up_and_withdraws_a_seat(term: Term, assistant: Any, signed_in: Any) -> None:
    client = signed_in(assistant)
    seat, other = a_learner(term), a_learner(term)
    missed = closed(a_session(term), assistant)
    address = reverse("lms_attendance_admin:missed", args=[missed.pk])
    assert [row.learners for row in client.get(LIST, {"term": term.code}).context["missing"]] == [2]
    page = client.post(address, {"seat": seat.pk, "day": "2025-03-20", "start": ""})
    assert "start" in page.context["form"].errors
    assert client.post(address, {"day": "2025-03-20", "start": "19:00"}).status_code == 200
    assert not MakeUpSeat.objects.exists()
    answer = client.post(address, {"seat": seat.pk, "day": "2025-03-20", "start": "19:00", "room": "302"})
    assert answer.status_code == 302
    [held] = MakeUpSeat.objects.all()
    assert (held.enrolment, held.missed, held.session.make_up, held.session.room) == (seat, missed, True, "302")
    assert (held.session.starts_at, held.session.minutes) == (at(20, "19:00"), 180)
    client.post(address, {"seat": other.pk, "session": held.session_id})
    assert held.session.make_up_seats.count() == 2
    withdraw = reverse("lms_attendance_admin:withdraw_make_up", args=[held.pk])
    client.post(withdraw, {"reason": ""})
    assert MakeUpSeat.objects.filter(withdrawn_at=None).count() == 2
    client.post(withdraw, {"reason": "改期"})
    assert [seat.enrolment for seat in MakeUpSeat.objects.filter(withdrawn_at=None)] == [other]


def test_what_was_typed_stays_when_it_is_refused(term: Term, assistant: Any, signed_in: Any) -> None:
    seat = a_learner(term)
    missed = closed(a_session(term), assistant)
    a_session(term, starts_at=at(20))
    address = reverse("lms_attendance_admin:missed", args=[missed.pk])
    page = signed_in(assistant).post(address, {"seat": seat.pk, "day": "2025-03-20", "start": "09:00", "room": "303"})
    assert page.status_code == 200
    assert page.context["form"]["room"].value() == "303"
    assert page.context["ticked"] == {str(seat.pk)}
    assert not Session.objects.filter(make_up=True).exists(), "nothing is made when its learners are refused"


def test_others_make_no_make_ups(term: Term, assistant: Any, outsider: Any, signed_in: Any) -> None:
    seat = a_learner(term)
    missed, make_up = closed(a_session(term), assistant), a_make_up(term)
    [held] = assign_make_up(make_up, missed, [seat], at=at(12), actor=assistant)
    withdraw = reverse("lms_attendance_admin:withdraw_make_up", args=[held.pk])
    address = reverse("lms_attendance_admin:missed", args=[missed.pk])
    for user in (outsider, seat.person.user):
        assert {signed_in(user).get(page).status_code for page in (LIST, address)} <= {302, 403}
    for user in (outsider, factories.staff(Role.INSTRUCTOR)):
        assert signed_in(user).post(withdraw, {"reason": "x"}).status_code in (302, 403)
        assert signed_in(user).post(address, {"seat": seat.pk}).status_code in (302, 403)
    group = factories.a_group(term)
    group.assistants.add(factories.staff(Role.ASSISTANT))
    Enrolment.objects.filter(pk=seat.pk).update(group=group)
    assert signed_in(assistant).post(withdraw, {"reason": "x"}).status_code == 403, "a class of another assistant"
    assert signed_in(assistant).get(address).context["rows"] == []
    assert MakeUpSeat.objects.get().withdrawn_at is None


def test_the_list_takes_the_same_statements_for_3_and_60(
    term: Term, assistant: Any, signed_in: Any, django_assert_max_num_queries: Any
) -> None:
    client = signed_in(assistant)
    missed, make_up = closed(a_session(term), assistant), a_make_up(term)

    def assign(count: int) -> None:
        seats = [a_learner(term) for _n in range(count)]
        MakeUpSeat.objects.bulk_create(
            MakeUpSeat(session=make_up, enrolment=seat, missed=missed, assigned_by=assistant, assigned_at=at(12))
            for seat in seats
        )

    def statements(address: str) -> int:
        with django_assert_max_num_queries(80) as counted:
            assert client.get(address).status_code == 200
        return len(counted)

    pages = (LIST, reverse("lms_attendance_admin:missed", args=[missed.pk]))
    assign(3)
    few = [statements(page) for page in pages for _twice in range(2)][1::2]
    assign(57)
    assert [statements(page) for page in pages] == few
