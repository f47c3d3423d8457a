"""`python -m bench.attendance [scenario …] [--speed N] [--json PATH]`: check-ins under load and faults."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from bench.attendance.scenarios import SCENARIOS
from bench.running import analyze, migrate, on_a_database, options_for, set_up, unknown_names, write_figures


def main(arguments: Sequence[str] | None = None) -> int:
    """0 when screens and database agree in every scenario; 1 when not, or without PostgreSQL."""
    options = _options(arguments)
    if unknown_names(options.scenarios, SCENARIOS, ""):
        return 1
    return on_a_database(lambda url, folder: _run(options, url, folder))


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = options_for("python -m bench.attendance", __doc__, "attendance.json")
    parser.add_argument("scenarios", nargs="*", help=f"{', '.join(SCENARIOS)}; all by default")
    parser.add_argument("--speed", type=float, default=1.0, help="learners come so many times faster")
    return parser.parse_args(arguments)


def _run(options: argparse.Namespace, url: str, folder: Path) -> int:
    set_up(url, folder)
    from bench.attendance.classroom import gather
    from bench.attendance.running import run
    from bench.server import serve

    chosen = [SCENARIOS[name] for name in options.scenarios or SCENARIOS]
    migrate()
    learners = gather(max(scenario.learners for scenario in chosen))
    analyze()
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
        if found.problems:
            print((folder / "web.log").read_text(errors="replace")[-2000:], file=sys.stderr)
    write_figures(options.json, url, speed=options.speed, scenarios=results)
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


if __name__ == "__main__":
    sys.exit(main())
