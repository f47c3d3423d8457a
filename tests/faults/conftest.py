"""One database and one pair of web workers for all fault tests; each test has an exam of its own."""

import json
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any
from unittest import mock

import pytest

from bench.attendance.running import workers_of
from bench.server import Server, serve
from tests.faults.cluster import ROOT, Cluster, free_port, programs

LEARNERS = 100
EXAMS = ("killed", "restarted", "lossy", "deadline", "clocks", "no-cache")
SETTINGS = "tests.faults.settings"


class Site:
    """The cluster, its settings for web processes, and the exams that were made."""

    def __init__(self, cluster: Cluster, folder: Path) -> None:
        self.cluster, self.folder = cluster, folder
        self.environment = {name: value for name, value in os.environ.items() if not name.startswith("LMS_")} | {
            "DATABASE_URL": cluster.url,
            "DJANGO_SETTINGS_MODULE": SETTINGS,
            "LMS_DATA_DIR": str(folder),
            "LMS_DB_POOL": "8",
            "REDIS_URL": "",
        }
        self.exams: dict[str, list[dict[str, Any]]] = {}

    def inside(self, verb: str, asked: dict[str, Any]) -> dict[str, Any]:
        """See `tests.faults.inside`."""
        command = [sys.executable, "-m", "tests.faults.inside", verb]
        done = subprocess.run(
            command,
            cwd=ROOT,
            env=self.environment,
            input=json.dumps(asked),
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr[-3000:]
        found: dict[str, Any] = json.loads(done.stdout)
        return found

    @contextmanager
    def served(self, **more: str) -> Iterator[Server]:
        """Two web workers, replaced when they die; no task worker, in none of these tests."""
        with ExitStack() as stack:
            stack.enter_context(mock.patch.dict(os.environ, self.environment | more, clear=True))
            log = self.folder / f"web-{free_port()}.log"
            left: list[int] = []
            stack.callback(lambda: _end(left))
            server = stack.enter_context(serve("config.wsgi:application", SETTINGS, log, "--respawn-failed-workers"))
            try:
                yield server
            finally:
                left += workers_of(server.pid)


def _end(workers: list[int]) -> None:
    """Web workers that outlived their server, which may have ended while it put one in another's place."""
    for pid in workers:
        with suppress(OSError):
            if b"granian" in Path(f"/proc/{pid}/cmdline").read_bytes():
                os.kill(pid, signal.SIGKILL)


@pytest.fixture(scope="package")
def site() -> Iterator[Site]:
    found = programs()
    if found is None:
        pytest.skip("PostgreSQL's server programs (initdb, pg_ctl) are not installed here")
    with tempfile.TemporaryDirectory(prefix="lms-faults-") as name:
        folder = Path(name)
        folder.chmod(0o755)  # the database's own user must reach what is in it
        cluster = Cluster(folder, found)
        try:
            cluster.make()
            made = Site(cluster, folder)
            made.exams = made.inside("arrange", {"exams": EXAMS, "learners": LEARNERS})
            yield made
        finally:
            cluster.stop()


@pytest.fixture(scope="package")
def server(site: Site) -> Iterator[Server]:
    with site.served() as running:
        yield running


@pytest.fixture
def places(site: Site) -> Callable[[str], list[dict[str, Any]]]:
    """The hundred started sittings of one exam."""
    return lambda name: site.exams[name]
