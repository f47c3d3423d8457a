"""granian as in production: WSGI, two processes, four threads each."""

import http.client
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PATIENCE = 60


@dataclass(frozen=True)
class Server:
    """A running server."""

    port: int
    pid: int


@contextmanager
def serve(application: str, settings: str, log: Path, *more: str) -> Iterator[Server]:
    """Start (with `more` options), wait until it answers, and stop it at the end; no other process is stopped."""
    port = _free_port()
    command = [
        *(sys.executable, "-m", "granian", "--interface", "wsgi", application, "--host", "127.0.0.1"),
        *("--port", str(port), "--workers", "2", "--blocking-threads", "4", "--no-ws", "--backpressure", "64"),
        *("--log-level", "warning"),
        *more,
    ]
    environment = os.environ | {"DJANGO_SETTINGS_MODULE": settings}
    with log.open("wb") as output:
        process = subprocess.Popen(
            command, cwd=ROOT, env=environment, stdout=output, stderr=output, start_new_session=True
        )
        try:
            _wait(port, process, log)
            yield Server(port, process.pid)
        finally:
            _stop(process)


def _stop(process: subprocess.Popen[bytes]) -> None:
    """A worker that was being started anew when its master was told to stop is left behind: the whole group ends."""
    process.terminate()
    with suppress(subprocess.TimeoutExpired):
        process.wait(15)
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline and process.poll() is None:
        try:
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
            connection.request("GET", "/nothing-here/")
            connection.getresponse().read()
            return
        except OSError:
            time.sleep(0.2)
    raise RuntimeError(f"The server did not start:\n{log.read_text()[-2000:]}")
