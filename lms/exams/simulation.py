"""Exams in a simulated term: the theory exam is set, sat and marked, practical marks given, all through services."""

import random
import tomllib
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

import lms.questions
from lms.core.exceptions import DomainError
from lms.exams.conf import exams_settings
from lms.exams.models import Exam, PaperKey, Sitting
from lms.exams.selectors import latest_practical
from lms.exams.services import (
    PracticalEntry,
    add_exam,
    give_practical_marks,
    mark_expired,
    publish_exam,
    save_answers,
    start_sitting,
    submit_sitting,
)
from lms.programmes.models import Course, Programme, Term
from lms.programmes.rules import day_start
from lms.programmes.simulation import SimulatedLearner, SimulatedTerm
from lms.questions.selectors import ready_pool
from lms.questions.services import load_items

DEMO_BANK = Path(lms.questions.__file__).parent / "data" / "demo-bank.toml"
BATCHES = 4
SHARE_ABSENT, SHARE_UNSUBMITTED = 0.02, 0.03


@transaction.atomic
def sit_theory(world: SimulatedTerm) -> None:
    """The exam stands two days before the end of the term, 09:00–11:30. Counts who `sat`; refused learners do not."""
    exam = set_theory_exam(world.term, seed=f"{world.seed}", at=world.until, actor=world.staff.get("examiner"))
    if exam is None or exam.closes_at >= world.until:
        return
    places = {learner.enrolment.pk: learner for learner in world.enrolled() if learner.enrolment is not None}
    rng = world.rng("theory")
    rows = Sitting.objects.filter(exam=exam, enrolment_id__in=places).order_by("enrolment__number")
    for sitting in rows.select_related("exam__term__programme", "enrolment__person", "enrolment__term__programme"):
        _sit(world, sitting, places[sitting.enrolment_id], rng)
    mark_expired(exam, at=exam.closes_at + timedelta(seconds=exams_settings.GRACE_SECONDS + 1))
    world.counts["sat"] += rows.exclude(started_at=None).count()


@transaction.atomic
def give_practical(world: SimulatedTerm) -> None:
    """Practical marks on the day after the exam; a few are not given, and who may not be assessed gets none."""
    at = exam_day(world.term) + timedelta(days=1, hours=16)
    examiner = world.staff.get("examiner")
    if at > world.until or examiner is None:
        return
    rng = world.rng("practical")
    held = set(latest_practical(world.term).values_list("enrolment_id", flat=True))
    entries = [_practical_entry(learner, rng) for learner in world.enrolled()]
    wanted = [entry for entry in entries if entry is not None and entry.enrolment_id not in held]
    world.counts["practical_marks"] += _give(world.term, wanted, at, examiner)


def set_theory_exam(term: Term, *, seed: str, at: datetime, actor: Any = None) -> Exam | None:
    """The term's theory exam, published a week before its start (or never later than `at`); None before that."""
    opens_at = exam_day(term) + timedelta(hours=9)
    announced_at = opens_at - timedelta(days=7)
    if announced_at > at:
        return None
    title = _("Theory exam")
    known = Exam.objects.filter(term=term, opens_at=opens_at).first()
    if known is not None:
        return known
    fill_bank(term.programme, at=announced_at)
    values = {
        "title": title,
        "instructions": _("Closed book. Policy and law of performance appraisal."),
        "opens_at": opens_at,
        "closes_at": opens_at + timedelta(minutes=150),
        "duration_minutes": 120,
        "late_entry_minutes": 30,
        "blueprint": standard_blueprint(term.programme),
    }
    exam = add_exam(term, values, at=announced_at, seed=f"simulated/{term.code}/{seed}", actor=actor)
    return publish_exam(exam, at=announced_at, actor=actor, replayed=True)


def fill_bank(programme: Programme, *, at: datetime) -> None:
    """Load the demonstration bank when the programme has no ready question."""
    if not ready_pool(programme):
        load_items(_for_courses(tomllib.loads(DEMO_BANK.read_text(encoding="utf-8")), programme), programme, at=at)


