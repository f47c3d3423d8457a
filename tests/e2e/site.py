"""A real site for browser tests: its own data folder and database, the web server of `make run`, no task worker."""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from contextlib import suppress
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent.parent
START_SECONDS, STOP_SECONDS, PORTS = 90, 20, 3


class Site:
    """Start, stop, and run management commands of one installation under test."""

    def __init__(self, folder: Path, database_url: str) -> None:
        self.folder = folder
        self.environment = {key: value for key, value in os.environ.items() if not key.startswith("LMS_")} | {
            "LMS_DATA_DIR": str(folder),
            "DATABASE_URL": database_url,
            "DJANGO_SETTINGS_MODULE": "config.settings.development",
            "LMS_DB_POOL": "8",
        }
        self._take_port()
        self._server: subprocess.Popen[bytes] | None = None

    def manage(self, *arguments: str, stdin: str | None = None) -> str:
        """Output of a management command; an error fails the test with what it printed."""
        command = [sys.executable, "manage.py", *arguments]
        done = subprocess.run(
            command, cwd=ROOT, env=self.environment, input=stdin, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, f"{' '.join(arguments)}\n{done.stdout}\n{done.stderr}"
        return done.stdout

    def shell(self, code: str) -> str:
        """Run Python inside the site, for what a test must arrange or look up behind the screens."""
        return self.manage("shell", "--no-imports", "--command", code).strip()

    def start(self) -> None:
        """The web server alone; returns when it answers. A port taken meanwhile is given up for another."""
        for _try in range(PORTS):
            if self._start():
                return
            self._take_port()
        raise AssertionError(self.log()[-3000:])

    def stop(self) -> None:
        """Stop the web server; the data stays."""
        if self._server is None:
            return
        self._server.terminate()
        with suppress(subprocess.TimeoutExpired):
            self._server.wait(STOP_SECONDS)
        with suppress(ProcessLookupError):
            os.killpg(self._server.pid, signal.SIGKILL)
        self._server.wait()
        self._server = None

    def _take_port(self) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.address = self.environment["LMS_PUBLIC_ORIGIN"] = f"http://127.0.0.1:{self.port}"

    def _start(self) -> bool:
        with (self.folder / "server.log").open("ab") as log:
            self._server = subprocess.Popen(
                [
                    *(sys.executable, "-m", "granian", "--interface", "wsgi", "config.wsgi:application"),
                    *("--host", "127.0.0.1", "--port", str(self.port), "--workers", "1", "--blocking-threads", "6"),
                    *("--log-level", "warning", "--no-ws"),
                ],
                cwd=ROOT,
                env=self.environment,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline and self._server.poll() is None:
            if self._answers():
                return True
            time.sleep(0.1)
        self.stop()
        return False

    def log(self) -> str:
        """What the server wrote so far."""
        return (self.folder / "server.log").read_text(encoding="utf-8", errors="replace")

    def _answers(self) -> bool:
        try:
            urllib.request.urlopen(f"{self.address}/accounts/login/", timeout=10).close()
        except urllib.error.HTTPError as answer:
            raise AssertionError(f"{answer.code}\n{self.log()[-3000:]}") from answer
        except OSError:
            return False
        return True


def postgresql_database(name: str, *, like: str) -> str:
    """A database of that name as a copy of another; its address."""
    import psycopg

    owner = _owner()
    with psycopg.connect(owner, autocommit=True) as connection:
        connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        connection.execute(f'CREATE DATABASE "{name}" TEMPLATE "{like}"')
    return owner.rsplit("/", 1)[0] + f"/{name}"


def drop_postgresql_database(name: str) -> None:
    """Remove what `postgresql_database` made."""
    import psycopg

    with psycopg.connect(_owner(), autocommit=True) as connection:
        connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


def _owner() -> str:
    return os.environ.get("LMS_TEST_POSTGRESQL_URL", "postgres://postgres@127.0.0.1:5432/postgres")


def as_json(text: str) -> Any:
    """The last line of a command's output, read as JSON."""
    import json

    return json.loads(text.strip().splitlines()[-1])
