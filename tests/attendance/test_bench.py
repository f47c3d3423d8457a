"""A small door rush against two real web workers through a network that loses answers; one worker is killed."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from bench.attendance.classroom import gather
from bench.attendance.phones import Ending
from bench.attendance.running import contradictions, run, workers_of
from bench.attendance.scenarios import Faults, Scenario
from bench.server import Server, serve

SMALL = Scenario("small", "60 check-ins in 6 s, a web worker killed", 60, 6, kill=True, faults=Faults(0.1, 1.5))


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, transactional_db: None) -> Iterator[Server]:
    held = connection.settings_dict
    secret = f":{held['PASSWORD']}" if held["PASSWORD"] else ""
    place = f"{held['HOST']}:{held['PORT'] or 5432}/{held['NAME']}"
    monkeypatch.setenv("DATABASE_URL", f"postgres://{held['USER']}{secret}@{place}")
    monkeypatch.setenv("LMS_DATA_DIR", os.environ["LMS_DATA_DIR"])
    with serve("bench.wsgi:application", "bench.settings", tmp_path / "web.log", "--respawn-failed-workers") as found:
        yield found


@pytest.mark.postgresql
@pytest.mark.slow
def test_screens_and_rows_agree_when_answers_are_lost_and_a_worker_is_killed(server: Server) -> None:
    before = set(workers_of(server.pid))
    report = run(SMALL, server, gather(SMALL.learners))
    assert [problem for problem in report.problems if "p95" not in problem] == []
    assert report.figures["rows"] == 60
    assert report.figures["answers_lost"] > 0
    assert report.figures["states"].keys() <= {"recorded", "already"}
    assert len(before) == 2
    assert len(before & set(workers_of(server.pid))) == 1


def an_ending(seat: int, state: str, at: str = "t", seconds: float = 1.0) -> Ending:
    return Ending(seat, state, at, taps=1, seconds=seconds)


@pytest.mark.parametrize(
    ("endings", "entries", "problem"),
    [
        ([an_ending(1, "recorded")], [], "1 phones that read present without a row"),
        ([an_ending(1, "recorded")], [(1, "t"), (1, "t")], "1 rows twice"),
        ([an_ending(1, "already", "u")], [(1, "t")], "1 phones that read another time than the row"),
        ([an_ending(1, "refused")], [(1, "t")], "1 phones that read refused with a row"),
        ([an_ending(1, "given_up")], [], "1 phones that did not end as present"),
        ([an_ending(1, "recorded", seconds=62)], [(1, "t")], "1 phones that waited more than a minute"),
    ],
)
def test_every_contradiction_is_noticed(endings: Any, entries: Any, problem: str) -> None:
    assert problem in contradictions(endings, entries)


def test_agreement_is_no_contradiction() -> None:
    endings = [an_ending(1, "recorded"), an_ending(2, "already", "u")]
    assert contradictions(endings, [(1, "t"), (2, "u")]) == []
