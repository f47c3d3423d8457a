"""Acknowledged minus stored is the empty set, under every fault. The oracle is the clients' own ledger."""

import asyncio
import json
import os
import signal
import time
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

import pytest

from bench.attendance.running import workers_of
from bench.server import Server
from tests.faults.cluster import free_port
from tests.faults.conftest import LEARNERS, Site
from tests.faults.desks import Desk, Network, everybody, request

pytestmark = [pytest.mark.postgresql, pytest.mark.slow]
KILLS, RESTARTS, PATIENCE, SETTLED = 10, 3, 90, 6
GRACE = timedelta(seconds=5)
STORED = "SELECT sitting_id, epoch, seq, answers, at, late, hash FROM lms_exams_answerentry WHERE sitting_id = ANY(%s)"
Places = Callable[[str], list[dict[str, Any]]]


def compare(site: Site, desks: Sequence[Desk], *, state: str = "running", at: str = "") -> dict[str, Any]:
    """Ledgers against the database and against what the product says of itself. Returns the latter."""
    sittings = [desk.told["sitting"] for desk in desks]
    rows = site.cluster.rows(STORED, sittings)
    stored = {row[:3]: row for row in rows}
    sent = {(d.told["sitting"], d.told["epoch"], seq): answers for d in desks for seq, answers in d.sent.items()}
    ledger = [receipt for desk in desks for receipt in desk.ledger.values()]
    assert [desk.contradictions for desk in desks if desk.contradictions] == []
    assert sum((desk.trouble for desk in desks), Counter())["never answered"] == 0
    acknowledged = {(receipt["sitting"], receipt["epoch"], receipt["seq"]): receipt for receipt in ledger}
    assert acknowledged.keys() - stored.keys() == set()
    assert len(stored) == len(rows)
    assert stored.keys() - sent.keys() == set()
    for key, (*_key, answers, moment, late, chain) in stored.items():
        assert json.loads(answers) == sent[key]
        if key in acknowledged:
            held = acknowledged[key]
            assert (datetime.fromisoformat(held["at"]), held["late"], held["hash"]) == (moment, late, chain)
    told = site.inside("examine", {"sittings": sittings, "ledger": ledger, "at": at})
    assert (told["differences"], told["forged"]) == ([], [])
    assert set(told["states"].values()) == {state}
    assert told["final"] == {str(desk.told["sitting"]): desk.final() for desk in desks}
    return told


def finished(desks: Sequence[Desk]) -> int:
    """Every save of every desk was acknowledged, none refused; how many."""
    assert [desk.refused for desk in desks if desk.refused] == []
    assert [desk.sent.keys() - desk.ledger.keys() for desk in desks if len(desk.sent) > len(desk.ledger)] == []
    assert len(desks) == LEARNERS
    return sum(len(desk.ledger) for desk in desks)


def oldest_worker(server: Server, seen: dict[int, float], killed: Sequence[int]) -> int:
    """As soon as both web workers are there and one has lived for a while, that one.

    granian ends altogether when a worker dies within 5.5 seconds of having been put in another's place.
    """
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        alive = [pid for pid in workers_of(server.pid) if pid not in killed]  # a dead one stays in the list for a while
        for pid in alive:
            seen.setdefault(pid, time.monotonic())
        pid = min(alive, key=seen.__getitem__, default=0)
        if len(alive) == 2 and time.monotonic() - seen[pid] > SETTLED:
            return pid
        time.sleep(0.1)
    raise AssertionError("a killed web worker was not replaced")


def test_web_workers_killed_ten_times(site: Site, server: Server, places: Places) -> None:
    """Each one with requests in its hands: it is stopped first, so that some wait for an answer that never comes."""
    killed: list[int] = []

    def kill() -> None:
        seen: dict[int, float] = {}
        for _time in range(KILLS):
            pid = oldest_worker(server, seen, killed)
            os.kill(pid, signal.SIGSTOP)
            time.sleep(0.3)
            os.kill(pid, signal.SIGKILL)
            killed.append(pid)

    desks = asyncio.run(everybody(places("killed"), [server.port], kill))
    assert len(set(killed)) == KILLS
    assert finished(desks) >= 5 * LEARNERS
    assert sum(desk.trouble["status 0"] for desk in desks) > 0, "no request was in the hands of a killed worker"
    compare(site, desks)


def test_postgresql_restarted_at_once(site: Site, server: Server, places: Places) -> None:
    """Three times, as by a power cut; what was committed comes back, what was not is sent again."""

    def restart() -> None:
        for _time in range(RESTARTS):
            time.sleep(2)
            site.cluster.restart_at_once()

    desks = asyncio.run(everybody(places("restarted"), [server.port], restart))
    assert finished(desks) >= 5 * LEARNERS
    assert sum(sum(desk.trouble.values()) for desk in desks) > 0, "nobody noticed a restart"
    compare(site, desks)


