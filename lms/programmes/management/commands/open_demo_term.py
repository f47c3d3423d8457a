"""`manage.py open_demo_term [--programme SLUG] [--today DATE]`."""

from datetime import date
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone
from django.utils.translation import gettext as _

from lms.programmes.models import Programme
from lms.programmes.services import open_demo_terms


class Command(BaseCommand):
    help = "Open the terms `demo` (running) and `demo-next` (registration open) around today; idempotent."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--programme", default="", help="key of the programme; the newest one by default")
        parser.add_argument("--today", type=date.fromisoformat, default=None, help="YYYY-MM-DD")

    def handle(self, *args: Any, **options: Any) -> None:
        found = Programme.objects.order_by("-year", "pk")
        if options["programme"]:
            found = found.filter(slug=options["programme"])
        programme = found.first()
        if programme is None:
            raise CommandError(_("No such programme. Load one first: manage.py load_programme FILE"), returncode=2)
        today = options["today"] or timezone.localdate()
        for term in open_demo_terms(programme, today=today, at=timezone.now()):
            self.stdout.write(f"{term.code}: {term.starts_on} – {term.ends_on}")
