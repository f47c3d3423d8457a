"""`python -m bench [job …] [--seconds N] [--json PATH]`: product, floor and ratio of each job."""

import argparse
import itertools
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from bench.cpu import seconds as cpu_seconds
from bench.cpu import spent_between, tree
from bench.database import backend_pids
from bench.running import analyze, migrate, on_a_database, options_for, set_up, unknown_names, write_figures
from bench.server import Server, serve

WARM_UP = 1.5


def main(arguments: Sequence[str] | None = None) -> int:
    """0 when every request was answered as expected; 1 on errors or without PostgreSQL."""
    options = _options(arguments)
    return on_a_database(lambda url, folder: _run(options, url, folder))


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = options_for("make bench", __doc__, "latest.json")
    parser.add_argument("jobs", nargs="*", help="names of jobs; all by default")
    parser.add_argument("--seconds", type=float, default=8.0, help="length of each measurement")
    return parser.parse_args(arguments)


def _run(options: argparse.Namespace, url: str, folder: Path) -> int:
    set_up(url, folder)
    from bench.jobs import all_jobs

    known = {job.name: job for job in all_jobs()}
    if unknown_names(options.jobs, known, "job "):
        return 1
    chosen = [known[name] for name in options.jobs] or list(known.values())
    migrate()
    results = {}
    with (
        serve("bench.wsgi:application", "bench.settings", folder / "product.log") as product,
        serve("bench.floor:application", "bench.floor_settings", folder / "floor.log") as floor,
    ):
        for crowds in (False, True):
            plans = [(job, job.prepare()) for job in chosen if job.crowds is crowds]
            analyze()
            for job, plan in plans:
                print(f"Measuring {job.name} …", flush=True)
                results[job.name] = _measure_job(job, plan, product, floor, url, options.seconds)
    write_figures(options.json, url, jobs=results)
    _print(results)
    return 1 if any(found["errors"] for found in results.values()) else 0


def _measure_job(job: Any, plan: Any, product: Server, floor: Server, url: str, seconds: float) -> dict[str, Any]:
    lowest = _measure(floor, plan.floor, job.clients, url, seconds) if job.floor_view else None
    found = _measure(product, plan.product, job.clients, url, seconds)
    errors = [*found.pop("errors"), *(lowest.pop("errors") if lowest else []), *plan.check(found["requests"])]
    ratio = round(found["cpu_ms"] / lowest["cpu_ms"], 2) if lowest and lowest["cpu_ms"] else None
    return {
        "title": job.title,
        "product": found,
        "floor": lowest,
        "ratio": ratio,
        "reach_ms": job.reach_ms,
        "reached": found["cpu_ms"] <= job.reach_ms,
        "errors": errors,
    }


def _measure(server: Server, calls: Any, clients: int, url: str, seconds: float) -> dict[str, Any]:
    from bench.load import drive

    turn = itertools.cycle(calls)
    drive(server.port, turn, clients=clients, seconds=WARM_UP)
    web, database = cpu_seconds(tree(server.pid)), cpu_seconds(backend_pids(url))
    outcome = drive(server.port, turn, clients=clients, seconds=seconds)
    web_spent = spent_between(web, cpu_seconds(tree(server.pid)))
    database_spent = spent_between(database, cpu_seconds(backend_pids(url)))
    done = max(1, outcome.requests)
    return {
        "requests": outcome.requests,
        "per_second": round(outcome.requests / outcome.took, 1),
        "cpu_ms": round((web_spent + database_spent) / done * 1000, 3),
        "cpu_web_ms": round(web_spent / done * 1000, 3),
        "cpu_database_ms": round(database_spent / done * 1000, 3),
        "p50_ms": round(outcome.at(0.5), 1),
        "p99_ms": round(outcome.at(0.99), 1),
        "errors": [f"{number} × {problem}" for problem, number in outcome.errors.items()],
    }


def _print(results: dict[str, Any]) -> None:
    heads = ("job", "CPU ms", "req/s", "p99 ms", "floor CPU ms", "floor req/s", "ratio", "reach ms")
    rows = [_row(name, found) for name, found in results.items()]
    widths = [max(len(line[place]) for line in (heads, *rows)) for place in range(len(heads))]
    for line in (heads, *rows):
        print(
            "  ".join(
                cell.ljust(width) if not place else cell.rjust(width)
                for place, (cell, width) in enumerate(zip(line, widths, strict=True))
            )
        )
    for name, found in results.items():
        for error in found["errors"]:
            print(f"{name}: {error}", file=sys.stderr)


def _row(name: str, found: dict[str, Any]) -> tuple[str, ...]:
    product, floor = found["product"], found["floor"] or {}
    reach = f"{found['reach_ms']:g} {'ok' if found['reached'] else 'over'}"
    figures = (
        product["cpu_ms"],
        product["per_second"],
        product["p99_ms"],
        floor.get("cpu_ms"),
        floor.get("per_second"),
    )
    return (name, *(f"{figure:.1f}" if figure is not None else "–" for figure in figures), f"{found['ratio']}", reach)


if __name__ == "__main__":
    sys.exit(main())
