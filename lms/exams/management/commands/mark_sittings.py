"""`manage.py mark_sittings`: write the marks of sittings that ran out of time."""

from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from lms.exams.enums import ExamState
from lms.exams.models import Exam
from lms.exams.services import mark_expired


class Command(BaseCommand):
    help = "Mark expired sittings of all published exams. Safe to repeat; marks are computed on reading anyway."

    def handle(self, *args: Any, **options: Any) -> None:
        count = sum(mark_expired(exam, at=timezone.now()) for exam in Exam.objects.exclude(state=ExamState.DRAFT))
        self.stdout.write(f"{count} sittings marked.")
