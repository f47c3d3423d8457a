"""A hundred people save into SQLite through a real web process, as `make run` starts it."""

import asyncio
import json
import os
import random
import sqlite3
import statistics
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
from django.db import connection

from bench.server import Server, serve
from tests.database import TestDatabase
from tests.faults.cluster import ROOT
from tests.faults.desks import Desk, Network, everybody

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(connection.vendor != "sqlite", reason="is about SQLite"),
]
LEARNERS, SAVES = 100, 6


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder of its own with the migrated database: the settings of the product, WAL and FULL."""
    made = tmp_path_factory.mktemp("sqlite-load")
    (made / "lms.sqlite3").write_bytes(Path(TestDatabase("load").template()).read_bytes())
    return made


@pytest.fixture(scope="module")
def environment(folder: Path) -> dict[str, str]:
    own = {name: value for name, value in os.environ.items() if not name.startswith("LMS_")}
    settings = {"DJANGO_SETTINGS_MODULE": "tests.faults.settings", "LMS_DATA_DIR": str(folder)}
    return own | settings | {"DATABASE_URL": "", "REDIS_URL": ""}


@pytest.fixture(scope="module")
def inside(environment: dict[str, str]) -> Any:
    """See `tests.faults.inside`."""

    def run(verb: str, asked: dict[str, Any]) -> dict[str, Any]:
        command = [sys.executable, "-m", "tests.faults.inside", verb]
        done = subprocess.run(
            command, cwd=ROOT, env=environment, input=json.dumps(asked), capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr[-3000:]
        found: dict[str, Any] = json.loads(done.stdout)
        return found

    return run


@pytest.fixture(scope="module")
def places(inside: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = inside("arrange", {"exams": ["load"], "learners": LEARNERS})["load"]
    return found


@pytest.fixture(scope="module")
def server(folder: Path, environment: dict[str, str], places: Any) -> Iterator[Server]:
    options = ("--workers", "1", "--blocking-threads", "8")
    with (
        mock.patch.dict(os.environ, environment, clear=True),
        serve("config.wsgi:application", "tests.faults.settings", folder / "web.log", *options) as running,
    ):
        yield running


def test_a_hundred_people_save_and_nothing_is_locked_or_lost(
    folder: Path, environment: dict[str, str], server: Server, places: list[dict[str, Any]], inside: Any
) -> None:
    """With doubled saves; every one is acknowledged by the first server that is asked, and is in the file."""
    desks = asyncio.run(everybody(places, [server.port], network=Network(doubled=0.2), least=SAVES))
    trouble = sum((desk.trouble for desk in desks), Counter[str]())
    print(f"\n{LEARNERS * SAVES} saves on SQLite: p95 {_p95(desks):.0f} ms, trouble {dict(trouble)}")
    assert "locked" not in (folder / "web.log").read_text()
    assert {name for name in trouble if name.startswith("status 5") and name != "status 503"} == set()
    assert sum(len(desk.ledger) for desk in desks) == LEARNERS * SAVES
    with sqlite3.connect(folder / "lms.sqlite3") as file:
        rows = file.execute("SELECT sitting_id, epoch, seq, hash FROM lms_exams_answerentry").fetchall()
        assert file.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert file.execute("PRAGMA journal_mode").fetchall() == [("wal",)]
    ledger = [receipt for desk in desks for receipt in desk.ledger.values()]
    assert {(r["sitting"], r["epoch"], r["seq"], r["hash"]) for r in ledger} == set(rows)
    assert len(rows) == LEARNERS * SAVES
    told = inside("examine", {"sittings": [place["sitting"] for place in places], "ledger": ledger})
    assert (told["differences"], told["forged"]) == ([], [])
    assert told["final"] == {str(desk.told["sitting"]): desk.final() for desk in desks}
    a_process_killed_in_the_midst_leaves_the_file_sound(folder, environment)


def a_process_killed_in_the_midst_leaves_the_file_sound(folder: Path, environment: dict[str, str]) -> None:
    """SIGKILL between and during commits: what was committed is there and whole."""
    script = (
        "import django; django.setup()\n"
        "import sys\n"
        "from lms.exams.models import Sitting\n"
        "from lms.exams.services import save_answers\n"
        "sitting = Sitting.objects.order_by('-pk').first()\n"
        "start = sitting.entries.count() + 1000 * int(sys.argv[1])\n"
        "for seq in range(start, start + 100000):\n"
        "    save_answers(sitting.pk, {'q1': [seq % 4]}, owner=sitting.owner_id, epoch=sitting.epoch, seq=seq)\n"
        "    print(seq, flush=True)\n"
    )
    luck = random.Random(7)
    for number in range(1, 4):
        process = subprocess.Popen(
            [sys.executable, "-c", script, str(number)], cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True
        )
        assert process.stdout is not None
        wanted, told = luck.randint(5, 60), []
        for line in process.stdout:
            told.append(int(line))
            if len(told) == wanted:
                process.kill()
        process.wait()
        with sqlite3.connect(folder / "lms.sqlite3") as file:
            stored = {row[0] for row in file.execute("SELECT seq FROM lms_exams_answerentry WHERE seq >= 1000")}
            assert set(told) - stored == set()
            assert len(told) >= wanted
            assert file.execute("PRAGMA integrity_check").fetchall() == [("ok",)]


def _p95(desks: list[Desk]) -> float:
    return statistics.quantiles([seconds * 1000 for desk in desks for seconds in desk.seconds], n=20)[-1]
