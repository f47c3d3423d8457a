"""An exclusion ends for good once the absence is within the limit again; a later excess wants a person anew (R12)."""

import random
from collections.abc import Callable
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils.translation import gettext as _

from lms.attendance import gates
from lms.attendance.models import ExclusionDecision, MakeUpSeat, Session
from lms.attendance.selectors import appealable_exclusions, attendance_of, exclusion_in_force, term_sheet
from lms.attendance.services import (
    Correction,
    SessionPlan,
    add_session,
    assign_make_up,
    cancel_session,
    change_session,
    close_session,
    confirm_exclusion,
    correct_attendance,
    grant_leave,
    lift_exclusion,
    plan_of,
    withdraw_make_up,
)
from lms.attendance.signals import exclusion_lifted
from lms.core.exceptions import DomainError
from lms.programmes.models import Enrolment, Term
from tests import factories
from tests.attendance.factories import a_learner, a_session, a_timetable, at
from tests.attendance.waiting import one_after_the_other

pytestmark = pytest.mark.django_db


class Excluded:
    """18 sessions of 4 class hours, 7 of them missed: 28 of 72 hours, 4 over the limit; the exclusion confirmed."""

    def __init__(self, term: Term, actor: Any, *, confirmed: bool = True) -> None:
        self.term, self.actor, self.seat = term, actor, a_learner(term)
        self.sessions = [a_session(term, starts_at=at(3 + n), room="") for n in range(18)]
        for number, session in enumerate(self.sessions[:7]):
            self.sessions[number] = close_session(session, at=session.ends_at, actor=actor)
        if confirmed:
            self.confirm()

    def confirm(self) -> ExclusionDecision:
        return confirm_exclusion(self.seat, reason="核对无误", at=at(25), actor=self.actor)

    def correct(self, session: Session, minutes: int | None) -> None:
        correct_attendance(session, [Correction(self.seat, minutes)], reason="核对", at=at(25), actor=self.actor)

    def make_up(self, minutes: int = 180) -> MakeUpSeat:
        """So many of the first session are proven in a make-up session with a closed sheet."""
        session = a_session(self.term, starts_at=at(24, "19:00"), room="302", make_up=True)
        [held] = assign_make_up(session, self.sessions[0], [self.seat], at=at(12), actor=self.actor)
        self.correct(session, minutes)
        close_session(session, at=session.ends_at, actor=self.actor)
        return held

    def withdraw(self, held: MakeUpSeat) -> None:
        withdraw_make_up(held, reason="并未到场", at=at(26), actor=self.actor)

    @property
    def acts(self) -> list[str]:
        return list(ExclusionDecision.objects.order_by("pk").values_list("act", flat=True))

    @property
    def refused(self) -> bool:
        return gates.refuse_after_too_much_absence(Enrolment.objects.get(pk=self.seat.pk)) is not None


@pytest.fixture
def excluded(term: Term, assistant: Any) -> Excluded:
    return Excluded(term, assistant)


def code_of(act: Callable[[], Any]) -> str:
    with pytest.raises(DomainError) as problem:
        act()
    return problem.value.code


def test_a_later_excess_does_not_bring_it_back_by_itself(excluded: Excluded) -> None:
    assert excluded.refused
    held = excluded.make_up()
    assert (excluded.acts, excluded.refused) == (["confirmed", "restored"], False)
    last = ExclusionDecision.objects.latest("pk")
    assert (last.missed_minutes, last.scheduled_minutes, last.actor) == (24 * 45, 72 * 45, excluded.actor)
    excluded.withdraw(held)
    assert attendance_of(excluded.seat).standing.outlook == "over"
    assert not excluded.refused, "nobody confirmed the new excess"
    assert exclusion_in_force(excluded.seat) is None
    excluded.confirm()
    assert (excluded.acts, excluded.refused) == (["confirmed", "restored", "confirmed"], True)
    assert len(appealable_exclusions(excluded.seat)) == 2


