"""Load a question bank file."""

import json
import tomllib
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from lms.core.exceptions import DomainError
from lms.programmes.models import Programme
from lms.questions.services import load_items


class Command(BaseCommand):
    help = "Load questions from a TOML file: all or nothing, every error at once; loading twice adds nothing."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--programme", help="Key of the programme; may be left out while there is only one.")
        parser.add_argument("--json", action="store_true", help="Print the outcome for scripts.")

    def handle(self, *args: Any, **options: Any) -> None:
        programme = self._programme(options["programme"])
        try:
            with options["file"].open("rb") as file:
                document = tomllib.load(file)
            outcome = load_items(document, programme, at=timezone.now())
        except OSError as problem:
            raise CommandError(f"{options['file']}: {problem.strerror}") from problem
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as problem:
            raise CommandError(f"{options['file']}: {problem}") from problem
        except DomainError as problem:
            self._report(problem, as_json=options["json"])
            raise CommandError(f"{len(problem.refusals)} errors; nothing was loaded.") from problem
        counts = {"questions": outcome.read, "added": outcome.added, "known": outcome.known, "errors": []}
        text = f"{programme.slug}: {outcome.read} questions read, {outcome.added} added, {outcome.known} already there."
        self.stdout.write(json.dumps(counts) if options["json"] else text)

    def _programme(self, slug: str | None) -> Programme:
        found = list(Programme.objects.filter(slug=slug) if slug else Programme.objects.all()[:2])
        if len(found) != 1:
            known = ", ".join(Programme.objects.values_list("slug", flat=True)) or "none"
            raise CommandError(f"Say which programme with --programme. Known: {known}.")
        return found[0]

    def _report(self, problem: DomainError, *, as_json: bool) -> None:
        errors = [
            {"place": refusal.figures.get("place", ""), "code": refusal.code, "message": str(refusal.sentence)}
            for refusal in problem.refusals
        ]
        if as_json:
            self.stdout.write(json.dumps({"questions": 0, "added": 0, "known": 0, "errors": errors}))
            return
        for error in errors:
            self.stderr.write(f"{error['place']}: {error['message']}")
