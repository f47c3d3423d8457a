"""A PostgreSQL of the tests' own, which may be killed: made in a folder, on a free port, gone afterwards."""

import os
import pwd
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import psycopg

from tests.database import TestDatabase
from tests.database import _url as url_of_the_machine  # the server that holds the migrated template

ROOT = Path(__file__).resolve().parents[2]
USER, PATIENCE = "postgres", 60
NEEDED = ("postgres", "initdb", "pg_ctl", "pg_dump", "psql")
OPTIONS = {
    "listen_addresses": "127.0.0.1",
    "fsync": "on",
    "synchronous_commit": "on",
    "full_page_writes": "on",
    "max_connections": "80",
    "shared_buffers": "64MB",
    "checkpoint_timeout": "30s",
    "autovacuum": "on",
}


def programs() -> Path | None:
    """The folder with PostgreSQL's own programs, the newest first; None where they are not installed."""
    installed = Path("/usr/lib/postgresql").glob("*/bin")
    found = sorted(installed, key=lambda folder: float(folder.parent.name), reverse=True)
    found += [Path(path).parent for path in [shutil.which("pg_ctl")] if path]
    return next((folder for folder in found if all((folder / name).exists() for name in NEEDED)), None)


class Cluster:
    """One server with one database `lms`. PostgreSQL refuses to run as root, so then it runs as its own user."""

    def __init__(self, folder: Path, bin_: Path) -> None:
        self.folder, self.bin = folder, bin_
        self.data = folder / "postgresql"
        self.port = free_port()
        self.url = f"postgres://{USER}@127.0.0.1:{self.port}/lms"

    def make(self) -> None:
        """Empty, then migrated; commits wait for the disk, as in production."""
        self.data.mkdir()
        if os.getuid() == 0:
            owner = pwd.getpwnam(USER)
            os.chown(self.data, owner.pw_uid, owner.pw_gid)
        self._run("initdb", "-D", str(self.data), "-U", USER, "--auth=trust", "-E", "UTF8", "--locale=C.UTF-8")
        lines = [f"{name} = '{value}'" for name, value in OPTIONS.items()]
        lines += [f"port = {self.port}", f"unix_socket_directories = '{self.data}'"]
        with (self.data / "postgresql.conf").open("a") as conf:
            conf.write("\n".join(lines) + "\n")
        self.start()
        with psycopg.connect(self.url.replace("/lms", "/postgres"), autocommit=True) as owner_connection:
            owner_connection.execute("CREATE DATABASE lms")
        self._fill()

    def start(self) -> None:
        """Returns when it answers."""
        self._control("start")

    def restart_at_once(self) -> None:
        """As after a power cut: no checkpoint, no farewell; what was committed comes back from the log."""
        self._control("restart", "-m", "immediate")

    def stop(self) -> None:
        """Nothing may be left behind, whatever state it is in."""
        if (self.data / "postmaster.pid").exists():
            self._control("stop", "-m", "immediate")

    def rows(self, statement: str, *values: object) -> Sequence[tuple[object, ...]]:
        """What the database says, past the product; it may just be coming back."""
        until = time.monotonic() + PATIENCE
        while True:
            try:
                with psycopg.connect(self.url, autocommit=True) as connection:
                    cursor = connection.execute(statement, values)
                    return cursor.fetchall() if cursor.description else []
            except psycopg.OperationalError:
                if time.monotonic() > until:
                    raise
                time.sleep(0.2)

    def _fill(self) -> None:
        """The tables, copied from the migrated template of the tests; migrated here where the copy does not fit."""
        template = url_of_the_machine(TestDatabase("faults").template())
        dump = subprocess.run([self.bin / "pg_dump", "--no-owner", "-d", template], capture_output=True, check=False)
        if dump.returncode == 0:
            command = [self.bin / "psql", "-q", "-X", "-v", "ON_ERROR_STOP=1", "-d", self.url]
            subprocess.run(command, input=dump.stdout, check=True, stdout=subprocess.DEVNULL)
            return
        environment = os.environ | {"DATABASE_URL": self.url, "DJANGO_SETTINGS_MODULE": "tests.faults.settings"}
        command = [sys.executable, "-m", "django", "migrate", "--verbosity", "0"]
        subprocess.run(command, cwd=ROOT, env=environment, check=True)

    def _control(self, verb: str, *more: str) -> None:
        log = str(self.data / "server.log")
        self._run("pg_ctl", verb, "-D", str(self.data), "-w", "-t", str(PATIENCE), "-l", log, *more)

    def _run(self, program: str, *arguments: str) -> None:
        """As the unprivileged user when this process is root; output to a file, for a server would hold a pipe open."""
        become = {"user": USER, "group": pwd.getpwnam(USER).pw_gid, "extra_groups": []} if os.getuid() == 0 else {}
        with (self.folder / "control.log").open("ab") as output:
            done = subprocess.run(
                [self.bin / program, *arguments], cwd="/", stdout=output, stderr=output, check=False, **become
            )
        if done.returncode:
            raise RuntimeError((self.folder / "control.log").read_text()[-3000:])


def free_port() -> int:
    """A port nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
