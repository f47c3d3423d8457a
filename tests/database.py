"""Test databases: migrated once into a template, then copied for each worker and again after a test that commits."""

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection, connections

ROOT = Path(__file__).resolve().parent.parent
CACHE = ROOT / ".cache"


class TestDatabase:
    """The database of one test worker."""

    __test__ = False

    def __init__(self, worker: str) -> None:
        self.vendor = connection.vendor
        self.worker = worker
        self.digest = _digest(self.vendor)
        self.name = f"lms_test_{self.digest}_{worker}_{os.getpid()}"

    def create(self) -> None:
        """Build the template when there is none, copy it and connect to the copy."""
        self.template()
        self.restore()

    def template(self) -> str:
        """Path (SQLite) or name (PostgreSQL) of the migrated database that is copied, built when there is none."""
        with _locked(f"template-{self.vendor}"):
            self._make_template()
        name = f"lms_template_{self.digest}"
        return str(self._sqlite_path(name)) if self.vendor == "sqlite" else name

    def restore(self) -> None:
        """Back to the freshly migrated state."""
        connections.close_all()
        if self.vendor == "sqlite":
            target = self._sqlite_path(self.name)
            for suffix in ("", "-wal", "-shm"):
                Path(f"{target}{suffix}").unlink(missing_ok=True)
            shutil.copy(self._sqlite_path(f"lms_template_{self.digest}"), target)
            connection.settings_dict["NAME"] = str(target)
        else:
            self._as_owner(f'DROP DATABASE IF EXISTS "{self.name}" WITH (FORCE)')
            self._as_owner(f'CREATE DATABASE "{self.name}" TEMPLATE "lms_template_{self.digest}"')
            connection.settings_dict["NAME"] = self.name

    def drop(self) -> None:
        """Nothing is left behind but the template."""
        connections.close_all()
        if self.vendor == "sqlite":
            for suffix in ("", "-wal", "-shm"):
                Path(f"{self._sqlite_path(self.name)}{suffix}").unlink(missing_ok=True)
        else:
            self._as_owner(f'DROP DATABASE IF EXISTS "{self.name}" WITH (FORCE)')

    def _make_template(self) -> None:
        template = f"lms_template_{self.digest}"
        draft = f"{template}_draft"
        if self.vendor == "sqlite":
            if self._sqlite_path(template).exists():
                return
            self._sqlite_path(draft).unlink(missing_ok=True)
            ground = getattr(settings, "LMS_TEST_GROUND", "")
            if ground:
                shutil.copy(self._ground(ground), self._sqlite_path(draft))
            _migrate(f"sqlite:///{self._sqlite_path(draft)}")
            self._sqlite_path(draft).rename(self._sqlite_path(template))
            return
        if self._exists(template):
            return
        self._as_owner(f'DROP DATABASE IF EXISTS "{draft}" WITH (FORCE)')
        self._as_owner(f'CREATE DATABASE "{draft}"')
        _migrate(_url(draft))
        self._as_owner(f'ALTER DATABASE "{draft}" RENAME TO "{template}"')

    def _ground(self, module: str) -> Path:
        """The template of the settings `module` (which must not itself name a ground), made when there is none."""
        path = self._sqlite_path(f"lms_template_{_digest(self.vendor, module)}")
        if not path.exists():
            draft = path.with_suffix(".draft")
            draft.unlink(missing_ok=True)
            _migrate(f"sqlite:///{draft}", DJANGO_SETTINGS_MODULE=module)
            draft.rename(path)
        return path

    def _sqlite_path(self, name: str) -> Path:
        return CACHE / f"{name}.sqlite3"

    def _exists(self, name: str) -> bool:
        return bool(self._as_owner("SELECT 1 FROM pg_database WHERE datname = %s", name))

    def _as_owner(self, statement: str, *parameters: str) -> Any:
        with _owner_cursor() as cursor:
            cursor.execute(statement, parameters or None)
            return cursor.fetchall() if cursor.description else None


@contextmanager
def _owner_cursor() -> Iterator[Any]:
    import psycopg

    with psycopg.connect(_url("postgres"), autocommit=True) as owner:
        yield owner.cursor()


def _url(name: str) -> str:
    settings = connection.settings_dict
    password = f":{settings['PASSWORD']}" if settings["PASSWORD"] else ""
    return f"postgres://{settings['USER']}{password}@{settings['HOST']}:{settings['PORT'] or 5432}/{name}"


def _digest(vendor: str, module: str = "") -> str:
    """Changes with any migration, with any installed package and with the settings module."""
    found = [
        *ROOT.glob("lms/*/migrations/*.py"),
        *ROOT.glob("cms_pages/migrations/*.py"),
        ROOT / "requirements/test.txt",
    ]
    total = hashlib.sha256(vendor.encode())
    total.update((module or os.environ.get("DJANGO_SETTINGS_MODULE", "")).encode())
    for path in sorted(found):
        total.update(path.as_posix().encode() + path.read_bytes())
    return total.hexdigest()[:12]


def _migrate(url: str, **more: str) -> None:
    environment = os.environ | {"LMS_TEMPLATE_URL": url} | more
    command = [sys.executable, "-m", "django", "migrate", "--verbosity", "0"]
    subprocess.run(command, cwd=ROOT, env=environment, check=True)


@contextmanager
def _locked(name: str) -> Iterator[None]:
    CACHE.mkdir(exist_ok=True)
    with (CACHE / f"{name}.lock").open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
