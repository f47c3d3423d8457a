"""What learners see and send: waiting page, room, saves over HTTP, handing in; who is turned away; nothing leaks."""

import json
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from lms.core.exceptions import Refusal
from lms.exams.models import AnswerEntry, PaperKey, Sitting
from lms.exams.selectors import saved_state
from lms.exams.services import submit_sitting
from lms.exams.tokens import sitting_token
from tests.exams import factories

pytestmark = pytest.mark.django_db
CANARIES = ("解析", '"answer"', "version", "difficulty")


def refuse_absent(enrolment: object) -> Refusal:
    return Refusal("absent", "缺课 24.5 学时", "超过 72 学时的三分之一", {}, "R12")


@pytest.fixture
def exam():
    """Open since ten minutes, by the real clock."""
    return factories.an_exam(timezone.now() - timedelta(minutes=10), learners=2)


@pytest.fixture
def sitting(exam):
    return factories.a_started(exam, timezone.now() - timedelta(minutes=5))


@pytest.fixture
def learner(sitting, signed_in):
    return signed_in(sitting.owner)


def put(client: Client, sitting: Sitting, answers: Any, *, seq: int = 1, token: str = "", **changes: Any) -> Any:
    token = token or sitting_token(sitting.pk, sitting.owner_id, sitting.epoch)
    body = {"epoch": sitting.epoch, "seq": seq, "answers": answers, "answered": 1, **changes}
    return client.post(
        reverse("lms_exams:save", args=[sitting.pk]),
        json.dumps(body),
        content_type="application/json",
        headers={"X-Sitting-Token": token},
    )


def test_the_way_through_an_exam(exam, signed_in):
    sitting = factories.a_sitting(exam)
    client = signed_in(sitting.owner)
    assert "理论考试" in client.get(reverse("lms_exams:list")).content.decode()
    page = client.get(reverse("lms_exams:exam", args=[exam.pk]))
    assert reverse("lms_exams:start", args=[exam.pk]) in page.content.decode()
    started = client.post(reverse("lms_exams:start", args=[exam.pk]))
    assert started.url == reverse("lms_exams:room", args=[sitting.pk])
    sitting.refresh_from_db()
    answer = put(client, sitting, {"q1": [0]}).json()
    assert (answer["seq"], answer["epoch"], answer["late"]) == (1, 1, False)
    room = client.get(reverse("lms_exams:room", args=[sitting.pk])).content.decode()
    assert 'name="q1" value="0" checked' in room
    assert 'data-seq="2"' in room
    asked = client.get(reverse("lms_exams:submit", args=[sitting.pk]))
    assert [number for number, _name in asked.context["missing"]] == [2, 3, 4, 5, 6]
    done = client.post(reverse("lms_exams:submit", args=[sitting.pk]))
    assert done.url == reverse("lms_exams:receipt", args=[sitting.pk])
    receipt = client.get(done.url)
    assert receipt.context["signature"] in receipt.content.decode()
    assert client.get(reverse("lms_exams:room", args=[sitting.pk])).url == done.url


def test_a_refused_learner_sees_every_reason_and_cannot_start(exam, signed_in, settings):
    settings.LMS_EXAMS_ADMISSION_GATES = ["tests.exams.test_learner_views.refuse_absent"]
    sitting = factories.a_sitting(exam)
    client = signed_in(sitting.owner)
    page = client.get(reverse("lms_exams:exam", args=[exam.pk])).content.decode()
    assert "缺课 24.5 学时" in page
    assert "超过 72 学时的三分之一" in page
    assert reverse("lms_exams:start", args=[exam.pk]) not in page
    client.post(reverse("lms_exams:start", args=[exam.pk]))
    sitting.refresh_from_db()
    assert sitting.started_at is None


def test_without_javascript_a_plain_form_saves(learner, sitting):
    address = reverse("lms_exams:room", args=[sitting.pk])
    kinds = {question["id"]: question["kind"] for question in json.loads(sitting.paper)["questions"]}
    multiple = next(name for name, kind in kinds.items() if kind == "multiple")
    assert learner.post(address, {"q1": "2", multiple: ["0", "3"], "q99": "1", "save": "1"}).url == address
    assert saved_state(sitting).answers == {"q1": [2], multiple: [0, 3]}
    assert learner.post(address, {"q1": "2", "submit": "1"}).url == reverse("lms_exams:submit", args=[sitting.pk])
    assert saved_state(sitting).answers == {"q1": [2]}
    assert AnswerEntry.objects.count() == 2


def test_entering_again_takes_the_pen_from_the_other_device(learner, sitting):
    learner.post(reverse("lms_exams:start", args=[sitting.exam_id]))
    refused = put(Client(), sitting, {"q1": [0]})
    assert (refused.status_code, refused.json()["code"]) == (409, "taken_over")


def test_a_save_reads_neither_session_nor_user(learner, sitting):
    learner.get(reverse("lms_exams:room", args=[sitting.pk]))
    with CaptureQueriesContext(connection) as queries:
        assert put(learner, sitting, {"q1": [0]}).status_code == 200
    assert len(queries) == 1
    assert queries[0]["sql"].lstrip().startswith(("INSERT INTO lms_exams_answerentry", "WITH clock AS"))


