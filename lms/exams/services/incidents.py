"""The incident log of an exam."""

from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from lms.core.audit import record_act
from lms.core.exceptions import refuse
from lms.exams.enums import IncidentKind
from lms.exams.models import Exam, Incident, Sitting
from lms.programmes.models import Enrolment


@transaction.atomic
def log_incident(
    exam: Exam, seat: Enrolment | None, *, kind: str, words: str, nonce: str, at: datetime, actor: Any
) -> Incident:
    """Write down what happened, with one seat or in the room; it changes nobody's exam or mark by itself (R13).

    The same `nonce` again gets the first entry. Refuses `kind_unknown`, `words_missing`, `no_paper`.
    """
    held = Incident.objects.filter(nonce=nonce, exam=exam).first()
    if held is not None:
        return held
    if kind not in IncidentKind.values:
        raise refuse("kind_unknown", _("Choose what kind of incident it was."), field="kind")
    if not words.strip():
        raise refuse("words_missing", _("Say in a few words what happened."), field="words")
    if seat is not None and not Sitting.objects.filter(exam=exam, enrolment=seat).exists():
        raise refuse("no_paper", _("This learner has no paper in this exam."))
    entry = Incident.objects.create(
        exam=exam, enrolment=seat, kind=kind, words=words.strip(), actor=actor, at=at, nonce=nonce
    )
    after = {"kind": kind, "words": entry.words, "learner": seat.person.name if seat is not None else ""}
    record_act("lms_exams.incident", exam, actor=actor, after=after)
    return entry