def _for_courses(bank: dict[str, Any], programme: Programme) -> dict[str, Any]:
    """The bank as it is for the courses it names; for a programme with others, handed out to them in their order."""
    courses = Course.objects.filter(module__programme=programme).order_by("module__order", "order")
    codes = list(courses.values_list("code", flat=True))
    named = list(dict.fromkeys(item["course"] for item in bank["items"]))
    if set(named) <= set(codes):
        return bank
    place = {code: codes[number % len(codes)] for number, code in enumerate(named)}
    return bank | {"items": [item | {"course": place[item["course"]]} for item in bank["items"]]}


def standard_blueprint(programme: Programme) -> list[dict[str, Any]]:
    """Forty questions, 100 points: half of them from the theory module (R11: policy and law), where there is one."""
    theory = {"module": "theory"} if programme.modules.filter(kind="theory").exists() else {}
    return [
        {**theory, "kind": "single", "count": 10, "points": "2"},
        {"kind": "single", "count": 10, "points": "2"},
        {**theory, "kind": "multiple", "count": 5, "points": "4"},
        {"kind": "multiple", "count": 5, "points": "4"},
        {"kind": "truefalse", "count": 10, "points": "2"},
    ]


def exam_day(term: Term) -> datetime:
    """Midnight of the day of the theory exam: two days before the last one."""
    return day_start(term.ends_on - timedelta(days=2))


def _sit(world: SimulatedTerm, sitting: Sitting, learner: SimulatedLearner, rng: random.Random) -> None:
    """One learner's exam: start, four saves, hand in; a few stay away, a few forget to hand in."""
    dice = [rng.random() for _number in range(3)]
    seed = rng.random()
    if dice[0] < SHARE_ABSENT or sitting.started_at is not None:
        return
    begun = sitting.exam.opens_at + timedelta(seconds=int(dice[1] * 900))
    try:
        start_sitting(sitting, at=begun)
    except DomainError:
        world.counts["exam_refused"] += 1
        return
    answers = _answers(sitting, learner.ability, random.Random(seed))  # noqa: S311
    names = list(answers)
    for batch in range(BATCHES):
        part = {name: answers[name] for name in names[batch::BATCHES]}
        save_answers(
            sitting.pk,
            part,
            owner=sitting.owner_id,
            epoch=sitting.epoch,
            seq=batch + 1,
            answered=min((batch + 1) * len(part), len(names)),
            at=begun + timedelta(minutes=20 * (batch + 1)),
        )
    if dice[2] >= SHARE_UNSUBMITTED:
        submit_sitting(sitting, at=begun + timedelta(minutes=20 * BATCHES + 5))


def _answers(sitting: Sitting, ability: float, rng: random.Random) -> dict[str, list[int]]:
    """Right with a chance that grows with ability; a wrong answer is another choice, rarely none."""
    found = {}
    keys = PaperKey.objects.get(sitting=sitting).keys
    for name in sorted(keys, key=lambda name: int(name[1:])):
        right: list[int] = keys[name]["answer"]
        if rng.random() < 0.35 + 0.6 * ability:
            found[name] = right
        elif rng.random() < 0.9:
            found[name] = right[:1] if len(right) > 1 else [(right[0] + 1) % 2]
    return found or {"q1": [0]}


def _practical_entry(learner: SimulatedLearner, rng: random.Random) -> PracticalEntry | None:
    share = min(max(0.5 + 0.4 * learner.ability + 0.1 * learner.diligence + rng.uniform(-0.12, 0.08), 0), 1)
    if rng.random() < SHARE_ABSENT or learner.enrolment is None:
        return None
    points = {part: Decimal(round(limit * share)) for part, limit in exams_settings.PRACTICAL_PARTS.items()}
    return PracticalEntry(learner.enrolment.pk, dict(points), 0)


def _give(term: Term, entries: list[PracticalEntry], at: datetime, examiner: Any) -> int:
    """All at once; those who are refused (R12) are left out and the rest is given."""
    try:
        return len(give_practical_marks(term, entries, at=at, examiner=examiner))
    except DomainError as problem:
        refused = {refusal.figures.get("enrolment") for refusal in problem.refusals}
    left = [entry for entry in entries if entry.enrolment_id not in refused]
    return len(give_practical_marks(term, left, at=at, examiner=examiner))
