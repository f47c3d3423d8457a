"""Pages that learners open all day need at most twelve queries with every plug-in, with 3 rows and with 200."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from wagtail.signal_handlers import disable_reference_index_auto_update

from lms.community.models import Board, Thread
from lms.evaluation.models import Survey
from lms.modules.models import CoursePage, LessonPage
from lms.modules.services import complete_lesson
from lms.notifications.enums import NoticeKind
from lms.notifications.services import tell
from lms.programmes.models import Course, Enrolment, Programme
from tests import factories
from tests.attendance.factories import a_session, a_timetable
from tests.community.factories import a_board, a_member, a_thread, reply_to
from tests.exams.factories import an_exam
from tests.modules.factories import a_lesson, a_programme_with_courses, an_assignment

pytestmark = [pytest.mark.django_db, pytest.mark.slow]
BUDGET = 12
FEW, MANY = 3, 200


@dataclass
class World:
    """A learner in the middle of her term: sessions held and to come, lessons read, work due, an exam open now, a
    survey to answer, unread messages and replies to her own thread."""

    seat: Enrolment
    lesson: LessonPage
    board: Board
    thread: Thread
    other: Any
    client: Client = field(default_factory=Client)

    @property
    def programme(self) -> Programme:
        return self.seat.term.programme


@pytest.fixture
def world() -> World:
    now = timezone.now()
    programme = a_programme_with_courses(2)
    days = {"starts_on": (now - timedelta(days=15)).date(), "ends_on": (now + timedelta(days=15)).date()}
    window = {
        "registration_opens_on": days["starts_on"] - timedelta(days=40),
        "registration_closes_on": days["starts_on"] - timedelta(days=10),
    }
    term = factories.a_term(programme, **days, **window)
    person = factories.a_person("李娜", unit=factories.a_unit())
    held = {"group": factories.a_group(term), "enrolled_at": now - timedelta(days=20)}
    seat = factories.an_enrolment(term, person, **held)
    a_timetable(term)
    lesson = a_lesson(Course.objects.get(module__programme=programme, code="T1"))
    complete_lesson(seat, lesson, at=now - timedelta(days=3))
    an_exam(now - timedelta(minutes=10), learners=0, term=term)
    around = {"opens_at": now - timedelta(days=1), "closes_at": now + timedelta(days=9)}
    Survey.objects.create(term=term, title="满意度调查", questions=[], **around)
    board = a_board("policy")
    thread = a_thread(person.user, board=board)
    made = World(seat, lesson, board, thread, a_member("王芳"))
    made.client.force_login(person.user)
    return made


def sessions(world: World, count: int) -> None:
    course = Course.objects.get(module__programme=world.programme, code="T1")
    for number in range(count):
        starts_at = timezone.now() + timedelta(days=number % 20 - 10, minutes=number)
        a_session(world.seat.term, starts_at=starts_at, course=course)


def assignments(world: World, count: int) -> None:
    for number in range(count):
        due_at = timezone.now() + timedelta(days=1, minutes=number)
        an_assignment(world.seat.term, f"作业{count}-{number}", due_at=due_at)


def lessons(world: World, count: int) -> None:
    course = Course.objects.get(module__programme=world.programme, code="T1")
    for _number in range(count):
        a_lesson(course)


def courses(world: World, count: int) -> None:
    parent = CoursePage.objects.get(course__module__programme=world.programme, course__code="T1").get_parent()
    for number in range(count):
        course = factories.a_course(world.programme, f"X{count}-{number}")
        page = CoursePage(title=course.title, slug=f"x{count}-{number}", course=course)
        parent = type(parent).objects.get(pk=parent.pk)
        parent.add_child(instance=page)


def notices(world: World, count: int) -> None:
    for number in range(count):
        about = {"key": f"{count}-{number}", "at": timezone.now(), "params": {"term": "2025年春季班"}}
        tell([world.seat.person.user], NoticeKind.APPLICATION_SUBMITTED, **about)


def replies(world: World, count: int) -> None:
    for number in range(count):
        reply_to(world.thread, f"第{number}条", author=world.other, at=timezone.now())


def threads(world: World, count: int) -> None:
    for number in range(count):
        a_thread(world.other, board=world.board, title=f"主题{number}")


def boards(world: World, count: int) -> None:
    for _number in range(count):
        a_board()


Fill = Callable[[World, int], None]
PAGES: dict[str, tuple[Callable[[World], str], tuple[Fill, ...]]] = {
    "desk": (
        lambda world: reverse("lms_programmes:desk"),
        (sessions, assignments, lessons, notices, replies),
    ),
    "course list": (lambda world: reverse("lms_modules:courses"), (courses, lessons, assignments)),
    "course page": (lambda world: reverse("lms_modules:course", args=["T1"]), (lessons, assignments)),
    "lesson page": (lambda world: reverse("lms_modules:lesson", args=["T1", world.lesson.slug]), (lessons,)),
    "forum boards": (lambda world: reverse("lms_community:boards"), (boards, threads)),
    "forum board": (lambda world: reverse("lms_community:board", args=["policy"]), (threads, replies)),
    "forum thread": (lambda world: reverse("lms_community:thread", args=[world.thread.pk]), (replies,)),
}


@pytest.mark.parametrize("page", PAGES)
def test_a_page_needs_few_queries_and_no_more_with_many_rows(page: str, world: World) -> None:
    address, fills = PAGES[page]
    assert connection.features.supports_json_field  # SQLite is asked once a process, with three statements
    counted = {}
    for rows, more in ((FEW, FEW), (MANY, MANY - FEW)):
        with disable_reference_index_auto_update():
            for fill in fills:
                fill(world, more)
        cache.clear()
        with CaptureQueriesContext(connection) as queries:
            answer = world.client.get(address(world))
        assert answer.status_code == 200
        counted[rows] = len(queries)
    listed = "\n".join(query["sql"][:160] for query in queries.captured_queries)
    assert counted[FEW] == counted[MANY] <= BUDGET, f"{counted}\n{listed}"


def test_the_measured_desk_shows_what_the_plugins_have_to_say(world: World) -> None:
    """The budget is worth something only while the cards are there."""
    for fill in (sessions, assignments, lessons, notices, replies):
        fill(world, FEW)
    shown = world.client.get(reverse("lms_programmes:desk")).context["zones"]
    keys = {card.key for cards in shown.values() for card in cards}
    assert {"community", "exams", "modules.assignment", "modules.lesson", "notifications"} <= keys
    assert any(key.startswith("attendance") for key in keys)
    assert any(key.startswith("evaluation") for key in keys)
