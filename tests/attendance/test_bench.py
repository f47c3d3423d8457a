"""A small door rush against two real web workers through a network that loses answers; one worker is killed."""

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from bench.attendance.classroom import gather
from bench.attendance.killing import Held, Killer, held_by
from bench.attendance.phones import Ending
from bench.attendance.proxy import Traffic
from bench.attendance.running import contradictions, report, run, workers_of
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
    found = run(SMALL, server, gather(SMALL.learners))
    assert [problem for problem in found.problems if "p95" not in problem] == []
    assert found.figures["rows"] == 60
    assert found.figures["answers_lost"] > 0
    assert found.figures["states"].keys() <= {"recorded", "already"}
    assert len(before) == 2
    assert len(before & set(workers_of(server.pid))) == 1
    assert found.figures["taps_in_flight_at_kill"] >= 1


# A worker of one process: it takes every connection, answers those that say so, and keeps the others waiting.
WORKER = """
import socket, sys, threading
door = socket.create_server(("127.0.0.1", 0))
print(door.getsockname()[1], flush=True)
kept = []
while True:
    line, _peer = door.accept()
    kept.append(line)
    if line.recv(100) == b"answer":
        line.sendall(b"done")
"""


@pytest.fixture
def worker() -> Iterator[tuple[subprocess.Popen[str], int]]:
    process = subprocess.Popen([sys.executable, "-c", WORKER], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    yield process, int(process.stdout.readline())
    process.kill()
    process.wait(10)


def call(port: int, text: bytes) -> socket.socket:
    line = socket.create_connection(("127.0.0.1", port), timeout=10)
    line.sendall(text)
    return line


def own_port(line: socket.socket) -> int:
    return int(line.getsockname()[1])


def a_killer(worker: Any, flying: dict[int, str], *, patience: float, wanted: int = 2) -> Killer:
    process, port = worker
    killer = Killer(port, lambda: [process.pid], flying, after=0, patience=patience, wanted=wanted)
    killer.start()
    return killer


def test_only_what_the_process_itself_has_taken_is_held_by_it(worker: Any) -> None:
    process, port = worker
    with call(port, b"answer") as line, socket.create_server(("127.0.0.1", 0)) as other:
        assert line.recv(10) == b"done"
        waiting = call(other.getsockname()[1], b"wait")
        flying = {own_port(line): "POST", own_port(waiting): "GET", 1: "GET"}
        assert held_by(process.pid, port, flying) == {own_port(line): "POST"}
        assert held_by(os.getpid(), port, flying) == {}
        assert held_by(os.getpid(), other.getsockname()[1], flying) == {}, "nobody has taken it yet"
        waiting.close()


def test_a_worker_dies_with_requests_in_its_hands_and_not_before(worker: Any) -> None:
    process, port = worker
    flying: dict[int, str] = {}
    killer = a_killer(worker, flying, patience=30)
    with call(port, b"wait") as first, call(port, b"answer") as probe, call(port, b"wait") as second:
        flying[own_port(first)] = "GET"
        assert probe.recv(10) == b"done"
        killer.join(0.5)
        assert killer.is_alive(), "one is too few"
        assert process.poll() is None
        flying[own_port(second)] = "POST"
        process.wait(10)
        killer.join(10)
    assert killer.held == Held(requests=2, taps=1)


def test_without_a_tap_it_waits_and_at_last_says_so(worker: Any) -> None:
    process, port = worker
    with call(port, b"wait") as first, call(port, b"answer") as second:
        assert second.recv(10) == b"done"
        killer = a_killer(worker, {own_port(first): "GET", own_port(second): "GET"}, patience=0.5)
        killer.join(10)
    assert process.wait(10) == -9
    assert killer.held == Held(requests=2, taps=0)


@pytest.mark.parametrize(
    ("held", "wrong"), [(None, True), (Held(), True), (Held(3, 0), True), (Held(2, 1), False), (Held(1, 1), False)]
)
def test_a_kill_that_met_no_tap_is_a_failed_scenario(held: Held | None, wrong: bool) -> None:
    found = report(SMALL, [an_ending(1, "recorded")], [(1, "t")], Traffic(), held)
    assert any("no tap was in flight" in problem for problem in found.problems) == wrong
    assert found.figures["in_flight_at_kill"] == (held.requests if held else 0)
    quiet = replace(SMALL, kill=False)
    assert report(quiet, [an_ending(1, "recorded")], [(1, "t")], Traffic()).problems == []


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
