"""The fast lane: which requests it takes, what it leaves out, and what it never leaves out."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.core.exceptions import MiddlewareNotUsed
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory

from lms.core.checks import check_fast_lane
from lms.core.middleware import PAUSE, FastLaneMiddleware, InFlight, in_flight

NAME = "lms_attendance:confirm"
KEPT = {
    "Content-Security-Policy",
    "Permissions-Policy",
    "Referrer-Policy",
    "X-Content-Type-Options",
    "X-Frame-Options",
    "Cross-Origin-Opener-Policy",
    "Content-Language",
}


def ordinary(request: HttpRequest) -> HttpResponse:
    return HttpResponse("the long way")


@pytest.fixture
def lane(settings: Any) -> FastLaneMiddleware:
    settings.LMS_FAST_LANE = [NAME]
    return FastLaneMiddleware(ordinary)


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("get", "/attendance/check-in/"),
        ("post", "/attendance/check-in"),
        ("post", "/x/attendance/check-in/"),
        ("post", "/"),
    ],
)
def test_anything_else_takes_the_long_way(lane: FastLaneMiddleware, method: str, path: str) -> None:
    request = getattr(RequestFactory(), method)(path)
    assert lane(request).content == b"the long way"


@pytest.mark.django_db
def test_the_lane_keeps_the_headers_that_protect(client: Client) -> None:
    answer = client.post("/attendance/check-in/", {"ticket": ""})
    assert KEPT - set(answer.headers) == set()


@pytest.mark.django_db
def test_the_lane_keeps_the_key_of_the_page_and_the_name_of_the_site(settings: Any) -> None:
    settings.ALLOWED_HOSTS = ["testserver"]
    assert Client(enforce_csrf_checks=True).post("/attendance/check-in/").status_code == 403
    assert Client().post("/attendance/check-in/", headers={"host": "elsewhere.example.org"}).status_code == 400


@pytest.mark.django_db
def test_what_is_not_named_as_skipped_still_runs(settings: Any) -> None:
    settings.SECURE_SSL_REDIRECT = True
    answer = Client().post("/attendance/check-in/")
    assert (answer.status_code, answer["Location"]) == (301, "https://testserver/attendance/check-in/")


@pytest.mark.django_db
def test_requests_of_the_lane_are_not_logged_one_by_one(client: Client, caplog: Any) -> None:
    client.post("/attendance/check-in/", {"ticket": ""})
    assert not [record for record in caplog.records if record.name.startswith("django_structlog")]


def test_a_name_that_nobody_has_is_told_at_the_start_and_does_no_harm(settings: Any) -> None:
    settings.LMS_FAST_LANE = ["lms_attendance:nothing"]
    settings.LMS_FAST_LANE_SKIPS = ["nowhere.Middleware"]
    assert [found.id for found in check_fast_lane()] == ["lms_core.W003", "lms_core.W004"]
    assert FastLaneMiddleware(ordinary)(RequestFactory().post("/")).content == b"the long way"


def test_the_names_of_the_site_are_right() -> None:
    assert check_fast_lane() == []


def test_without_names_there_is_no_lane(settings: Any) -> None:
    settings.LMS_FAST_LANE = []
    with pytest.raises(MiddlewareNotUsed):
        FastLaneMiddleware(ordinary)


def test_addresses_with_numbers_can_take_the_lane_too(settings: Any) -> None:
    settings.LMS_FAST_LANE = [NAME, "lms_attendance:switch_board"]
    lane = FastLaneMiddleware(ordinary)
    assert lane._matches("/attendance/board/12/switch/")
    assert not lane._matches("/attendance/board/x/switch/")


def test_reads_take_the_lane_only_where_they_are_named(settings: Any) -> None:
    settings.LMS_FAST_LANE_READS = ["lms_exams:clock"]
    lane = FastLaneMiddleware(ordinary)
    assert lane(RequestFactory().get("/exams/sittings/1/clock/")).status_code == 403
    assert lane(RequestFactory().get("/exams/sittings/1/save/")).content == b"the long way"
    assert lane(RequestFactory().post("/exams/sittings/1/clock/")).content == b"the long way"


@pytest.mark.parametrize(
    ("held", "most", "room"), [(0, 1, True), (1, 1, False), (2, 3, True), (3, 3, False), (9, 0, True)]
)
def test_no_more_than_the_bound_are_taken_at_the_same_time(held: int, most: int, room: bool) -> None:
    hands = InFlight()
    assert [hands.enter(0) for _number in range(held)] == [True] * held
    assert hands.enter(most) is room
    hands.leave()
    assert hands.enter(most) is (room or held - 1 < most)


@pytest.fixture
def crowded(settings: Any) -> Iterator[None]:
    """This process has as many requests in its hands as it takes."""
    settings.LMS_FAST_LANE_MOST = 1
    assert in_flight.enter(1)
    yield
    in_flight.leave()


def test_who_is_turned_away_is_told_when_to_come_again(crowded: None, client: Client) -> None:
    """No database: this test may not touch any table."""
    answer = client.post("/exams/sittings/1/save/", "{}", content_type="application/json")
    assert (answer.status_code, answer.json()) == (503, {"code": "busy"})
    assert PAUSE[0] <= int(answer["Retry-After"]) <= PAUSE[1]
    assert (answer["Cache-Control"], answer["X-Content-Type-Options"]) == ("no-store", "nosniff")


def test_a_form_that_was_turned_away_is_on_a_page_that_sends_it_again(crowded: None, client: Client) -> None:
    answer = client.post(
        "/exams/1/start/", {"code": '"><b>'}, headers={"accept": "text/html", "referer": "http://testserver/exams/1/"}
    )
    page = answer.content.decode()
    assert answer.status_code == 503
    assert KEPT - set(answer.headers) == set()
    assert f'content="{answer["Retry-After"]};url=/exams/1/"' in page
    assert 'action="/exams/1/start/"' in page
    assert '<input type="hidden" name="code" value="&quot;&gt;&lt;b&gt;">' in page
    assert 'name="csrfmiddlewaretoken"' in page


@pytest.mark.parametrize("page", ["http://elsewhere.example.org/x/", "javascript:alert(1)", ""])
def test_the_page_leads_back_to_nothing_but_this_site(crowded: None, client: Client, page: str) -> None:
    answer = client.post("/exams/1/start/", headers={"accept": "text/html", "referer": page})
    assert ';url=/">' in answer.content.decode()


def test_another_site_gets_no_form_that_sends_itself(crowded: None) -> None:
    answer = Client(enforce_csrf_checks=True).post("/exams/1/start/", {"code": "x"}, headers={"accept": "text/html"})
    assert answer.status_code == 403


@pytest.mark.django_db
def test_pages_health_and_small_files_are_never_turned_away(crowded: None, client: Client) -> None:
    assert client.get("/exams/").status_code == 302
    assert client.get("/health/").headers.get("Retry-After") is None
    assert client.get("/static/lms/js/busy.js").status_code == 200
    assert client.post("/attendance/check-in/", {"ticket": ""}).status_code != 503
