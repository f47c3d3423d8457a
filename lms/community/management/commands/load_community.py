"""`manage.py load_community FILE`: boards and documents from a TOML file."""

import tomllib
from pathlib import Path
from typing import Any

from django.contrib.auth import get_user_model
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from lms.community.services import load_community
from lms.core.exceptions import DomainError
from lms.people.enums import Role
from lms.people.selectors import users_with_role


class Command(BaseCommand):
    help = "Load forum boards and library documents from a TOML file; loading again refreshes them."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)

    def handle(self, *args: Any, **options: Any) -> None:
        actor = (
            users_with_role(Role.ADMINISTRATOR).order_by("pk").first()
            or get_user_model().objects.filter(is_superuser=True, is_active=True).order_by("pk").first()
        )
        if actor is None:
            raise CommandError("There is no administrator yet who could own the files. Make one first.")
        try:
            document = tomllib.loads(options["file"].read_text(encoding="utf-8"))
            counts = load_community(document, actor=actor, at=timezone.now())
        except (OSError, tomllib.TOMLDecodeError, KeyError, ValueError, DomainError) as problem:
            raise CommandError(f"{options['file']}: {problem}") from problem
        self.stdout.write(f"{counts['boards']} boards, {counts['resources']} resources.")
