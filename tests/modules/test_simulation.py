"""A term of study, lived: same seed, same outcome, and the journals agree."""

from datetime import datetime

import pytest

from lms.modules.models import AssignmentMark, LessonProgress, Submission
from lms.modules.selectors import verify_online_hours
from lms.modules.simulation import do_assignments, study_online
from lms.people.enums import Role
from lms.programmes.simulation import SimulatedLearner, SimulatedTerm
from tests import factories
from tests.modules import factories as make

pytestmark = pytest.mark.django_db
SPRING = datetime(2025, 4, 2, tzinfo=factories.ZONE)


def a_world(until=SPRING, learners=12):
    programme = make.a_programme_with_courses(2)
    term = factories.a_term(programme, "lived")
    for code in ("T1", "T2"):
        for _lesson in range(3):
            make.a_lesson(make.course_of(programme, code), minutes=30)
    make.an_assignment(term)
    people = []
    for number in range(learners):
        share = number / (learners - 1)
        enrolment = factories.an_enrolment(term, number=number + 1)
        people.append(SimulatedLearner(enrolment.person, share, share, share, enrolment))
    staff = {"instructor": factories.staff(Role.INSTRUCTOR)}
    return SimulatedTerm(term=term, seed=7, until=until, staff=staff, learners=people)


def live(world):
    study_online(world)
    do_assignments(world)
    return dict(world.counts)


def test_a_term_of_study():
    world = a_world()
    counts = live(world)
    assert counts["lessons_finished"] == LessonProgress.objects.filter(completed_at__isnull=False).count() > 40
    assert counts["handed_in"] == Submission.objects.count() >= 9
    assert counts["assignments_marked"] == AssignmentMark.objects.count() == counts["handed_in"]
    assert list(verify_online_hours()) == []


def test_nothing_happens_after_the_present_moment():
    until = datetime(2025, 3, 10, 12, tzinfo=factories.ZONE)
    live(a_world(until=until))
    assert LessonProgress.objects.exists()
    assert not LessonProgress.objects.filter(completed_at__gt=until).exists()
    assert not Submission.objects.exists()


def test_living_the_term_on_adds_only_what_is_new():
    world = a_world()
    live(world)
    again = SimulatedTerm(world.term, world.seed, world.until, world.staff, world.learners)
    study_online(again)
    assert again.counts["lessons_finished"] == 0
