"""Choosing who sits a re-sit or a make-up exam."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from lms.core.audit import record_act
from lms.core.exceptions import refuse
from lms.exams.enums import Audience, ExamState
from lms.exams.models import Candidate, Exam, Sitting
from lms.exams.services.setting import prepare_papers
from lms.programmes.models import Term
from lms.programmes.selectors import live_enrolments


@transaction.atomic
def choose_candidates(exam: Exam, seats: Collection[int], *, at: datetime, actor: Any = None) -> int:
    """Make exactly these seats (enrolment ids) the learners of an exam for chosen learners; returns how many changed.

    Of a published exam their papers are drawn at once. Refuses `for_everybody`, `exam_closed`, `seat_unknown` (not of
    this term), and `has_paper`: who has a paper already is not taken off the list.
    """
    Term.objects.select_for_update().get(pk=exam.term_id)
    exam = Exam.objects.select_for_update(of=("self",)).select_related("term__programme").get(pk=exam.pk)
    if exam.audience != Audience.CHOSEN:
        raise refuse("for_everybody", _("This exam is for everybody in the term. Change that in the exam first."))
    if exam.state == ExamState.CLOSED:
        raise refuse("exam_closed", _("This exam is closed."))
    wanted = set(seats)
    held = set(Candidate.objects.filter(exam=exam).values_list("enrolment_id", flat=True))
    if not wanted - held <= set(live_enrolments(exam.term).values_list("pk", flat=True)):
        raise refuse("seat_unknown", _("Somebody chosen holds no seat in this term any more. Choose again."))
    gone = held - wanted
    if Sitting.objects.filter(exam=exam, enrolment__in=gone).exists():
        raise refuse("has_paper", _("Whoever has a paper already stays on the list. Withdraw the exam to change that."))
    Candidate.objects.filter(exam=exam, enrolment__in=gone).delete()
    fresh = [Candidate(exam=exam, enrolment_id=pk, chosen_by=actor, at=at) for pk in sorted(wanted - held)]
    Candidate.objects.bulk_create(fresh, batch_size=200)
    if fresh or gone:
        before, after = {"chosen": len(held)}, {"chosen": len(wanted)}
        record_act("lms_exams.choose", exam, actor=actor, before=before, after=after)
    if exam.state == ExamState.PUBLISHED:
        prepare_papers(exam, at=at, actor=actor)
    return len(fresh) + len(gone)