def test_a_minute_too_few_leaves_it_in_force(excluded: Excluded) -> None:
    held = excluded.make_up(179)
    assert attendance_of(excluded.seat).standing.missed == 24 * 45 + 1
    assert (excluded.acts, excluded.refused) == (["confirmed"], True)
    excluded.correct(held.session, 180)
    assert (excluded.acts, excluded.refused) == (["confirmed", "restored"], False)
    excluded.correct(held.session, 179)
    assert not excluded.refused


def test_a_correction_ends_it(excluded: Excluded) -> None:
    excluded.correct(excluded.sessions[3], 179)
    assert excluded.acts == ["confirmed"]
    excluded.correct(excluded.sessions[3], 180)
    assert excluded.acts == ["confirmed", "restored"]
    excluded.correct(excluded.sessions[3], None)
    assert (excluded.acts, excluded.refused) == (["confirmed", "restored"], False)


def test_more_scheduled_hours_end_it_and_cancelling_them_does_not_bring_it_back(excluded: Excluded) -> None:
    excluded.correct(excluded.sessions[0], 135)
    assert excluded.refused, "25 of 72 hours"
    plan = SessionPlan(excluded.sessions[0].course, at(24), at(24, "11:50"), 180, "")
    added = add_session(excluded.term, plan, at=at(21), actor=excluded.actor)
    assert (excluded.acts, excluded.refused) == (["confirmed", "restored"], False), "25 of 76, at most 25⅓"
    cancel_session(added, at=at(21), actor=excluded.actor, reason="台风", short_confirmed=True)
    assert attendance_of(excluded.seat).standing.exceeded
    assert not excluded.refused


def test_leave_that_is_no_absence_ends_it(assistant: Any) -> None:
    term = factories.a_term(factories.a_programme(leave_counts_as_absence=False))
    a_timetable(term)
    excluded = Excluded(term, assistant)
    grant_leave(excluded.sessions[2], [excluded.seat], reason="急诊", at=at(25), actor=assistant)
    assert (excluded.acts, excluded.refused) == (["confirmed", "restored"], False)


def test_leave_that_is_absence_does_not(excluded: Excluded) -> None:
    grant_leave(excluded.sessions[2], [excluded.seat], reason="急诊", at=at(25), actor=excluded.actor)
    assert (excluded.acts, excluded.refused) == (["confirmed"], True)


def test_it_is_hers_alone(term: Term, assistant: Any) -> None:
    other = a_learner(term)
    excluded = Excluded(term, assistant)
    confirm_exclusion(other, reason="核对无误", at=at(25), actor=assistant)
    excluded.make_up()
    assert exclusion_in_force(excluded.seat) is None
    assert exclusion_in_force(other) is not None
    assert gates.refuse_after_too_much_absence(other) is not None


def test_what_ended_is_neither_lifted_nor_ended_again(excluded: Excluded) -> None:
    excluded.make_up()
    assert code_of(lambda: lift_exclusion(excluded.seat, reason="x", at=at(26), actor=excluded.actor)) == "not_excluded"
    assert code_of(excluded.confirm) == "limit_not_exceeded"
    excluded.correct(excluded.sessions[1], 180)
    assert excluded.acts == ["confirmed", "restored"]


def test_nothing_ends_where_nobody_confirmed_or_somebody_lifted(term: Term, assistant: Any) -> None:
    excluded = Excluded(term, assistant, confirmed=False)
    excluded.make_up()
    assert excluded.acts == []
    excluded.correct(excluded.sessions[1], None)
    excluded.withdraw(MakeUpSeat.objects.get())
    excluded.confirm()
    lift_exclusion(excluded.seat, reason="申诉成立", at=at(26), actor=assistant)
    excluded.correct(excluded.sessions[1], 180)
    assert excluded.acts == ["confirmed", "lifted"]


