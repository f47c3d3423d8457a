"""`python -m bench.exam_day [50 100 200 500 surge] [--seconds N] [--json PATH]`: an exam day under load."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from bench.exam_day.scenarios import SCENARIOS
from bench.running import analyze, migrate, on_a_database, options_for, set_up, unknown_names, write_figures

#: More threads than LMS_FAST_LANE_MOST, as in production: those left over answer pages and turn away.
THREADS = ("--blocking-threads", "16", "--respawn-failed-workers")


def main(arguments: Sequence[str] | None = None) -> int:
    """0 when nothing is lost and the times are reached; 1 when not, or without PostgreSQL."""
    parser = options_for("python -m bench.exam_day", __doc__, "exam_day.json")
    parser.add_argument("scenarios", nargs="*", help=f"{', '.join(SCENARIOS)}; all by default")
    parser.add_argument("--seconds", type=float, default=60.0, help="so long everybody saves after the last start")
    options = parser.parse_args(arguments)
    if unknown_names(options.scenarios, SCENARIOS, ""):
        return 1
    return on_a_database(lambda url, folder: _run(options, url, folder))


def _run(options: argparse.Namespace, url: str, folder: Path) -> int:
    set_up(url, folder)
    from bench import exam_papers
    from bench.attendance.classroom import TERM, gather
    from bench.exam_day.running import on_one_processor, run
    from bench.server import serve

    chosen = [SCENARIOS[name] for name in options.scenarios or SCENARIOS]
    migrate()
    cookies = {learner.enrolment_id: learner.cookie for learner in gather(max(one.sittings for one in chosen))}
    exam = exam_papers.publish(TERM)
    results, problems = {}, 0
    for scenario in chosen:
        seats = exam_papers.seats_of(exam_papers.copies(exam, scenario.name, 1), cookies)[: scenario.sittings]
        analyze()
        with serve("bench.wsgi:application", "bench.settings", folder / "web.log", *THREADS) as server:
            print(f"{scenario.sittings} sittings ({scenario.name}) …", flush=True)
            with on_one_processor():
                found = run(scenario, server, seats, url, seconds=options.seconds)
        results[scenario.name] = found.figures | {"problems": found.problems}
        problems += len(found.problems)
        print(_say(found.figures), *(f"  WRONG: {problem}" for problem in found.problems), sep="\n", flush=True)
    write_figures(options.json, url, seconds=options.seconds, scenarios=results)
    return 1 if problems else 0


def _say(figures: dict[str, Any]) -> str:
    lines = [
        f"  {kind}: {found['requests']}, p50 {found['p50_ms']} ms, p95 {found['p95_ms']} ms, p99 {found['p99_ms']} ms"
        for kind, found in figures["times"].items()
    ]
    told = ("acknowledged_saves", "saves_per_second", "shed", "errors", "cpu_ms_per_request", "saturated")
    return "\n".join([*lines, *(f"  {name.replace('_', ' ')}: {figures[name]}" for name in told)])


if __name__ == "__main__":
    sys.exit(main())