def test_answers_lost_after_the_commit_doubled_and_reordered(site: Site, server: Server, places: Places) -> None:
    """Nearly a third of all answers never arrive; saves overtake each other and come twice."""
    network = Network(lost=0.2, cut=0.1, doubled=0.3, at_once=3)
    desks = asyncio.run(everybody(places("lossy"), [server.port], network=network, least=12))
    assert finished(desks) == 12 * LEARNERS
    assert sum(desk.trouble["answer lost"] for desk in desks) > LEARNERS
    assert compare(site, desks)["entries"] == 12 * LEARNERS


def test_a_deadline_passes_with_no_task_worker_alive(site: Site, server: Server, places: Places) -> None:
    """Saves go on across the end until they are refused; every sitting reads as closed with what was acknowledged."""
    seats = places("deadline")
    sittings = [seat["sitting"] for seat in seats]
    move = (
        "UPDATE lms_exams_sitting SET deadline = statement_timestamp() + interval '6 seconds' WHERE id = ANY(%s) "
        "RETURNING deadline"
    )
    deadline: Any = site.cluster.rows(move, sittings)[0][0]

    def wait() -> None:
        while site.cluster.rows("SELECT statement_timestamp()")[0][0] <= deadline + GRACE:
            time.sleep(0.2)
        time.sleep(1)

    desks = asyncio.run(everybody(seats, [server.port], wait, least=1))
    receipts = [receipt for desk in desks for receipt in desk.ledger.values()]
    moments = {receipt["late"]: [] for receipt in receipts} | {False: [], True: []}
    for receipt in receipts:
        moments[receipt["late"]].append(datetime.fromisoformat(receipt["at"]))
    assert max(moments[False]) <= deadline < min(moments[True])
    assert max(moments[True]) <= deadline + GRACE
    assert {code for desk in desks for code in desk.refused.values()} == {"closed"}
    told = compare(site, desks, state="expired")
    assert told["marked"] == LEARNERS
    asyncio.run(_reads_as_closed(server, seats[:10]))
    assert site.inside("mark", {"exam": seats[0]["exam"]}) == {"written": [LEARNERS, 0], "rows": LEARNERS}
    assert compare(site, desks, state="expired")["entries"] == told["entries"]


def test_a_web_process_with_its_clock_an_hour_ahead(site: Site, server: Server, places: Places) -> None:
    """Half of all requests go to it. Forty minutes are left: by its clock every sitting would be over."""
    seats = places("clocks")
    near = "UPDATE lms_exams_sitting SET deadline = statement_timestamp() + interval '40 minutes' WHERE id = ANY(%s)"
    site.cluster.rows(near, [seat["sitting"] for seat in seats])
    with site.served(FAULTS_CLOCK_AHEAD="3600") as ahead:
        desks = asyncio.run(everybody(seats, [server.port, ahead.port], network=Network(doubled=0.5), least=8))
        pages = asyncio.run(_pages(ahead, seats[:10]))
    assert [status for status, _text in pages] == [200] * 10
    assert finished(desks) == 8 * LEARNERS
    assert not any(receipt["late"] for desk in desks for receipt in desk.ledger.values())
    assert compare(site, desks)["entries"] == 8 * LEARNERS


def test_the_cache_is_gone(site: Site, places: Places) -> None:
    """Redis does not answer: the room opens, saves are stored, handing in is possible."""
    seats = places("no-cache")
    with site.served(REDIS_URL=f"redis://127.0.0.1:{free_port()}/0") as server:
        desks = asyncio.run(everybody(seats, [server.port]))
        pages = asyncio.run(_pages(server, seats[:10]))
    assert [status for status, _text in pages] == [200] * 10
    assert finished(desks) == 5 * LEARNERS
    compare(site, desks)


async def _reads_as_closed(server: Server, seats: Sequence[dict[str, Any]]) -> None:
    rooms = await _pages(server, seats)
    receipts = await _pages(server, seats, "receipt/")
    assert [status for status, _text in rooms] == [302] * len(seats)
    assert [status for status, _text in receipts] == [200] * len(seats)


async def _pages(server: Server, seats: Sequence[dict[str, Any]], page: str = "") -> list[tuple[int, bytes]]:
    """A page of each sitting, as its learner gets it."""
    found = []
    for seat in seats:
        path, head = f"/exams/sittings/{seat['sitting']}/{page}", {"Cookie": seat["cookie"]}
        found.append(await request(server.port, "GET", path, headers=head))
    return found
