"""The health endpoint tells the truth and nothing about anybody."""

from datetime import timedelta

import pytest
from django.core.cache import cache
from django.test import Client
from django.utils import timezone
from django_q.models import OrmQ

pytestmark = pytest.mark.django_db


def test_a_well_installation_answers_200(client: Client) -> None:
    answer = client.get("/health/")
    assert answer.status_code == 200
    parts = {"database": "ok", "cache": "ok", "storage": "ok", "tasks": "ok"}
    assert answer.json() == {"status": "ok", "parts": parts}
    assert answer.headers["Cache-Control"] == "no-store"


def test_a_dead_cache_answers_503_and_names_it(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_args: object, **_kwargs: object) -> None:
        raise ConnectionError

    monkeypatch.setattr(cache, "set", fail)
    answer = client.get("/health/")
    assert answer.status_code == 503
    assert answer.json()["parts"]["cache"] == "ConnectionError"


def test_work_that_waits_too_long_is_told(client: Client) -> None:
    OrmQ.objects.create(key="lms", payload="", lock=timezone.now() - timedelta(seconds=90))
    answer = client.get("/health/")
    assert answer.status_code == 200
    assert answer.json()["parts"]["tasks"] == "1 waiting"
