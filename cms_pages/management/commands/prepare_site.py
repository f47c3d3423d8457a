"""Everything `make run` needs before it serves, in one process: tables, cache table, demo data."""

from typing import Any

from django.core.management import BaseCommand, CommandError, call_command
from django.db import OperationalError, connection


class Command(BaseCommand):
    help = "Migrate, make the cache table and load the demo data; run again, it only sees that all is there."

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            connection.ensure_connection()
        except OperationalError as problem:
            reason = str(problem).strip().splitlines()[0]
            raise CommandError(f"The database cannot be opened ({reason}). Correct DATABASE_URL.") from problem
        call_command("migrate", verbosity=0)
        call_command("createcachetable", verbosity=0)
        call_command("load_demo", stdout=self.stdout, stderr=self.stderr)
