"""`manage.py verify_journals [--json]`."""

import json
import sys
import traceback
from dataclasses import asdict, dataclass, field
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _

from lms.programmes.conf import simulation_settings
from lms.programmes.rules import Difference


@dataclass
class Finding:
    """What one verifier found, and why it could not go on (empty: it went through everything)."""

    differences: list[Difference] = field(default_factory=list)
    failure: str = ""


class Command(BaseCommand):
    help = (
        "Recompute hours, marks and balances from the journals and name everything that differs. Exit codes: 0 all "
        "equal, 1 something differs, 2 something could not be verified."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="print the findings as JSON and nothing else")

    def handle(self, *args: Any, **options: Any) -> None:
        if not simulation_settings.JOURNAL_VERIFIERS:
            raise CommandError(_("LMS_JOURNAL_VERIFIERS is empty: nothing was verified."), returncode=2)
        found = {path: self._verify(path) for path in simulation_settings.JOURNAL_VERIFIERS}
        outcome, code = _outcome(found)
        if options["json"]:
            self.stdout.write(json.dumps(_as_json(outcome, found), ensure_ascii=False, indent=2))
        else:
            self._print(found)
        if code:
            sys.exit(code)

    def _verify(self, path: str) -> Finding:
        """Everything a verifier yields, also when it breaks on damaged data half-way: that is no success."""
        found = Finding()
        try:
            for difference in import_string(path)():
                found.differences.append(difference)
        except Exception as problem:
            found.failure = f"{type(problem).__name__}: {problem}".strip()
            self.stderr.write(traceback.format_exc())
        return found

    def _print(self, found: dict[str, Finding]) -> None:
        for path, finding in found.items():
            rows = finding.differences
            verdict = _("%d differences") % len(rows) if rows else _("nothing differs")
            if finding.failure:
                verdict = _("could not be verified to the end (%(problem)s)") % {"problem": finding.failure}
            self.stdout.write(f"{path}: {verdict}")
            for row in rows:
                values = {"expected": row.expected, "found": row.found}
                self.stderr.write(f"  {row.where}: " + _("journal says %(expected)s, stored is %(found)s") % values)


def _outcome(found: dict[str, Finding]) -> tuple[str, int]:
    if any(finding.differences for finding in found.values()):
        return "different", 1
    return ("failed", 2) if any(finding.failure for finding in found.values()) else ("equal", 0)


def _as_json(outcome: str, found: dict[str, Finding]) -> dict[str, Any]:
    return {
        "outcome": outcome,
        "verifiers": {path: [asdict(row) for row in finding.differences] for path, finding in found.items()},
        "failures": {path: finding.failure for path, finding in found.items() if finding.failure},
    }
