"""One scenario: run it, then compare what stands on the phones with what is in the database."""

import asyncio
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bench.attendance.classroom import entries_of, open_session
from bench.attendance.killing import Held, Killer
from bench.attendance.phones import PATIENCE, Ending, Learner, check_in
from bench.attendance.proxy import Traffic, faulty_network
from bench.attendance.scenarios import Scenario
from bench.cpu import tree
from bench.server import Server

#: Of the server's own time; beyond it a scenario failed.
REACH_P95_MS = 800
PRESENT = frozenset({"recorded", "already"})
#: A timer may fire a moment after the minute is over.
SLACK = 1.0


@dataclass
class Report:
    """Figures and what was wrong; nothing wrong means the scenario passed."""

    figures: dict[str, Any] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)


def run(scenario: Scenario, server: Server, learners: Sequence[Learner], *, speed: float = 1.0) -> Report:
    """Let the learners check in; `speed` 10 lets them come in a tenth of the time."""
    session, shown = open_session(scenario)
    seconds = scenario.seconds / speed
    with faulty_network(server.port, scenario.faults) as traffic:
        killer = _killer(server, traffic, seconds, session) if scenario.kill else None
        endings = asyncio.run(_everybody(learners[: scenario.learners], shown, traffic.port, seconds))
    if killer:
        killer.join()
    return report(scenario, endings, entries_of(session), traffic, killer.held if killer else None)


def _killer(server: Server, traffic: Traffic, seconds: float, session: Any) -> Killer:
    """One web worker is killed in the second half, with requests in its hands."""
    killer = Killer(
        server.port,
        lambda: workers_of(server.pid),
        traffic.flying,
        after=seconds / 2,
        patience=seconds / 2,
        stall=lambda: _locked(session),
    )
    killer.start()
    return killer


@contextmanager
def _locked(session: Any) -> Iterator[None]:
    """A tap asks that nobody change its session meanwhile: here somebody does, so it waits in the worker's hands."""
    from django.db import connection, transaction

    with transaction.atomic():
        type(session).objects.select_for_update().get(pk=session.pk)
        yield
    connection.close()


def workers_of(pid: int) -> list[int]:
    """The web workers below a granian server: its children that run Python of their own."""
    found = []
    for child in tree(pid)[1:]:
        command = Path(f"/proc/{child}/cmdline").read_bytes()
        if b"resource_tracker" not in command:
            found.append(child)
    return found


async def _everybody(learners: Sequence[Learner], shown: Callable[[], str], port: int, seconds: float) -> list[Ending]:
    async def one(number: int, learner: Learner) -> Ending:
        await asyncio.sleep(seconds * number / len(learners))
        return await check_in(learner, shown, port=port, seed=number)

    return await asyncio.gather(*(one(number, learner) for number, learner in enumerate(learners)))


def report(
    scenario: Scenario,
    endings: Sequence[Ending],
    entries: Sequence[tuple[int, str]],
    traffic: Traffic,
    held: Held | None = None,
) -> Report:
    """The figures, and what is wrong with them. `held`: what the killed worker had in its hands."""
    states, taps = Counter(ending.state for ending in endings), traffic.served["POST"]
    waits = [ending.seconds for ending in endings]
    figures: dict[str, Any] = {
        "title": scenario.title,
        "learners": len(endings),
        "states": dict(states),
        "rows": len(entries),
        "posts": len(taps),
        "answers_lost": traffic.lost,
        "connections_broken": traffic.broken,
        "server_p50_ms": at(taps, 0.5),
        "server_p95_ms": at(taps, 0.95),
        "server_p99_ms": at(taps, 0.99),
        "page_p95_ms": at(traffic.served["GET"], 0.95),
        "learner_p50_s": round(at(waits, 0.5) / 1000, 2),
        "learner_p95_s": round(at(waits, 0.95) / 1000, 2),
        "learner_longest_s": round(max(waits, default=0), 2),
    }
    problems = [*contradictions(endings, entries)]
    if scenario.kill:
        held = held or Held()
        figures |= {"in_flight_at_kill": held.requests, "taps_in_flight_at_kill": held.taps}
        problems += [] if held.taps else ["no tap was in flight when the worker was killed: that proves nothing"]
    if figures["server_p95_ms"] > REACH_P95_MS:
        problems.append(f"the server's p95 is {figures['server_p95_ms']} ms, over {REACH_P95_MS}")
    return Report(figures, problems)


def contradictions(endings: Sequence[Ending], entries: Sequence[tuple[int, str]]) -> list[str]:
    """Where screens and rows do not agree, or a phone was left without a clear answer."""
    rows = dict(entries)
    present = [ending for ending in endings if ending.state in PRESENT]
    counts = {
        "rows twice": len(entries) - len(rows),
        "phones that read present without a row": sum(ending.enrolment_id not in rows for ending in present),
        "phones that read another time than the row": sum(
            ending.enrolment_id in rows and rows[ending.enrolment_id] != ending.at for ending in present
        ),
        "phones that read refused with a row": sum(
            ending.enrolment_id in rows for ending in endings if ending.state in {"refused", "signed_out"}
        ),
        "phones that did not end as present": len(endings) - len(present),
        "phones that waited more than a minute": sum(ending.seconds > PATIENCE + SLACK for ending in endings),
    }
    return [f"{number} {what}" for what, number in counts.items() if number]


def at(values: Sequence[float], share: float) -> float:
    """Milliseconds that `share` of the values (seconds) stay under."""
    ordered = sorted(values)
    return round(ordered[min(len(ordered) - 1, int(len(ordered) * share))] * 1000, 1) if ordered else 0.0
