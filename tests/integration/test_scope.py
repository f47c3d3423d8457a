"""A class assistant works with her own classes; those of another assistant are closed to her on every screen."""

from datetime import UTC, datetime
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from lms.attendance.models import AttendanceMark, Board, ClassroomMark, ExclusionDecision, LeaveRequest, Session
from lms.certificates.models import Certificate
from lms.certificates.services import issue_certificates
from lms.modules.models import Assignment
from lms.people.enums import Role
from tests import factories
from tests.attendance.factories import a_board, a_session, a_timetable
from tests.grading.factories import AFTER, a_released_result

pytestmark = pytest.mark.django_db
WHOLE = [Role.ADMINISTRATOR, Role.EXAMINER, Role.REVIEWER, Role.SUPERVISOR]
IN_THE_ROOM = ("start_check", "call_off_check", "headcount", "roll_call")


class Classes:
    """Two classes of a term, each with an assistant and a learner; `ours` runs A, the other one B."""

    def __init__(self) -> None:
        self.term = factories.a_term()
        a_timetable(self.term)
        self.mine, self.other = factories.a_group(self.term, "A"), factories.a_group(self.term, "B")
        self.ours = factories.staff(Role.ASSISTANT)
        self.mine.assistants.add(self.ours)
        self.other.assistants.add(factories.staff(Role.ASSISTANT))
        self.seat = factories.an_enrolment(self.term, factories.a_person("王自己"), group=self.mine)
        self.stranger = factories.an_enrolment(self.term, factories.a_person("李外人"), group=self.other)
        self.free = factories.an_enrolment(self.term, factories.a_person("赵无班"), group=None)
        self.session = a_session(self.term)
        self.session.groups.add(self.other)
        module = self.session.course.module
        due = datetime(2025, 3, 20, tzinfo=UTC)
        self.task = Assignment.objects.create(
            term=self.term, module=module, title="方案", task="写", due_at=due, published=True
        )
        self.leave = LeaveRequest.objects.create(
            session=self.session, enrolment=self.stranger, reason="家里有事", asked_at=due
        )

    def client(self, user: Any = None) -> Client:
        client = Client()
        client.force_login(user or self.ours)
        return client


@pytest.fixture
def classes() -> Classes:
    return Classes()


def screens(classes: Classes) -> dict[str, str]:
    """Lists on which people of several classes stand."""
    attendance = "lms_attendance_admin"
    return {
        "enrolments": reverse("lms_programmes_enrolment:index"),
        "enrolments as a file": reverse("lms_programmes_enrolment:index") + "?export=csv",
        "term sheet": reverse(f"{attendance}:term_sheet") + f"?term={classes.term.pk}",
        "limit": reverse(f"{attendance}:exclusions") + f"?term={classes.term.pk}",
        "classroom": reverse(f"{attendance}:classroom") + f"?term={classes.term.pk}",
        "leave": reverse(f"{attendance}:leave"),
        "works": reverse("lms_modules_admin:works", args=[classes.task.pk]),
        "archive": reverse("lms_records_admin:index"),
        "people": reverse("lms_people_index"),
        "people as a file": reverse("lms_people_index") + "?export=csv",
    }


NAMES = ["enrolments", "enrolments as a file", "term sheet", "limit", "classroom", "leave", "works", "archive"]
NAMES += ["people", "people as a file"]


@pytest.mark.parametrize("name", NAMES)
def test_lists_leave_the_other_class_out(classes: Classes, name: str) -> None:
    answer = classes.client().get(screens(classes)[name])
    assert answer.status_code == 200
    text = answer.getvalue().decode()
    assert "李外人" not in text
    if name not in {"limit", "leave"}:
        assert "王自己" in text
        assert "赵无班" in text


@pytest.mark.parametrize("role", WHOLE)
def test_who_answers_for_all_sees_all(classes: Classes, role: Role) -> None:
    client = classes.client(factories.staff(role, Role.ASSISTANT))
    text = client.get(screens(classes)["enrolments"]).content.decode()
    assert "李外人" in text
    assert "王自己" in text


def test_an_assistant_of_no_class_sees_classes_that_list_nobody_only(classes: Classes) -> None:
    text = classes.client(factories.staff(Role.ASSISTANT)).get(screens(classes)["enrolments"]).content.decode()
    assert "赵无班" in text
    assert "王自己" not in text
    assert "李外人" not in text


