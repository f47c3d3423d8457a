"""Who is told when a session of a published timetable is added, moved, given to others or cancelled."""

from typing import Any

import pytest

from lms.attendance.models import Session
from lms.attendance.services import SessionPlan, add_session, cancel_session, change_session, plan_of
from lms.notifications.models import Notice
from lms.people.enums import Role
from lms.programmes.models import Term
from tests import factories
from tests.attendance.factories import a_learner, a_session, a_timetable, at

pytestmark = pytest.mark.django_db


@pytest.fixture
def term() -> Term:
    found = factories.a_term()
    a_timetable(found)
    return found


@pytest.fixture
def assistant() -> Any:
    return factories.staff(Role.ASSISTANT)


@pytest.fixture
def told(django_capture_on_commit_callbacks: Any) -> Any:
    def do(act: Any) -> set[tuple[str, int]]:
        Notice.objects.all().delete()
        with django_capture_on_commit_callbacks(execute=True):
            act()
        return set(Notice.objects.values_list("kind", "user"))

    return do


def test_a_move_is_told_to_the_class_and_to_both_instructors(term: Term, assistant: Any, told: Any) -> None:
    old, new = factories.staff(Role.INSTRUCTOR), factories.staff(Role.INSTRUCTOR)
    one, two = factories.a_group(term, "A"), factories.a_group(term, "B")
    first, second = a_learner(term, group=one).person.user, a_learner(term, group=two).person.user
    a_learner(term, group=one, state="withdrawn")
    session = a_session(term, instructor=old)
    session.groups.add(one)

    def change(**changes: Any) -> set[tuple[str, int]]:
        held = Session.objects.get(pk=session.pk)
        return told(
            lambda: change_session(
                held, plan_of(held, **changes), at=at(1), actor=assistant, reason="检修", short_confirmed=True
            )
        )

    assert change(starts_at=at(11), ends_at=at(11, "11:50")) == {("session_moved", first.pk), ("session_moved", old.pk)}
    assert change(room="302", instructor=new) == {
        ("session_moved", first.pk),
        ("teaching_taken", old.pk),
        ("teaching_given", new.pk),
    }
    assert change(instructor=old) == {("teaching_taken", new.pk), ("teaching_given", old.pk)}
    assert change(groups=[one, two]) == {("session_added", second.pk), ("session_moved", old.pk)}
    assert change(groups=[two], room="303") == {
        ("session_dropped", first.pk),
        ("session_moved", second.pk),
        ("session_moved", old.pk),
    }
    assert change(mid_check_minutes=5) == set()
    held = Session.objects.get(pk=session.pk)
    assert told(
        lambda: cancel_session(held, at=at(1), actor=assistant, reason="台风", short_confirmed=True)
    ) == {("session_cancelled", second.pk), ("session_cancelled", old.pk)}  # fmt: skip


def test_a_new_session_of_a_published_timetable_is_told(term: Term, assistant: Any, told: Any) -> None:
    learner, teacher = a_learner(term).person.user, factories.staff(Role.INSTRUCTOR)
    plan = SessionPlan(factories.a_course(term.programme), at(12), at(12, "11:50"), 180, "301", teacher)
    assert told(lambda: add_session(term, plan, at=at(1), actor=assistant)) == {
        ("session_added", learner.pk),
        ("teaching_given", teacher.pk),
    }
    make_up = SessionPlan(plan.course, at(13), at(13, "11:50"), 180, "301", teacher, make_up=True)
    assert told(lambda: add_session(term, make_up, at=at(1), actor=assistant)) == set()


def test_nobody_is_told_of_a_timetable_that_nobody_sees(assistant: Any, told: Any) -> None:
    term = factories.a_term()
    a_learner(term)
    a_timetable(term, published=False)
    session = a_session(term)
    assert told(lambda: cancel_session(session, at=at(1), actor=assistant, reason="台风")) == set()
