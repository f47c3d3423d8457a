"""Where the play takes place: a database in memory, a clock that is moved by hand, every layer on, no log."""

import heapq
import itertools
import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

from django.apps import apps
from django.contrib.contenttypes.models import ContentType
from django.core.cache import caches
from django.core.cache.backends.locmem import LocMemCache
from django.db import connection, connections
from django.db.utils import ConnectionHandler
from django.test.utils import override_settings
from django.utils import timezone

from lms.attendance.conf import KNOWN_LAYERS
from lms.core.journals import ForbidChange, Journal

SQLITE = {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:", "OPTIONS": {"transaction_mode": "IMMEDIATE"}}
SETTINGS = {
    "DEBUG": False,
    "SESSION_COOKIE_AGE": 30 * 24 * 3600,
    "ALLOWED_HOSTS": ["*"],
    "SECURE_SSL_REDIRECT": False,
    "LMS_CODE_KEY": "only-for-the-simulation-and-never-for-people",
    "LMS_STAFF_SECOND_FACTOR": False,
    "LMS_ATTENDANCE_LAYERS": KNOWN_LAYERS,
    "LMS_ATTENDANCE_ELSEWHERE_GATES": [],
}


class Clock:
    """The time of the play, and what happens when. Events of one moment happen in the order they were planned."""

    def __init__(self, start: datetime) -> None:
        self.now = start
        self._plan: list[tuple[datetime, int, Callable[[], None]]] = []
        self._numbers = itertools.count()

    def at(self, moment: datetime, act: Callable[[], None]) -> None:
        """Let it happen then; what is planned for the past happens next."""
        heapq.heappush(self._plan, (moment, next(self._numbers), act))

    def after(self, seconds: float, act: Callable[[], None]) -> None:
        """Let it happen in so many seconds."""
        self.at(self.now + timedelta(seconds=seconds), act)

    def follow(self, acts: Iterator[float]) -> None:
        """Let somebody do one thing after the other; she yields how many seconds each takes."""
        pause = next(acts, None)
        if pause is not None:
            self.after(pause, lambda: self.follow(acts))

    def play(self) -> None:
        """Until nothing is planned any more."""
        while self._plan:
            moment, _number, act = heapq.heappop(self._plan)
            self.now = max(self.now, moment)
            act()


@contextmanager
def stage(start: datetime) -> Iterator[Clock]:
    """Everything inside reads and writes a database in memory, and `timezone.now()` is the clock of the play.

    The installation's data, cache and settings are untouched, whatever happens.
    """
    clock, real = Clock(start), timezone.now
    held, cache, quiet = connections["default"], caches["default"], logging.root.manager.disable
    connections["default"] = ConnectionHandler({"default": SQLITE})["default"]
    caches["default"] = LocMemCache("simulate_fraud", {})
    caches["default"].clear()
    timezone.now = lambda: clock.now
    logging.disable(logging.CRITICAL)
    try:
        with override_settings(**SETTINGS):
            ContentType.objects.clear_cache()
            _make_tables()
            yield clock
    finally:
        ContentType.objects.clear_cache()
        logging.disable(quiet)
        timezone.now = real
        caches["default"] = cache
        connections["default"].close()
        connections["default"] = held


def _make_tables() -> None:
    """The tables of the models as they are, and the guards of the journals."""
    models = [model for model in apps.get_models() if model._meta.managed and not model._meta.proxy]
    with connection.schema_editor() as editor:
        for model in models:
            editor.create_model(model)
        for model in models:
            if issubclass(model, Journal):
                ForbidChange(model._meta.db_table).database_forwards("", editor, None, None)
