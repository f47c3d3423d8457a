"""`python -m bench.attendance [scenario …] [--speed N] [--json PATH]`: check-ins under load and faults."""

import argparse
import json
import os
import platform
import sys
import tempfile
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bench.attendance.scenarios import SCENARIOS
from bench.database import NoPostgres, server_version, temporary_database

RESULTS = Path(__file__).resolve().parents[1] / "results" / "attendance.json"


def main(arguments: Sequence[str] | None = None) -> int:
    """0 when screens and database agree in every scenario; 1 when not, or without PostgreSQL."""
    options = _options(arguments)
    if unknown := set(options.scenarios) - SCENARIOS.keys():
        print(f"There is no {', '.join(sorted(unknown))}. Known: {', '.join(SCENARIOS)}.", file=sys.stderr)
        return 1
    try:
        with temporary_database() as url, tempfile.TemporaryDirectory(prefix="bench-") as folder:
            return _run(options, url, Path(folder))
    except NoPostgres as problem:
        print(problem, file=sys.stderr)
        return 1


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.attendance", description=__doc__)
    parser.add_argument("scenarios", nargs="*", help=f"{', '.join(SCENARIOS)}; all by default")
    parser.add_argument("--speed", type=float, default=1.0, help="learners come so many times faster")
    parser.add_argument("--json", type=Path, default=RESULTS, help="where the figures are written")
    return parser.parse_args(arguments)


def _run(options: argparse.Namespace, url: str, folder: Path) -> int:
    os.environ |= {
        "DATABASE_URL": url,
        "DJANGO_SETTINGS_MODULE": "bench.settings",
        "LMS_DATA_DIR": str(folder),
        "REDIS_URL": "",
    }
    import django

    django.setup()
    from django.core.management import call_command
    from django.db import connection

    from bench.attendance.classroom import gather
    from bench.attendance.running import run
    from bench.server import serve

    chosen = [SCENARIOS[name] for name in options.scenarios or SCENARIOS]
    print("Preparing the database …", flush=True)
    call_command("migrate", verbosity=0)
    learners = gather(max(scenario.learners for scenario in chosen))
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    results, problems = {}, 0
    for scenario in chosen:
        with serve(
            "bench.wsgi:application", "bench.settings", folder / "web.log", "--respawn-failed-workers"
        ) as server:
            print(f"{scenario.title} …", flush=True)
            found = run(scenario, server, learners, speed=options.speed)
        results[scenario.name] = found.figures | {"problems": found.problems}
        problems += len(found.problems)
        print(_say(found.figures), *(f"  WRONG: {problem}" for problem in found.problems), sep="\n", flush=True)
    _write(options.json, results, url, options.speed)
    return 1 if problems else 0


def _say(figures: dict[str, Any]) -> str:
    return (
        f"  {figures['learners']} phones, {figures['rows']} rows, {figures['posts']} taps served, "
        f"{figures['answers_lost']} answers lost, {figures['connections_broken']} connections broken; server p95 "
        f"{figures['server_p95_ms']} ms; a learner waited {figures['learner_p50_s']} s (p95 "
        f"{figures['learner_p95_s']} s, longest {figures['learner_longest_s']} s)"
        + (
            f"; a worker killed with {figures['in_flight_at_kill']} requests in flight, "
            f"{figures['taps_in_flight_at_kill']} of them taps"
            if "in_flight_at_kill" in figures
            else ""
        )
    )


def _write(path: Path, results: dict[str, Any], url: str, speed: float) -> None:
    machine = {"cpus": os.cpu_count(), "python": platform.python_version(), "postgresql": server_version(url)}
    now = datetime.now(UTC).isoformat(timespec="seconds")
    document = {"at": now, "machine": machine, "speed": speed, "scenarios": results}
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(document, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
