"""Two acts at the same moment on PostgreSQL, the second of which must wait for the first."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Event
from time import monotonic, sleep
from typing import Any

from django.db import connection, transaction

from lms.core.exceptions import DomainError

BLOCKED = "SELECT count(*) FROM pg_locks WHERE NOT granted AND pg_backend_pid() = ANY(pg_blocking_pids(pid))"


def one_after_the_other(first: Callable[[], Any], second: Callable[[], Any]) -> tuple[Any, Any]:
    """What both returned, or the codes they were refused with. `first` commits once `second` waits for it."""
    acted, ended = Event(), Event()

    def hold() -> Any:
        try:
            with transaction.atomic():
                found = first()
                acted.set()
                assert _somebody_waits(ended), "the second did not wait for the first"
            return found
        finally:
            acted.set()
            connection.close()

    def follow() -> Any:
        acted.wait(10)
        try:
            return second()
        except DomainError as refused:
            return refused.code
        finally:
            ended.set()
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        held, followed = pool.submit(hold), pool.submit(follow)
        return held.result(), followed.result()


def _somebody_waits(ended: Event) -> bool:
    until = monotonic() + 10
    while monotonic() < until and not ended.is_set():
        with connection.cursor() as cursor:
            cursor.execute(BLOCKED)
            if cursor.fetchone()[0]:
                return True
        sleep(0.02)
    return False
