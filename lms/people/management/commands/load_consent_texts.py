"""Put the texts people agree to into force."""

import tomllib
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from lms.people.services import load_consent_texts

SHIPPED = Path(__file__).resolve().parents[2] / "data" / "consents.toml"


class Command(BaseCommand):
    """Idempotent: a version that stands is left alone. Without any text nobody is asked for consent."""

    help = "Load the consent texts (TOML); without FILE the texts that ship with the app."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", nargs="?", type=Path, default=SHIPPED)

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            texts = tomllib.loads(options["file"].read_text(encoding="utf-8"))["texts"]
            added = load_consent_texts(texts, at=timezone.now())
        except (OSError, KeyError, ValueError) as problem:
            raise CommandError(f"{options['file']}: {problem}") from problem
        self.stdout.write(f"{added} new")
