"""Delete the content of private files whose time is over; run it daily."""

from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from lms.files.services import remove_expired


class Command(BaseCommand):
    """Idempotent; prints how many."""

    help = "Delete the content of private files whose time is over."

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(str(remove_expired(at=timezone.now())))
