"""`manage.py open_demo_exam --term TERM`: an exam that is open now, to try the exam room."""

from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone
from django.utils.translation import gettext as _

from lms.exams.models import Exam
from lms.exams.services import add_exam, prepare_papers, publish_exam
from lms.exams.simulation import fill_bank
from lms.programmes.models import Term

BLUEPRINT = [
    {"module": "theory", "kind": "single", "count": 10, "points": "4"},
    {"kind": "multiple", "count": 5, "points": "6"},
    {"kind": "truefalse", "count": 10, "points": "3"},
]


class Command(BaseCommand):
    help = "Open an exam of 25 questions for a term, from now on for some days; run again it draws missing papers."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--term", required=True)
        parser.add_argument("--days", type=int, default=14, help="how long it stays open")
        parser.add_argument("--minutes", type=int, default=60, help="duration of a sitting")

    def handle(self, *args: Any, **options: Any) -> None:
        term = Term.objects.select_related("programme").filter(code=options["term"]).first()
        if term is None:
            raise CommandError(_("No such term: %(code)s") % {"code": options["term"]})
        now = timezone.now()
        exam = Exam.objects.filter(term=term, seed="demo", closes_at__gt=now).select_related("term__programme").first()
        if exam is not None:
            prepare_papers(exam, at=now)
        else:
            fill_bank(term.programme, at=now)
            values = {
                "title": _("Theory exam (to try out)"),
                "instructions": _("Closed book. This exam is open so that the exam room can be tried at any time."),
                "opens_at": now.replace(second=0, microsecond=0),
                "closes_at": now.replace(second=0, microsecond=0) + timedelta(days=options["days"]),
                "duration_minutes": options["minutes"],
                "late_entry_minutes": None,
                "blueprint": BLUEPRINT,
            }
            exam = publish_exam(add_exam(term, values, at=now, seed="demo"), at=now)
        until = timezone.localtime(exam.closes_at)
        self.stdout.write(f"{exam.title}: {exam.sittings.count()} papers, until {until:%Y-%m-%d %H:%M}")
