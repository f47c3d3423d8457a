"""Load lessons and assignments from a file."""

import json
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from lms.modules.rules import InvalidLessons, read_lessons
from lms.modules.services import load_lessons
from lms.programmes.models import Programme, Term


class Command(BaseCommand):
    """All or nothing; what is there already is left alone unless --update is given."""

    help = "Loads lessons and assignments of a programme from a TOML file."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--programme", required=True, help="key of the programme, e.g. xianyang-2025")
        parser.add_argument("--term", nargs="*", default=[], help="terms that get the assignments")
        parser.add_argument("--update", action="store_true", help="publish changed lessons anew")
        parser.add_argument("--json", action="store_true", dest="as_json")

    def handle(self, *args: Any, **options: Any) -> None:
        programme = Programme.objects.filter(slug=options["programme"]).first()
        if programme is None:
            raise CommandError(f"There is no programme {options['programme']}.")
        terms = list(Term.objects.filter(programme=programme, code__in=options["term"]))
        if missing := set(options["term"]) - {term.code for term in terms}:
            raise CommandError(f"The programme has no term {', '.join(sorted(missing))}.")
        try:
            document = read_lessons(options["file"].read_text(encoding="utf-8"))
            report = load_lessons(document, programme=programme, terms=terms, update=options["update"])
        except (OSError, InvalidLessons) as problem:
            raise CommandError(str(problem)) from problem
        self._print(dict(+report.counts), as_json=options["as_json"])

    def _print(self, counts: dict[str, int], *, as_json: bool) -> None:
        if as_json:
            self.stdout.write(json.dumps(counts))
            return
        for name, number in counts.items():
            self.stdout.write(f"{name}: {number}")
        if not any(counts.values()):
            self.stdout.write("Nothing to do: everything is there already.")
