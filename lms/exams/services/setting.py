"""Setting an exam: draft, blueprint, publication, papers."""

import secrets
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from lms.core.audit import record_act
from lms.core.exceptions import DomainError, Refusal, refuse
from lms.exams.conf import exams_settings
from lms.exams.enums import Audience, ExamState
from lms.exams.models import Exam, PaperKey, Sitting
from lms.exams.rules import (
    BlueprintProblem,
    Shortage,
    check_blueprint,
    digest,
    draw_paper,
    find_shortages,
    read_lines,
    sitting_seed,
)
from lms.exams.selectors import granted_minutes, minutes_for, seat_limit, seats_for, seats_of
from lms.exams.signals import exam_published
from lms.programmes.models import Enrolment, Term
from lms.questions.selectors import ready_pool

FIELDS = (
    "title",
    "instructions",
    "opens_at",
    "closes_at",
    "duration_minutes",
    "late_entry_minutes",
    "audience",
    "blueprint",
    "shuffle_questions",
    "shuffle_options",
    "marking_policy",
    "signal_policy",
    "signal_limit",
)


@transaction.atomic
def add_exam(term: Term, values: Mapping[str, Any], *, at: datetime, seed: str = "", actor: Any = None) -> Exam:
    """A new exam as a draft; `values` holds the fields of `FIELDS`. Refuses what is wrong in blueprint and window."""
    _require_sound(values)
    fields = {name: values[name] for name in FIELDS if name in values}
    exam = Exam.objects.create(term=term, seed=seed or secrets.token_hex(16), made_at=at, **fields)
    record_act("lms_exams.add", exam, actor=actor, after={"title": exam.title, "term": term.code})
    return exam


@transaction.atomic
def revise_exam(exam: Exam, values: Mapping[str, Any], *, actor: Any = None) -> Exam:
    """Change a draft. Refuses `not_draft`: a published exam is withdrawn first, and cannot be once somebody started."""
    exam = Exam.objects.select_for_update().get(pk=exam.pk)
    if exam.state != ExamState.DRAFT:
        raise refuse("not_draft", _("This exam is published. Withdraw it before changing it."))
    _require_sound(values)
    before = {name: str(getattr(exam, name)) for name in FIELDS}
    for name in FIELDS:
        setattr(exam, name, values.get(name, getattr(exam, name)))
    exam.save(update_fields=FIELDS)
    changed = [name for name in FIELDS if str(getattr(exam, name)) != before[name]]
    record_act(
        "lms_exams.revise",
        exam,
        actor=actor,
        before={name: before[name] for name in changed},
        after={name: str(getattr(exam, name)) for name in changed},
    )
    return exam


@transaction.atomic
def publish_exam(exam: Exam, *, at: datetime, actor: Any = None, replayed: bool = False) -> Exam:
    """Make the exam known and draw the papers of everybody it is for, before it opens.

    Refuses `not_draft`, every problem of the blueprint, each row the bank cannot fill (`row_short`), `exam_over`,
    `nobody_chosen`, and `seats_over_limit` where the database cannot carry so many people at once (R13); only a
    simulation, which sits one after the other, says `replayed` and is not asked that. `exam_published` is sent on
    commit.
    """
    exam = _lock_with_term(exam)
    if exam.state != ExamState.DRAFT:
        raise refuse("not_draft", _("This exam is published already."))
    refusals = [_say_blueprint(problem) for problem in check_blueprint(exam.blueprint)]
    refusals = refusals or [say_shortage(shortage) for shortage in shortages_of(exam)]
    if at >= exam.closes_at:
        refusals.append(Refusal("exam_over", _("The exam would be over already. Choose a later window.")))
    if exam.audience == Audience.CHOSEN and not seats_for(exam).exists():
        refusals.append(Refusal("nobody_chosen", _("Nobody is chosen for this exam. Choose who sits it first.")))
    refusals += [] if replayed else _refuse_crowd(exam)
    if refusals:
        raise DomainError(*refusals)
    exam.state = ExamState.PUBLISHED
    exam.save(update_fields=["state"])
    record_act("lms_exams.publish", exam, actor=actor, before={"state": "draft"}, after={"state": str(exam.state)})
    prepare_papers(exam, at=at, actor=actor)
    transaction.on_commit(lambda: exam_published.send(Exam, exam=exam, actor=actor))
    return exam


@transaction.atomic
def prepare_papers(
    exam: Exam, *, at: datetime, enrolments: Sequence[Enrolment] | None = None, actor: Any = None
) -> int:
    """Draw a paper for everybody the exam is for who has none yet; returns how many. Doing it again changes nothing.

    Eight statements however many learners. Refuses `not_published`; raises what `publish_exam` refuses when the bank
    has become too small. A paper once drawn never changes, whatever happens to its questions.
    """
    exam = _lock_with_term(exam)
    if exam.state != ExamState.PUBLISHED:
        raise refuse("not_published", _("Publish the exam before papers are drawn."))
    seats = list(seats_for(exam))
    if enrolments is not None:
        meant = {seat.pk for seat in seats}
        seats = [seat for seat in enrolments if seat.pk in meant]
    held = set(Sitting.objects.filter(exam=exam).values_list("enrolment_id", flat=True))
    missing = [seat for seat in seats if seat.pk not in held]
    if not missing:
        return 0
    lines, pool = read_lines(exam.blueprint), ready_pool(exam.term.programme)
    short = find_shortages(lines, pool)
    if short:
        raise DomainError(*(say_shortage(shortage) for shortage in short))
    granted = granted_minutes(exam)
    sittings, keys = [], []
    for seat in missing:
        seed = sitting_seed(exam.seed, seat.number)
        drawn = draw_paper(
            lines, pool, seed, shuffle_questions=exam.shuffle_questions, shuffle_options=exam.shuffle_options
        )
        sitting = _sitting(exam, seat, seed, drawn.text, len(drawn.keys), at)
        sitting.extra_minutes, sitting.beyond_minutes = minutes_for(granted, seat.pk)
        sittings.append(sitting)
        keys.append(drawn.keys)
    made = Sitting.objects.bulk_create(sittings, batch_size=100)
    PaperKey.objects.bulk_create(
        (PaperKey(sitting=sitting, keys=key) for sitting, key in zip(made, keys, strict=True)), batch_size=100
    )
    record_act("lms_exams.prepare", exam, actor=actor, after={"papers": len(made)})
    return len(made)