def test_it_is_told_with_its_reason_and_shown_beside_a_new_excess(
    excluded: Excluded, signed_in: Any, django_capture_on_commit_callbacks: Any
) -> None:
    told: list[ExclusionDecision] = []

    def listen(sender: Any, decision: ExclusionDecision, **facts: Any) -> None:
        told.append(decision)

    exclusion_lifted.connect(listen)
    with django_capture_on_commit_callbacks(execute=True):
        held = excluded.make_up()
    exclusion_lifted.disconnect(listen)
    assert [decision.act for decision in told] == ["restored"]
    assert str(_("Restored by a make-up session")) in told[0].reason
    page = reverse("lms_attendance_admin:exclusions")
    client = signed_in(excluded.actor)
    excluded.withdraw(held)
    text = client.get(page).content.decode()
    assert told[0].reason in text
    assert 'value="confirm"' in text
    assert 'value="lift"' not in text


def test_the_row_is_never_changed(excluded: Excluded) -> None:
    excluded.make_up()
    with pytest.raises(IntegrityError), transaction.atomic():
        ExclusionDecision.objects.update(reason="x")


@pytest.mark.parametrize("seed", range(4))
def test_in_every_moment_it_refuses_what_a_person_confirmed_and_nothing_gave_back(
    term: Term, assistant: Any, seed: int
) -> None:
    """Against a model that knows two things: is the limit exceeded now, and was it ever not since the confirmation."""
    excluded, random_, confirmed = Excluded(term, assistant, confirmed=False), random.Random(seed), False
    extra: list[Session] = []

    def reschedule() -> None:
        if extra:
            cancel_session(extra.pop(), at=at(21), actor=assistant, reason="台风", short_confirmed=True)
        else:
            plan = SessionPlan(excluded.sessions[0].course, at(24), at(24, "11:50"), 180, "309")
            extra.append(add_session(term, plan, at=at(21), actor=assistant))

    def lengthen() -> None:
        session = Session.objects.get(pk=excluded.sessions[17].pk)
        minutes = random_.choice([90, 180])
        change_session(session, plan_of(session, minutes=minutes), at=at(21), actor=assistant, short_confirmed=True)

    for _step in range(25):
        act = random_.choice(["correct", "correct", "reschedule", "lengthen", "confirm", "confirm"])
        if act == "correct":
            excluded.correct(random_.choice(excluded.sessions[:7]), random_.choice([None, 60, 179, 180]))
        elif act == "confirm":
            if attendance_of(excluded.seat).standing.exceeded:
                excluded.confirm()
                confirmed = True
            else:
                assert code_of(excluded.confirm) == "limit_not_exceeded"
        else:
            (reschedule if act == "reschedule" else lengthen)()
        standing = attendance_of(excluded.seat).standing
        assert term_sheet(term).rows[0].standing == standing
        exceeded = 3 * standing.missed > standing.scheduled
        confirmed = confirmed and exceeded
        assert excluded.refused == confirmed
        assert (exclusion_in_force(excluded.seat) is not None) == confirmed


# at the same moment


class Restoring(Excluded):
    """The sheet of the make-up session is still open, and nobody has confirmed anything yet."""

    def __init__(self, term: Term, actor: Any) -> None:
        super().__init__(term, actor, confirmed=False)
        self.open = a_session(term, starts_at=at(24, "19:00"), room="302", make_up=True)
        assign_make_up(self.open, self.sessions[0], [self.seat], at=at(12), actor=actor)
        self.correct(self.open, 180)

    def close(self) -> Session:
        return close_session(self.open, at=self.open.ends_at, actor=self.actor)

    def add(self) -> Session:
        plan = SessionPlan(self.sessions[0].course, at(24), at(24, "18:00"), 540, "309")
        return add_session(self.term, plan, at=at(21), actor=self.actor)


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("change", ["close", "add"])
def test_who_confirms_while_hours_are_given_back_waits_and_is_refused(term: Term, assistant: Any, change: str) -> None:
    restoring = Restoring(term, assistant)
    _changed, confirmed = one_after_the_other(getattr(restoring, change), restoring.confirm)
    assert (confirmed, restoring.acts) == ("limit_not_exceeded", [])


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("change", ["close", "add"])
def test_hours_given_back_while_somebody_confirms_end_what_she_confirmed(
    term: Term, assistant: Any, change: str
) -> None:
    restoring = Restoring(term, assistant)
    one_after_the_other(restoring.confirm, getattr(restoring, change))
    assert (restoring.acts, restoring.refused) == (["confirmed", "restored"], False)
