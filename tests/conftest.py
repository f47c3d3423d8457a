"""Fixtures every test may use."""

import os
from collections.abc import Generator, Iterator
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.test import Client, TransactionTestCase
from hypothesis import HealthCheck, settings

from lms.people.enums import Role
from tests import factories
from tests.database import TestDatabase

COMMITTING = {"transactional_db", "live_server", "django_db_reset_sequences"}
DATABASE: pytest.StashKey[tuple[TestDatabase, Any]] = pytest.StashKey()
# Emptying tables after a test that commits would trip over append-only journals, and take the migrated rows along.
TransactionTestCase._fixture_teardown = lambda self: None  # type: ignore[method-assign]
# The same examples every time, whatever else the machine does; `--hypothesis-profile=default` looks for new ones.
settings.register_profile("steady", deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("steady")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Files with slow tests begin first, so that no process is left with one at the end.

    Tests marked `postgresql` say clearly why they do not run on SQLite.
    """
    slow = {item.path for item in items if item.get_closest_marker("slow")}
    items.sort(key=lambda item: item.path not in slow)
    if connection.vendor == "postgresql":
        return
    skip = pytest.mark.skip(reason="needs PostgreSQL (make unit-postgresql)")
    for item in items:
        if item.get_closest_marker("postgresql"):
            item.add_marker(skip)


@pytest.fixture(scope="session")
def django_db_setup(
    request: pytest.FixtureRequest, django_test_environment: None, django_db_blocker: Any
) -> Iterator[TestDatabase]:
    """A copy of the migrated template for this worker."""
    with django_db_blocker.unblock():
        database = TestDatabase(os.environ.get("PYTEST_XDIST_WORKER", "main"))
        database.create()
    request.config.stash[DATABASE] = (database, django_db_blocker)
    yield database
    with django_db_blocker.unblock():
        database.drop()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown(item: pytest.Item) -> Generator[None, Any, Any]:
    """A test that commits gets the template back, after the last of its fixtures has let go of the database."""
    outcome = yield
    marker = item.get_closest_marker("django_db")
    commits = COMMITTING & set(getattr(item, "fixturenames", ())) or (marker and marker.kwargs.get("transaction"))
    if commits and DATABASE in item.config.stash:  # not where every test so far was skipped
        database, blocker = item.config.stash[DATABASE]
        with blocker.unblock():
            database.restore()
    return outcome


@pytest.fixture
def noon() -> datetime:
    """10 March 2025, 12:00 in Asia/Shanghai: inside the spring term of the notice."""
    return datetime(2025, 3, 10, 12, 0, tzinfo=ZoneInfo("Asia/Shanghai"))


@pytest.fixture
def signed_in() -> Any:
    """`signed_in(user)` -> a client signed in as that user."""

    def make(user: Any) -> Client:
        client = Client()
        client.force_login(user)
        return client

    return make


@pytest.fixture
def outsider(db: None) -> Any:
    """Somebody with an account and no role or seat."""
    return factories.a_user("outsider")


@pytest.fixture
def administrator(db: None) -> Any:
    return factories.staff(Role.ADMINISTRATOR)
