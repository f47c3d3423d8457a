"""`manage.py load_programme FILE [--json] [--dry-run]`."""

import json
import sys
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone
from django.utils.translation import gettext as _

from lms.core.exceptions import Refusal
from lms.programmes.rules import Change
from lms.programmes.rules.figures import show_figure
from lms.programmes.services import LoadReport, load_programme
from lms.programmes.services.file_sentences import sentence_of


class Command(BaseCommand):
    help = (
        "Load a programme from one TOML file: all or nothing, idempotent. Every error is reported at once with its key "
        "and line. Exit codes: 0 loaded or unchanged, 1 invalid or refused, 2 wrong use."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--json", action="store_true", help="print the outcome as JSON and nothing else")
        parser.add_argument("--dry-run", action="store_true", help="report what would happen; write nothing")

    def handle(self, *args: Any, **options: Any) -> None:
        text = self._read(options["file"], as_json=options["json"])
        report = load_programme(text, at=timezone.now(), dry_run=options["dry_run"])
        if options["json"]:
            self.stdout.write(json.dumps(as_json(report), ensure_ascii=False, indent=2))
        else:
            self._print(report, options["file"].name, dry_run=options["dry_run"])
        if not report.stands:
            sys.exit(1)

    def _read(self, path: Path, *, as_json: bool) -> str:
        """The text of the file; exit 2 when there is none, with JSON also then where JSON was asked for."""
        try:
            return path.read_bytes().decode("utf-8-sig")
        except UnicodeDecodeError:
            code, sentence = "not_utf8", _("%s is not UTF-8 text.") % path
        except OSError as problem:
            code, sentence = "unreadable", f"{path}: {problem.strerror}"
        if as_json:
            error = {"key": "", "line": 0, "code": code, "message": sentence}
            self.stdout.write(json.dumps(as_json_of(errors=[error]), ensure_ascii=False, indent=2))
        raise CommandError(sentence, returncode=2)

    def _print(self, report: LoadReport, name: str, *, dry_run: bool) -> None:
        for problem in report.problems:
            self.stderr.write(f"{name}:{problem.line}: {problem.key or '—'}: {sentence_of(problem)}")
        if report.outcome in {"changed", "refused"}:
            for change in report.changes:
                self.stdout.write(f"  {change.key}: {show_figure(change.old)} → {show_figure(change.new)}")
        for kept in report.kept:
            self.stdout.write(_("  %s is not in the file and stays as it is") % kept)
        for refusal in report.refusals:
            self.stderr.write(f"{refusal.sentence} {refusal.explanation}".strip())
        self.stdout.write(_headline(report, dry_run=dry_run))


def as_json(report: LoadReport) -> dict[str, Any]:
    """The report for scripts; `key`, `line` and `code` are stable, sentences are in the site's language."""
    return as_json_of(
        outcome=report.outcome,
        programme=report.slug,
        changes=[_change(change) for change in report.changes],
        kept=list(report.kept),
        errors=[
            {"key": problem.key, "line": problem.line, "code": problem.code, "message": sentence_of(problem)}
            for problem in report.problems
        ],
        refusals=[_refusal(refusal) for refusal in report.refusals],
    )


def as_json_of(outcome: str = "invalid", programme: str = "", **lists: list[Any]) -> dict[str, Any]:
    """The shape every outcome has, also that of a file that could not be read."""
    empty: dict[str, list[Any]] = {"changes": [], "kept": [], "errors": [], "refusals": []}
    return {"outcome": outcome, "programme": programme, **empty, **lists}


def _change(change: Change) -> dict[str, Any]:
    old, new = (None if value is None else show_figure(value) for value in (change.old, change.new))
    return {"key": change.key, "old": old, "new": new}


def _refusal(refusal: Refusal) -> dict[str, Any]:
    return {
        "key": str(refusal.figures.get("key", "")),
        "code": refusal.code,
        "rule": refusal.rule,
        "message": str(refusal.sentence),
        "explanation": str(refusal.explanation),
        "figures": {name: str(value) for name, value in refusal.figures.items()},
    }


def _headline(report: LoadReport, *, dry_run: bool) -> str:
    words = {
        "created": _("Programme %s is loaded."),
        "changed": _("Programme %s is changed."),
        "unchanged": _("Programme %s is unchanged."),
        "refused": _("Programme %s is not loaded: the changes above would alter decisions already made."),
        "invalid": _("Nothing is loaded: correct the lines above and load the file again."),
    }[report.outcome]
    line = words % report.slug if "%s" in words else words
    return f"{line} {_('(dry run: nothing is written)')}" if dry_run else line
