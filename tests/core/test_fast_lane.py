"""The fast lane: which requests it takes, what it leaves out, and what it never leaves out."""

from typing import Any

import pytest
from django.core.exceptions import MiddlewareNotUsed
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory

from lms.core.checks import check_fast_lane
from lms.core.middleware import FastLaneMiddleware

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
