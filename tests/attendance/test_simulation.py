"""A simulated term goes through the services and ends where the journals agree."""

from collections import Counter
from datetime import datetime
from typing import Any

import pytest

from lms.attendance.models import CheckEntry, Session
from lms.attendance.selectors import term_sheet, verify_credits
from lms.attendance.simulation import live_classroom
from lms.people.enums import Role
from lms.programmes.models import Term
from lms.programmes.simulation import SimulatedLearner, SimulatedTerm
from tests import factories
from tests.attendance.factories import at

pytestmark = pytest.mark.django_db


@pytest.fixture
def term() -> Term:
    found = factories.a_term(code="lived")
    factories.a_course(found.programme, offline_minutes=72 * 45)
    return found


def a_world(term: Term, until: datetime, size: int) -> SimulatedTerm:
    staff: dict[str, Any] = {
        "assistant": factories.staff(Role.ASSISTANT),
        "instructor": factories.staff(Role.INSTRUCTOR),
    }
    world = SimulatedTerm(term, 1, until, staff)
    for number in range(1, size + 1):
        person = factories.a_person()
        seat = factories.an_enrolment(term, person, number=number)
        world.learners.append(SimulatedLearner(person, 0.5, 0.7, 0.8, seat))
    return world


def test_a_whole_term(term: Term) -> None:
    world = a_world(term, at(31, "20:00"), 40)
    live_classroom(world)
    assert world.counts["sessions"] == 18
    assert world.counts["check_ins"] == CheckEntry.objects.filter(kind="in").count()
    assert world.counts["minutes_earned"] == sum(row.standing.earned for row in term_sheet(term).rows)
    assert 0 < world.counts["excluded"] <= 2
    assert Session.objects.filter(make_up=True, state="closed").count() > 0
    assert any(cell.made_up for row in term_sheet(term).rows for cell in row.cells if cell)
    assert not list(verify_credits())
    again = SimulatedTerm(term, 1, world.until, world.staff, learners=world.learners, counts=Counter())
    live_classroom(again)
    assert again.counts == world.counts
    assert world.counts["check_ins"] == CheckEntry.objects.filter(kind="in").count()


def test_a_running_term_leaves_one_session_open(term: Term) -> None:
    live_classroom(a_world(term, at(16, "12:00"), 5))
    (running,) = Session.objects.filter(state="open")
    assert running.check_in_from <= at(16, "12:00") < running.ends_at
    assert not CheckEntry.objects.filter(at__gt=at(16, "12:00")).exists()
    assert not list(verify_credits())
