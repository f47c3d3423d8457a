"""Every address of the suite with an object behind it: who may open it, and that reading never writes."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.contrib.contenttypes.models import ContentType
from django.db import connection, reset_queries
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import URLPattern, URLResolver, get_resolver

from lms.appeals.models import Appeal
from lms.attendance.models import CalendarFeed, PaperRoll, PaperSheet
from lms.attendance.services import renew_feed
from lms.certificates.models import Certificate
from lms.community.models import Board, PolicyQuestion, Post, Resource, Thread
from lms.evaluation.models import Survey
from lms.exams.models import Exam, Sitting
from lms.fees.models import Order
from lms.modules.models import Assignment, CoursePage, LessonPage
from lms.notifications.models import Notice
from lms.people.enums import Role
from lms.questions.models import Item
from tests import factories
from tests.attendance.factories import a_board, a_flag, a_roll, a_typed_roll
from tests.integration.test_privacy import World, world  # noqa: F401
from tests.test_every_view import OWN_BOOKKEEPING, WRITES

pytestmark = pytest.mark.slow
# The one thing that reading writes down on purpose: who opened a private file.
DECLARED = re.compile(OWN_BOOKKEEPING.pattern + "|lms_files_fileopening", re.I)
TABLE = Path(__file__).with_name("access.txt")
LETTERS = {
    Role.ADMINISTRATOR: "D",
    Role.ASSISTANT: "A",
    Role.INSTRUCTOR: "I",
    Role.EXAMINER: "E",
    Role.REVIEWER: "R",
    Role.FINANCE: "F",
    Role.SUPERVISOR: "S",
    Role.EXPERT: "X",
    Role.UNIT_CONTACT: "U",
}


def suite_patterns() -> Iterator[tuple[str, str, Any]]:
    """(full name, route, callback) of every address of the suite, with or without a namespace."""
    yield from _walk(get_resolver(), "", "")


def _walk(resolver: Any, prefix: str, namespace: str) -> Iterator[tuple[str, str, Any]]:
    for entry in resolver.url_patterns:
        route = prefix + str(entry.pattern)
        if isinstance(entry, URLResolver):
            yield from _walk(entry, route, entry.namespace or namespace)
        elif isinstance(entry, URLPattern) and (namespace or entry.name or "").startswith(("lms_", "units")):
            yield f"{namespace}:{entry.name}".lstrip(":"), f"/{route}", entry.callback


def subjects(w: World) -> list[tuple[str, Callable[[], Any]]]:
    """What stands for the first argument of an address: the first expression that matches its name and route."""
    session = w.term.sessions.order_by("pk")[0]
    lesson = LessonPage.objects.live().order_by("path")[0]
    code = CoursePage.objects.parent_of(lesson).get().course.code
    first: Callable[[Any], Callable[[], Any]] = lambda model: lambda: model.objects.order_by("pk").first()  # noqa: E731
    return [
        ("lms_modules_admin:mark", lambda: (first(Assignment)().pk, w.anna.pk)),
        ("lms_modules_admin", first(Assignment)),
        ("lms_modules:(complete|lesson|opened)", lambda: (code, lesson.slug)),
        ("lms_modules:course", lambda: (code,)),
        ("lms_modules:assignment", first(Assignment)),
        ("lms_admissions_admin:admit", lambda: w.term),
        ("lms_admissions:start", lambda: (w.term.code,)),
        ("lms_admissions:remove_file", lambda: (w.own_application().pk, w.file.pk)),
        ("lms_admissions:step", lambda: (w.own_application().pk, "identity")),
        ("lms_admissions", lambda: w.own_application()),
        ("lms_appeals", first(Appeal)),
        (r"lms_attendance_admin:(generate|publish)", lambda: w.term),
        ("lms_attendance:withdraw_leave", lambda: w.leave),
        ("lms_attendance:(outcome|after_check|hint)", lambda: (session.pk, "in")),
        ("lms_attendance_admin:(flag|decide_flag) ", lambda: a_flag(session, w.anna)),
        ("lms_attendance:scan", lambda: ("x",)),
        ("lms_attendance:feed", lambda: (CalendarFeed.objects.get(user=w.anna.person.user).secret,)),
        ("lms_attendance_admin:(paper_roll|roll_pdf)", lambda: (first(PaperRoll)().code,)),
        ("lms_attendance_admin:paper_sheet", first(PaperSheet)),
        ("lms_attendance", lambda: session),
        ("lms_certificates:verify_code", lambda: (w.own(Certificate, enrolment=w.anna).code,)),
        ("lms_certificates_admin:(issue|print|term)", lambda: w.term),
        ("lms_certificates", lambda: w.own(Certificate, enrolment=w.anna)),
        ("lms_questions_backoffice", first(Item)),
        ("lms_community:(board|new_thread)", lambda: (first(Board)().slug,)),
        ("lms_community:(close|question)|questions/", first(PolicyQuestion)),
        ("lms_community:(download|resource)", lambda: (first(Resource)().slug,)),
        ("lms_community:.*post$", first(Post)),
        ("lms_community:(mark_read|moderate_thread|reply|thread)", first(Thread)),
        ("lms_evaluation", first(Survey)),
        ("lms_exams_backoffice:practical_entry", lambda: w.term),
        ("lms_exams_backoffice:practical_history", lambda: w.anna),
        ("lms_exams_backoffice:signal_history", first(Sitting)),
        ("lms_exams_backoffice:branch(_|$| )", lambda: w.own(Sitting, enrolment=w.anna)),
        ("lms_exams_backoffice|lms_exams:(exam|start)", first(Exam)),
        ("lms_exams", lambda: w.own(Sitting, enrolment=w.anna)),
        ("lms_fees", lambda: w.own(Order, enrolment=w.anna)),
        ("lms_files", lambda: w.file),
        ("lms_grading_admin:result", lambda: w.anna),
        ("lms_grading_admin", lambda: w.term),
        ("lms_notifications", lambda: w.own(Notice, user=w.anna.person.user)),
        ("lms_people:withdraw", lambda: ("identity",)),
        ("lms_people_", lambda: w.anna.person),
        ("lms_records_admin:report", lambda: w.term),
        ("lms_records_admin", lambda: w.anna.person),
    ]


def addresses(w: World) -> Iterator[tuple[str, str]]:
    """(name, path) with real keys; addresses of objects that a term does not bring forth are left out."""
    table = subjects(w)
    for name, route, callback in suite_patterns():
        slots = re.findall(r"<(?:\w+:)?\w+>", route)
        if not slots:
            yield name, route
            continue
        model = getattr(callback, "view_initkwargs", {}).get("model")
        found = model.objects.order_by("pk").first() if model else _subject(table, f"{name} {route}")
        keys = found if isinstance(found, tuple) else (getattr(found, "pk", None),)
        if len(keys) == len(slots) and None not in keys:
            for slot, key in zip(slots, keys, strict=True):
                route = route.replace(slot, str(key), 1)
            yield name, route


def _subject(table: list[tuple[str, Callable[[], Any]]], text: str) -> Any:
    return next((make() for pattern, make in table if re.search(pattern, text)), None)


def visitors(w: World) -> dict[str, Client]:
    """A letter for each role, `o` for the owner, `l` for another learner, `.` for a stranger with an account."""
    users = {letter: factories.a_user(f"visitor-{letter}", roles=(role,)) for role, letter in LETTERS.items()}
    users |= {"o": w.anna.person.user, "l": w.berta.person.user, ".": factories.a_user("visitor")}
    clients = {letter: Client(raise_request_exception=False) for letter in users}
    for letter, user in users.items():
        clients[letter].force_login(user)
    return clients


@pytest.mark.django_db
def test_who_may_open_what_and_that_reading_never_writes(world: World) -> None:  # noqa: F811
    """The table beside this file holds, for each address, the letters of those for whom it opens."""
    session = world.term.sessions.order_by("pk")[0]
    a_board(session)
    renew_feed(world.anna.person.user, at=session.starts_at)
    a_roll(session)
    a_typed_roll(session, [world.anna])
    world.notice.delete()
    ContentType.objects.clear_cache()
    people, lines, wrong = visitors(world), [], []
    for name, path in sorted(set(addresses(world))):
        opens = ""
        for letter, client in people.items():
            if letter not in (people if path.startswith("/admin/") else "DAISol."):
                continue
            reset_queries()
            with CaptureQueriesContext(connection) as queries:
                answer = client.get(path)
            if answer.status_code >= 500:
                wrong.append(f"{letter} {path}: {answer.status_code}")
            written = [row["sql"][:90] for row in queries if WRITES.match(row["sql"] or "")]
            wrong += [f"{letter} {path}: {sql}" for sql in written if not DECLARED.search(sql)]
            opens += letter if answer.status_code == 200 else ""
        lines.append(f"{name} {opens or '-'}")
    found = "\n".join(sorted(set(lines))) + "\n"
    assert wrong == []
    assert found == TABLE.read_text()