@pytest.mark.parametrize(
    ("answers", "changes", "status"),
    [
        ({"q1": [0]}, {"epoch": 2}, 400),
        ({"q1": [0]}, {"seq": 0}, 400),
        ({"q1": [0]}, {"seq": True}, 400),
        ({"q1": [0]}, {"answered": 999}, 400),
        ({}, {}, 400),
        ({"q1": 0}, {}, 400),
        ({"q1": [10]}, {}, 400),
        ({"q1": [-1]}, {}, 400),
        ({"q0": [1]}, {}, 400),
        ({"note": [1]}, {}, 400),
        (["q1"], {}, 400),
        ({"q1": [0], "q2": [0] * 40_000}, {}, 413),
    ],
)
def test_malformed_saves_are_refused(sitting, answers, changes, status):
    assert put(Client(), sitting, answers, **changes).status_code == status
    assert not AnswerEntry.objects.exists()


def test_a_token_of_another_sitting_or_person_or_none_is_refused(exam, sitting):
    other = Sitting.objects.exclude(pk=sitting.pk).get()
    tokens = [
        sitting_token(other.pk, other.owner_id, 1),
        sitting_token(sitting.pk, sitting.owner_id, 1)[:-1] + "x",
        "nonsense",
    ]
    assert [put(Client(), sitting, {"q1": [0]}, token=token).status_code for token in tokens] == [403, 403, 403]
    stolen = sitting_token(sitting.pk, other.owner_id, sitting.epoch)
    assert put(Client(), sitting, {"q1": [0]}, token=stolen).status_code == 404
    assert not AnswerEntry.objects.exists()


def test_repeat_conflict_and_end_over_http(sitting):
    client = Client()
    first = put(client, sitting, {"q1": [0]})
    assert put(client, sitting, {"q1": [0]}).json() == first.json()
    assert put(client, sitting, {"q1": [1]}).status_code == 409
    submit_sitting(sitting, at=timezone.now())
    refused = put(client, sitting, {"q1": [1]}, seq=2)
    assert (refused.status_code, refused.json()["code"]) == (410, "submitted")


def test_a_receipt_tells_the_deadline_in_force_also_when_it_is_repeated(client, sitting):
    assert put(client, sitting, {"q1": [0]}).json()["deadline"] == sitting.deadline.isoformat()
    later = sitting.deadline + timedelta(minutes=10)
    Sitting.objects.filter(pk=sitting.pk).update(deadline=later)
    assert put(client, sitting, {"q1": [0]}).json()["deadline"] == later.isoformat()
    assert put(client, sitting, {"q1": [1]}, seq=2).json()["deadline"] == later.isoformat()


def test_the_clock_tells_deadline_and_epoch(sitting):
    token = sitting_token(sitting.pk, sitting.owner_id, sitting.epoch)
    address = reverse("lms_exams:clock", args=[sitting.pk])
    with CaptureQueriesContext(connection) as queries:
        told = Client().get(address, headers={"X-Sitting-Token": token}).json()
    assert len(queries) == 1
    assert (told["state"], told["epoch"], told["deadline"]) == ("running", 1, sitting.deadline.isoformat())
    assert Client().get(address).status_code == 403


def test_no_learner_response_holds_a_key_or_an_explanation(exam, sitting, learner):
    responses = [
        learner.get(reverse("lms_exams:list")),
        learner.get(reverse("lms_exams:exam", args=[exam.pk])),
        learner.get(reverse("lms_exams:room", args=[sitting.pk])),
        put(learner, sitting, factories.right_answers(sitting)),
        learner.get(reverse("lms_exams:submit", args=[sitting.pk])),
        learner.post(reverse("lms_exams:submit", args=[sitting.pk]), follow=True),
        learner.get(reverse("lms_exams:receipt", args=[sitting.pk])),
        learner.get(reverse("lms_exams:list")),
    ]
    for response in responses:
        text = response.content.decode()
        assert response.status_code == 200
        assert not [word for word in CANARIES if word in text]
        assert "100.00" not in text
        assert json.dumps(PaperKey.objects.get(sitting=sitting).keys) not in text


def test_one_page_for_everybody_is_the_same_whatever_the_key(exam, sitting, learner):
    before = learner.get(reverse("lms_exams:room", args=[sitting.pk])).content.decode()
    PaperKey.objects.update(keys={})
    after = learner.get(reverse("lms_exams:room", args=[sitting.pk])).content.decode()
    assert _without_tokens(before) == _without_tokens(after)


def _without_tokens(page: str) -> list[str]:
    return [line for line in page.splitlines() if "csrf" not in line and "data-now" not in line]


NAMES = ["exam", "start", "room", "submit", "receipt"]


@pytest.mark.parametrize("name", NAMES)
def test_other_people_and_visitors_are_turned_away(exam, sitting, outsider, signed_in, name):
    pk = exam.pk if name in ("exam", "start") else sitting.pk
    address = reverse(f"lms_exams:{name}", args=[pk])
    method = "post" if name == "start" else "get"
    classmate = Sitting.objects.exclude(pk=sitting.pk).get()
    assert getattr(signed_in(outsider), method)(address).status_code == 404
    if name not in ("exam", "start"):
        assert getattr(signed_in(classmate.owner), method)(address).status_code == 404
    visitor = getattr(Client(), method)(address)
    assert visitor.status_code == 302
    assert visitor.url.startswith("/accounts/login/")


def test_queries_are_few(exam, signed_in):
    sitting = factories.a_sitting(exam)
    client = signed_in(sitting.owner)
    postgresql = connection.vendor == "postgresql"
    with CaptureQueriesContext(connection) as start:
        client.post(reverse("lms_exams:start", args=[exam.pk]))
    assert len([query for query in start if "SAVEPOINT" not in query["sql"]]) <= 8
    with CaptureQueriesContext(connection) as room:
        client.get(reverse("lms_exams:room", args=[sitting.pk]))
    assert len(room) == 4 + postgresql
    with CaptureQueriesContext(connection) as listed:
        client.get(reverse("lms_exams:list"))
    assert len(listed) <= 5 + postgresql
