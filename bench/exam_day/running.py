"""One scenario: run it, then compare the ledger of the browsers with what is in the database."""

import asyncio
import os
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from bench.attendance.running import Report, at
from bench.cpu import seconds as cpu_seconds
from bench.cpu import spent_between, tree
from bench.database import backend_pids
from bench.exam_day.clients import Browser, Day, Receipt
from bench.exam_day.scenarios import REACH_P95_MS, Scenario
from bench.exam_papers import Seat
from bench.server import Server

#: Share of a processor's time beyond which it is the bottleneck.
SATURATED = 0.85
Stored = dict[tuple[int, int, int], tuple[str, str]]


def run(scenario: Scenario, server: Server, seats: Sequence[Seat], url: str, *, seconds: float) -> Report:
    """Let everybody sit; `seconds` of saving after the last start."""
    from lms.exams.models import MarkEntry, Sitting

    day, began = Day(), time.monotonic()
    web, database = cpu_seconds(tree(server.pid)), cpu_seconds(backend_pids(url))
    own, machine = time.process_time(), _machine_seconds()
    asyncio.run(_everybody(scenario, server.port, seats, day, seconds))
    took = time.monotonic() - began
    spent = {
        "web": spent_between(web, cpu_seconds(tree(server.pid))),
        "database": spent_between(database, cpu_seconds(backend_pids(url))),
        "load generator": time.process_time() - own,
    }
    busy = [now - before for now, before in zip(_machine_seconds(), machine, strict=True)]
    ids = [seat.pk for seat in seats]
    closed = set(Sitting.objects.filter(pk__in=ids, submitted_at__isnull=False).values_list("pk", flat=True))
    marks = list(MarkEntry.objects.filter(sitting_id__in=ids).values_list("sitting_id", flat=True))
    figures = {"sittings": len(seats), "took_s": round(took, 1), **figures_of(day, spent, took, busy[0] / busy[1])}
    problems = [*lost(day, stored_of(ids)), *unmarked(day.submitted, closed, marks)]
    return Report(figures, problems + missed(scenario, figures, len(seats)))


async def _everybody(scenario: Scenario, port: int, seats: Sequence[Seat], day: Day, seconds: float) -> None:
    browsers = [Browser(port, s.exam, s.pk, s.cookie, day, seed) for seed, s in enumerate(seats)]
    await asyncio.gather(*(browser.sit(scenario, seconds) for browser in browsers))


def stored_of(sittings: Sequence[int]) -> Stored:
    """(sitting, epoch, seq) -> (answers, hash) of every row of the journal."""
    from lms.exams.models import AnswerEntry

    rows = AnswerEntry.objects.filter(sitting_id__in=sittings)
    listed = rows.values_list("sitting_id", "epoch", "seq", "answers", "hash")
    return {(pk, epoch, seq): (answers, chain) for pk, epoch, seq, answers, chain in listed}


def lost(day: Day, stored: Stored) -> list[str]:
    """Acknowledged minus stored, and stored minus sent: both must be empty."""
    gone = [receipt for receipt in day.receipts if not _is_stored(receipt, stored)]
    counts = {
        "acknowledged saves are not stored as acknowledged": len(gone),
        "stored saves were never sent": len(stored.keys() - day.sent),
    }
    return [f"{number} {what}" for what, number in counts.items() if number]


def unmarked(submitted: set[int], closed: set[int], marks: Sequence[int]) -> list[str]:
    """Every acknowledged submission is closed and marked once."""
    counts = {
        "acknowledged submissions are not closed": len(submitted - closed),
        "closed sittings have no mark": len(closed - set(marks)),
        "marks were written twice": len(marks) - len(set(marks)),
    }
    return [f"{number} {what}" for what, number in counts.items() if number]


def figures_of(day: Day, spent: dict[str, float], took: float, busy: float) -> dict[str, Any]:
    """Times by kind, who was shed, errors, processor time a request, and what was full first.

    `spent` are processor seconds by part, `busy` the share of the machine's processors that was used at all.
    """
    served = sum(len(values) for values in day.seconds.values())
    return {
        "times": {
            kind: {
                "requests": len(values),
                **{f"p{share}_ms": at(values, share / 100) for share in (50, 95, 99)},
            }
            for kind, values in sorted(day.seconds.items())
        },
        "started": len(day.started),
        "submitted": len(day.submitted),
        "acknowledged_saves": len(day.receipts),
        "saves_per_second": round(len(day.receipts) / took, 1),
        "shed": dict(day.shed),
        "errors": dict(day.errors),
        "cpu_ms_per_request": {
            part: round(value / max(1, served) * 1000, 2) for part, value in spent.items() if part != "load generator"
        },
        "machine_busy": round(busy, 2),
        "saturated": saturated(spent, busy),
    }


def saturated(spent: dict[str, float], busy: float) -> str:
    """The part that used most of the processors once they were full; "none" while there was room."""
    return f"processor, mostly {max(spent, key=lambda part: spent[part])}" if busy >= SATURATED else "none"


def missed(scenario: Scenario, figures: dict[str, Any], sittings: int) -> list[str]:
    """What was not reached: everybody in and out, nothing failed, and the times (a surge has none)."""
    found = [f"{sittings - figures[name]} not {name}" for name in ("started", "submitted") if figures[name] < sittings]
    if not scenario.surge:
        found += [f"{number} × {problem}" for problem, number in figures["errors"].items()]
        found += [
            f"{kind}: p95 {figures['times'][kind]['p95_ms']} ms, over {limit}"
            for kind, limit in REACH_P95_MS.items()
            if figures["times"].get(kind, {}).get("p95_ms", 0) > limit
        ]
    return found


@contextmanager
def on_one_processor() -> Iterator[None]:
    """This process keeps to one processor, the last, if the system can; servers started before use all."""
    if not hasattr(os, "sched_setaffinity"):
        yield
        return
    usual = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {max(usual)})
    try:
        yield
    finally:
        os.sched_setaffinity(0, usual)


def _is_stored(receipt: Receipt, stored: Stored) -> bool:
    return stored.get((receipt.sitting, receipt.epoch, receipt.seq)) == (receipt.answers, receipt.hash)


def _machine_seconds() -> tuple[float, float]:
    """(busy, all) ticks of all processors since the machine started."""
    ticks = [float(value) for value in _first(Path("/proc/stat").read_text().splitlines()).split()[1:9]]
    return sum(ticks) - ticks[3] - ticks[4], sum(ticks)


def _first(lines: Iterable[str]) -> str:
    return next(iter(lines))
