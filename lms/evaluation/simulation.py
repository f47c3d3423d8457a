"""The satisfaction survey of a simulated term."""

from datetime import timedelta
from random import Random
from typing import Any

from django.db import transaction

from lms.evaluation.models import SurveyToken
from lms.evaluation.services import answer_survey as take_answer
from lms.evaluation.services import open_survey, question_file
from lms.people.enums import Role
from lms.people.selectors import users_with_role
from lms.programmes.models import Enrolment
from lms.programmes.selectors import LIVE
from lms.programmes.simulation import SimulatedTerm


@transaction.atomic
def answer_survey(world: SimulatedTerm) -> None:
    """The survey opens with the last day; the diligent answer in its days. Counts `survey_answers`."""
    actor = world.staff.get("assistant") or users_with_role(Role.ASSISTANT).order_by("pk").first()
    survey = open_survey(world.term, actor=actor)
    if survey.opens_at > world.until:
        return
    comments = question_file().get("comments", {})
    seats = Enrolment.objects.filter(term=world.term, state__in=LIVE).in_bulk()
    done = set(SurveyToken.objects.filter(survey=survey).values_list("enrolment_id", flat=True))
    days = (survey.closes_at - survey.opens_at).days
    for learner in world.enrolled():
        seat = seats.get(learner.enrolment.pk) if learner.enrolment else None
        rng = world.rng("survey", learner.person.pk if seat is None else seat.number)
        at = survey.opens_at + timedelta(days=rng.randrange(days), hours=rng.randrange(8, 22))
        if seat is None or seat.pk in done or at > world.until or rng.random() > 0.5 + 0.45 * learner.diligence:
            continue
        answers = {question.key: _answer(question.key, question.kind, comments, rng) for question in survey.asked}
        take_answer(survey, seat, answers, at=at)
        world.counts["survey_answers"] += 1


def _answer(key: str, kind: str, comments: dict[str, list[str]], rng: Random) -> Any:
    if kind == "scale":
        return rng.choices((5, 4, 3, 2, 1), weights=(46, 36, 13, 4, 1))[0]
    said = comments.get(key, [])
    return rng.choice(said) if said and rng.random() < 0.3 else ""