@transaction.atomic
def withdraw_exam(exam: Exam, *, reason: str, actor: Any = None) -> Exam:
    """Take a published exam back to draft and drop its unused papers. Refuses `not_published`, `already_started`."""
    exam = _lock_with_term(exam)
    if exam.state != ExamState.PUBLISHED:
        raise refuse("not_published", _("This exam is not published."))
    papers = Sitting.objects.select_for_update().filter(exam=exam).values_list("started_at", flat=True)
    started = sum(moment is not None for moment in papers)
    if started:
        text = _("%(count)s learners have started. The exam can no longer be withdrawn.") % {"count": started}
        raise refuse("already_started", text, count=started)
    dropped = len(papers)
    Sitting.objects.filter(exam=exam).delete()
    exam.state = ExamState.DRAFT
    exam.save(update_fields=["state"])
    before, after = {"state": "published", "papers": dropped}, {"state": str(exam.state), "papers": 0}
    record_act("lms_exams.withdraw", exam, actor=actor, reason=reason, before=before, after=after)
    return exam


@transaction.atomic
def close_exam(exam: Exam, *, at: datetime, actor: Any = None) -> Exam:
    """File the exam away. Refuses `still_open` until the window, every extra time and the grace are over."""
    exam = Exam.objects.select_for_update().get(pk=exam.pk)
    if exam.state == ExamState.CLOSED:
        return exam
    if exam.state != ExamState.PUBLISHED:
        raise refuse("not_published", _("This exam is not published."))
    grace = timedelta(seconds=exams_settings.GRACE_SECONDS)
    running = Sitting.objects.filter(exam=exam, submitted_at=None, deadline__gte=at - grace)
    if at <= exam.closes_at + grace or running.exists():
        raise refuse("still_open", _("The window of this exam is not over yet."))
    exam.state = ExamState.CLOSED
    exam.save(update_fields=["state"])
    record_act("lms_exams.close", exam, actor=actor, before={"state": "published"}, after={"state": str(exam.state)})
    return exam


def shortages_of(exam: Exam) -> list[Shortage]:
    """Rows of the blueprint that the bank cannot fill now."""
    return find_shortages(read_lines(exam.blueprint), ready_pool(exam.term.programme))


def say_shortage(shortage: Shortage) -> Refusal:
    """“Only 7 of 10 questions are available for row 2.”"""
    figures = {"row": shortage.row, "wanted": shortage.wanted, "available": shortage.available}
    text = _("Row %(row)s: only %(available)s of %(wanted)s questions are available in the bank.")
    return Refusal("row_short", text % figures, figures=figures)


def _refuse_crowd(exam: Exam) -> list[Refusal]:
    limit, seats = seat_limit(), seats_of(exam)
    if limit is None or seats <= limit:
        return []
    text = _(
        "The database of this site (SQLite) carries %(limit)s people in one exam; this one has %(seats)s. "
        "Ask whoever runs the site to move it to PostgreSQL first."
    )
    figures = {"limit": limit, "seats": seats}
    return [Refusal("seats_over_limit", text % figures, figures=figures)]


def _lock_with_term(exam: Exam) -> Exam:
    """The exam as it stands, locked after its term: a seat locks the term before its papers are drawn."""
    Term.objects.select_for_update().get(pk=exam.term_id)
    return Exam.objects.select_for_update(of=("self",)).select_related("term__programme").get(pk=exam.pk)


def _require_sound(values: Mapping[str, Any]) -> None:
    refusals = [_say_blueprint(problem) for problem in check_blueprint(values["blueprint"])]
    if values["opens_at"] >= values["closes_at"]:
        text = _("The exam must close after it opens.")
        refusals.append(Refusal("window_wrong", text, figures={"field": "closes_at"}))
    if refusals:
        raise DomainError(*refusals)


def _sitting(exam: Exam, seat: Enrolment, seed: str, text: str, questions: int, at: datetime) -> Sitting:
    return Sitting(
        exam=exam,
        enrolment=seat,
        owner_id=seat.person.user_id,
        seed=seed,
        paper=text,
        paper_digest=digest(text),
        questions=questions,
        drawn_at=at,
    )


def _say_blueprint(problem: BlueprintProblem) -> Refusal:
    sentences = {
        "blueprint_empty": _("The blueprint has no row."),
        "blueprint_long": _("A paper has at most %(limit)s questions, this one %(questions)s."),
        "points_total": _("The points add up to %(points)s, they must be %(wanted)s."),
        "key_unknown": _("Row %(row)s: “%(key)s” is not known."),
        "kind_unknown": _("Row %(row)s: this kind of question is not known."),
        "course_and_module": _("Row %(row)s: choose a course or a module, not both."),
        "difficulty_outside": _("Row %(row)s: the difficulty must be 1, 2 or 3."),
        "count_outside": _("Row %(row)s: the number of questions must be at least 1."),
        "points_outside": _("Row %(row)s: points must be above 0, with at most two decimals."),
    }
    figures = {**problem.figures, "row": problem.row}
    return Refusal(problem.code, sentences[problem.code] % figures, figures=figures)