def test_single_pages_of_the_other_class_are_closed(classes: Classes) -> None:
    client, session = classes.client(), classes.session
    a_board(session)
    addresses = [
        reverse("lms_programmes_enrolment:inspect", args=[classes.stranger.pk]),
        reverse("lms_modules_admin:mark", args=[classes.task.pk, classes.stranger.pk]),
        reverse("lms_records_admin:trainee", args=[classes.stranger.person_id]),
        reverse("lms_people_person", args=[classes.stranger.person_id]),
        reverse("lms_people_change", args=[classes.stranger.person_id]),
        reverse("lms_attendance_admin:sheet", args=[session.pk]),
        reverse("lms_attendance_sessions:edit", args=[session.pk]),
        reverse("lms_attendance_admin:room", args=[session.pk]),
        reverse("lms_attendance:board", args=[session.pk]),
        reverse("lms_attendance:board_state", args=[session.pk]),
    ]
    for address in addresses:
        assert client.get(address).status_code in {403, 404}, address
    for address in (
        reverse("lms_programmes_enrolment:inspect", args=[classes.seat.pk]),
        reverse("lms_records_admin:trainee", args=[classes.seat.person_id]),
        reverse("lms_people_change", args=[classes.seat.person_id]),
        reverse("lms_people_person", args=[classes.free.person_id]),
    ):
        assert client.get(address).status_code == 200, address


def test_nothing_is_done_to_the_other_class(classes: Classes) -> None:
    client, session, stranger = classes.client(), classes.session, classes.stranger
    name = "lms_attendance_admin"
    posts = [
        (reverse(f"{name}:correct", args=[session.pk]), {"seat": stranger.pk, "what": "present", "reason": "x"}),
        (reverse(f"{name}:close", args=[session.pk]), {}),
        (reverse(f"{name}:cancel", args=[session.pk]), {"cancel-reason": "x"}),
        *((reverse(f"{name}:{act}", args=[session.pk]), {"counted": "3"}) for act in IN_THE_ROOM),
        (reverse("lms_attendance:open_board", args=[session.pk]), {}),
        (reverse("lms_attendance:switch_board", args=[session.pk]), {"kind": "out"}),
        (reverse("lms_attendance_sessions:edit", args=[session.pk]), {"room": "999"}),
        (reverse(f"{name}:exclusions") + f"?term={classes.term.pk}", {"seat": stranger.pk, "reason": "x"}),
        (reverse(f"{name}:leave"), {"leave": classes.leave.pk, "act": "approve"}),
        (reverse("lms_modules_admin:mark", args=[classes.task.pk, stranger.pk]), {"value": "90"}),
        (reverse("lms_people_new_code", args=[stranger.person_id]), {}),
        (reverse("lms_people_unlock", args=[stranger.person_id]), {}),
        (reverse("lms_people_change", args=[stranger.person_id]), {"name": "李外人", "phone": "13700001234"}),
    ]
    for address, data in posts:
        assert client.post(address, data).status_code in {403, 404}, address
    client.post(reverse(f"{name}:classroom") + f"?term={classes.term.pk}", {f"mark-{stranger.pk}": "90"})
    kept = Session.objects.get(pk=session.pk)
    assert (kept.state, kept.room) == ("planned", "301")
    for journal in (AttendanceMark, Board, ClassroomMark, ExclusionDecision):
        assert not journal.objects.filter().exists(), journal
    assert LeaveRequest.objects.get().state == "pending"
    assert not stranger.person.activation_codes.exists()


def test_a_session_is_not_added_for_the_other_class(classes: Classes) -> None:
    data = {
        "term": classes.term.pk,
        "course": classes.session.course_id,
        "groups": [classes.other.pk],
        "starts_at": "2025-03-12 08:30",
        "ends_at": "2025-03-12 11:50",
        "hours": "4",
        "room": "302",
        "check_out_required": "on",
    }
    add = reverse("lms_attendance_sessions:add")
    assert classes.client().post(add, data).status_code == 403
    assert Session.objects.count() == 1
    assert classes.client().post(add, {**data, "groups": [classes.mine.pk]}).status_code == 302
    assert Session.objects.count() == 2


def test_certificates_of_the_other_class_are_closed(classes: Classes, settings: Any) -> None:
    settings.LMS_GRADING_RESULT_GATES = []
    client, admin = classes.client(), factories.staff(Role.ADMINISTRATOR)
    for seat in (classes.seat, classes.stranger):
        a_released_result(seat)
    issue_certificates(classes.term, at=AFTER, actor=admin)
    own, other = (Certificate.objects.get(enrolment=seat) for seat in (classes.seat, classes.stranger))
    for address in (reverse("lms_certificates_admin:index"), reverse("lms_certificates_admin:index") + "?export=csv"):
        text = client.get(address).getvalue().decode()
        assert ("王自己" in text, "李外人" in text) == (True, False)
    for name in ("lms_certificates_admin:detail", "lms_certificates:pdf"):
        assert client.get(reverse(name, args=[own.pk])).status_code == 200
        assert client.get(reverse(name, args=[other.pk])).status_code == 404
        assert classes.client(admin).get(reverse(name, args=[other.pk])).status_code == 200
    proposal = {"reason": "The name is written wrongly"}
    assert client.post(reverse("lms_certificates_admin:propose", args=[other.pk]), proposal).status_code == 404
    assert not Certificate.objects.get(pk=other.pk).is_contested
