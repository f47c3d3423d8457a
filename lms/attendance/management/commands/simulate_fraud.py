"""`manage.py simulate_fraud [--seed S] [--runs N] [--json]`: how many cheats the layers find, and how many honest."""

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from lms.attendance.management.fraud.run import simulate

KEYS = ("flagged_share", "false_share")


class Command(BaseCommand):
    """Acts in a database in memory; the installation's data is neither read nor written."""

    help = (
        "300 learners, 30 of them cheating by five tactics, live through five sessions by the requests that phones "
        "send; then says how many were flagged. Nothing of this installation is touched."
    )
    requires_migrations_checks = False

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--seed", type=int, default=1, help="The same seed gives the same play.")
        parser.add_argument("--runs", type=int, default=1, help="So many plays, from that seed on; the worst is named.")
        parser.add_argument("--json", action="store_true", help="One JSON object (with --runs: one a line).")

    def handle(self, *args: Any, **options: Any) -> None:
        first, runs = options["seed"], max(1, options["runs"])
        found = []
        for seed in range(first, first + runs):
            found.append(simulate(seed, layers=runs == 1))
            if options["json"]:
                self.stdout.write(json.dumps(found[-1], ensure_ascii=False))
            elif runs > 1:
                self._line(found[-1])
        if not options["json"]:
            self._say(found)

    def _line(self, one: dict[str, Any]) -> None:
        seconds = one["figures"]["seconds"]
        self.stdout.write(f"seed {one['seed']}: {_percent(one)}, {seconds} s")

    def _say(self, found: list[dict[str, Any]]) -> None:
        if len(found) > 1:
            worst = min(found, key=lambda one: one["flagged_share"])
            false = max(found, key=lambda one: one["false_share"])
            self.stdout.write(f"fewest flagged: seed {worst['seed']}, {_percent(worst)}")
            self.stdout.write(f"most false: seed {false['seed']}, {_percent(false)}")
            return
        one = found[0]
        self.stdout.write(f"seed {one['seed']}: {one['learners']} learners, {one['cheaters']} of them cheating")
        self.stdout.write(f"all layers: {_percent(one)}")
        for tactic, share in one["by_tactic"].items():
            self.stdout.write(f"  {tactic:16} {share:7.1%}")
        self.stdout.write(
            f"\n{'layers':32} {'flagged':>8} {'false':>7}  " + " ".join(f"{name[:9]:>9}" for name in one["by_tactic"])
        )
        for name, row in one["by_layers"].items():
            tactics = " ".join(f"{share:9.0%}" for share in row["by_tactic"].values())
            self.stdout.write(f"{name:32} {row['flagged_share']:8.1%} {row['false_share']:7.2%}  {tactics}")
        self.stdout.write("")
        for key, value in one["figures"].items():
            self.stdout.write(f"{key}: {value}")


def _percent(one: dict[str, Any]) -> str:
    return f"{one['flagged_share']:.1%} of the cheats flagged, {one['false_share']:.2%} of the honest"
