"""Thin: a new seat gets its papers."""

from typing import Any

from lms.exams.enums import ExamState
from lms.exams.models import Exam
from lms.exams.services import prepare_papers
from lms.programmes.models import Enrolment


def prepare_for_new_seat(sender: Any, *, enrolment: Enrolment, **kwargs: Any) -> None:
    """`enrolled`: draw papers of the term's published exams that are not over. Inside the transaction of the seat."""
    open_exams = Exam.objects.filter(
        term_id=enrolment.term_id, state=ExamState.PUBLISHED, closes_at__gt=enrolment.enrolled_at
    )
    for exam in open_exams.select_related("term__programme"):
        prepare_papers(exam, at=enrolment.enrolled_at, enrolments=[enrolment])
