"""The worst minute: one statement a save, the lane answers as the long way, and who is shed loses nothing."""

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from lms.core.middleware import in_flight
from lms.exams.models import AnswerEntry, MarkEntry, Sitting
from lms.exams.tokens import sitting_token
from tests.exams import factories

pytestmark = pytest.mark.django_db
ALWAYS_NEW = {"Date", "Expires", "Set-Cookie", "Vary", "X-Request-ID"}


@pytest.fixture
def exam() -> Any:
    return factories.an_exam(timezone.now() - timedelta(minutes=10), learners=2)


@pytest.fixture
def sitting(exam: Any) -> Sitting:
    return factories.a_started(exam, timezone.now() - timedelta(minutes=5))


@pytest.fixture
def crowded(settings: Any) -> Iterator[Any]:
    """As many requests in hand as one process takes; calling it lets one go."""
    settings.LMS_FAST_LANE_MOST = 1
    assert in_flight.enter(1)
    held = [True]

    def let_go() -> None:
        if held.pop() if held else False:
            in_flight.leave()

    yield let_go
    let_go()


def save(sitting: Sitting, *, seq: int = 1) -> Any:
    body = {"epoch": sitting.epoch, "seq": seq, "answers": {"q1": [0]}, "answered": 1}
    return Client().post(
        reverse("lms_exams:save", args=[sitting.pk]),
        json.dumps(body),
        content_type="application/json",
        headers={"X-Sitting-Token": sitting_token(sitting.pk, sitting.owner_id, sitting.epoch)},
    )


def test_a_save_that_was_shed_wrote_nothing_and_the_same_save_is_taken_afterwards(
    crowded: Any, sitting: Sitting
) -> None:
    with CaptureQueriesContext(connection) as queries:
        shed = save(sitting)
    assert (shed.status_code, shed.json()["code"], len(queries)) == (503, "busy", 0)
    assert int(shed["Retry-After"]) >= 1
    assert not AnswerEntry.objects.exists()
    crowded()
    assert save(sitting).json()["seq"] == 1
    assert AnswerEntry.objects.get().answers == '{"q1":[0]}'
    assert save(sitting).status_code == 200, "nothing stays held"


def test_a_start_that_was_shed_began_nothing_and_the_page_sends_it_again(
    crowded: Any, exam: Any, signed_in: Any
) -> None:
    waiting = factories.a_sitting(exam)
    client, address = signed_in(waiting.owner), reverse("lms_exams:start", args=[exam.pk])
    shed = client.post(address, headers={"accept": "text/html"})
    assert shed.status_code == 503
    assert f'action="{address}"' in shed.content.decode()
    waiting.refresh_from_db()
    assert (waiting.started_at, waiting.epoch) == (None, 0)
    crowded()
    assert client.post(address).status_code == 302
    waiting.refresh_from_db()
    assert waiting.epoch == 1


def test_a_submission_that_was_shed_closed_nothing(crowded: Any, sitting: Sitting, signed_in: Any) -> None:
    client, address = signed_in(sitting.owner), reverse("lms_exams:submit", args=[sitting.pk])
    assert client.post(address, headers={"accept": "text/html"}).status_code == 503
    assert not MarkEntry.objects.exists()
    assert client.get(address).status_code == 200, "reading is never turned away"
    crowded()
    assert client.post(address).status_code == 302
    assert MarkEntry.objects.get().sitting_id == sitting.pk


def test_a_save_is_one_statement(sitting: Sitting) -> None:
    with CaptureQueriesContext(connection) as queries:
        assert save(sitting).status_code == 200
    assert [query["sql"].split()[0] for query in queries if "lms_" in query["sql"]] in (["INSERT"], ["WITH"])
    assert not [query for query in queries if "session" in query["sql"] or "auth_user" in query["sql"]]


@pytest.mark.parametrize("lane", [True, False])
def test_a_start_is_at_most_eight_statements(exam: Any, signed_in: Any, settings: Any, lane: bool) -> None:
    settings.LMS_FAST_LANE = settings.LMS_FAST_LANE if lane else []
    waiting = factories.a_sitting(exam)
    client = signed_in(waiting.owner)
    with CaptureQueriesContext(connection) as queries:
        assert client.post(reverse("lms_exams:start", args=[exam.pk])).status_code == 302
    assert len([query for query in queries if not query["sql"].startswith(("BEGIN", "SAVEPOINT", "RELEASE"))]) <= 8
    assert sum("UPDATE" in query["sql"].split()[0] for query in queries) == 1


def test_a_submission_costs_the_same_for_one_save_and_for_many(exam: Any, signed_in: Any) -> None:
    found = []
    for place, saves in enumerate((1, 40)):
        sitting = Sitting.objects.filter(exam=exam).order_by("pk")[place]
        client = signed_in(sitting.owner)
        client.post(reverse("lms_exams:start", args=[exam.pk]))
        sitting.refresh_from_db()
        assert {save(sitting, seq=seq).status_code for seq in range(1, saves + 1)} == {200}
        with CaptureQueriesContext(connection) as queries:
            assert client.post(reverse("lms_exams:submit", args=[sitting.pk])).status_code == 302
        found.append(len(queries))
    assert found[0] == found[1] <= 14


@pytest.mark.parametrize("name", ["save", "start", "submit"])
def test_the_lane_answers_as_the_long_way(name: str, exam: Any, signed_in: Any, settings: Any) -> None:
    answers = []
    for place, lane in enumerate((settings.LMS_FAST_LANE, [])):
        settings.LMS_FAST_LANE = lane
        sitting = Sitting.objects.filter(exam=exam).select_related("owner").order_by("pk")[place]
        client = signed_in(sitting.owner)
        if name == "start":
            found = client.post(reverse("lms_exams:start", args=[exam.pk]))
        else:
            client.post(reverse("lms_exams:start", args=[exam.pk]))
            sitting.refresh_from_db()
            found = save(sitting) if name == "save" else client.post(reverse("lms_exams:submit", args=[sitting.pk]))
        told = {key: value for key, value in found.headers.items() if key not in {*ALWAYS_NEW, "Location"}}
        if name == "save":
            told.pop("Content-Length")
        answers.append((found.status_code, told))
    assert answers[0] == answers[1]


def test_a_start_that_is_refused_in_the_lane_says_why(exam: Any, signed_in: Any) -> None:
    waiting = factories.a_sitting(exam)
    type(exam).objects.filter(pk=exam.pk).update(late_entry_minutes=1)
    client = signed_in(waiting.owner)
    page = client.post(reverse("lms_exams:start", args=[exam.pk]), follow=True)
    assert page.status_code == 200
    assert "1 分钟" in page.content.decode()
