"""`manage.py forget_place_hints`: for a daily job."""

from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from lms.attendance.conf import attendance_settings
from lms.attendance.services.hints import forget_hints


class Command(BaseCommand):
    """Hints older than LMS_ATTENDANCE_HINT_DAYS are ignored everywhere; this deletes them."""

    help = "Delete hints of place that are older than LMS_ATTENDANCE_HINT_DAYS."

    def handle(self, *args: Any, **options: Any) -> None:
        count = forget_hints(at=timezone.now())
        self.stdout.write(f"{count} hints older than {attendance_settings.HINT_DAYS} days deleted.")
