"""Writes about surveys (R27)."""

import random
import tomllib
from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from lms.core.audit import record_act
from lms.core.exceptions import refuse
from lms.evaluation.conf import evaluation_settings
from lms.evaluation.enums import SurveyState
from lms.evaluation.models import Survey, SurveyReminder, SurveyResponse, SurveyToken, random_key
from lms.evaluation.rules import clean_answers, read_questions, state_of
from lms.evaluation.selectors import not_answered
from lms.evaluation.signals import survey_opened, survey_reminded
from lms.programmes.models import Enrolment, Term
from lms.programmes.rules import day_end, day_start

SHIPPED = Path(__file__).resolve().parent / "data" / "satisfaction.toml"
MIXED_WITH = 4
_shuffler = random.SystemRandom()


@transaction.atomic
def open_survey(
    term: Term, *, actor: Any, opens_at: datetime | None = None, closes_at: datetime | None = None
) -> Survey:
    """The survey of a term: `OPEN_DAYS` days from its last day unless told otherwise. Called again: the first one.

    The questions are copied from the file of the moment. Refuses `dates`. `survey_opened` is sent on commit.
    """
    held = Survey.objects.filter(term=term).first()
    if held is not None:
        return held
    opens_at = opens_at or day_start(term.ends_on)
    closes_at = closes_at or day_end(term.ends_on + timedelta(days=evaluation_settings.OPEN_DAYS))
    if opens_at >= closes_at:
        raise refuse("dates", _("The survey has to close after it opens."), rule="R27")
    form = question_file()
    survey = Survey.objects.create(
        term=term,
        title=form["title"],
        intro=form.get("intro", ""),
        questions=form["questions"],
        opens_at=opens_at,
        closes_at=closes_at,
    )
    record_act("lms_evaluation.open", survey, actor=actor, after={"closes_at": closes_at.isoformat()})
    transaction.on_commit(lambda: survey_opened.send(Survey, survey=survey))
    return survey


def answer_survey(survey: Survey, enrolment: Enrolment, answers: Mapping[str, Any], *, at: datetime) -> None:
    """Take an anonymous answer: the participation and the answer stand or fall together and hold no link.

    One answer a seat: a second one changes nothing and is refused `answered`. Refuses also `not_invited`,
    `not_open` and `incomplete`. So that neither order nor transaction tells whose an answer is, it is written
    together with up to four earlier ones, all under new keys.
    """
    if enrolment.term_id != survey.term_id:
        raise refuse("not_invited", _("This survey belongs to another term."), rule="R27")
    if state_of(survey.opens_at, survey.closes_at, at) != SurveyState.OPEN:
        raise refuse("not_open", _("This survey is not open."), rule="R27")
    cleaned = clean_answers(survey.asked, answers)
    if cleaned is None:
        raise refuse("incomplete", _("Please answer every question that has a scale."), rule="R27")
    try:
        with transaction.atomic():
            SurveyToken.objects.create(survey=survey, enrolment=enrolment)
            _write_mixed(survey, cleaned, at)
    except IntegrityError as problem:
        raise refuse("answered", _("You have already answered this survey. Thank you."), rule="R27") from problem


@transaction.atomic
def reschedule_survey(survey: Survey, *, opens_at: datetime, closes_at: datetime, actor: Any) -> Survey:
    """Change when a survey opens and closes; answers already given stay. Refuses `dates`."""
    if opens_at >= closes_at:
        raise refuse("dates", _("The survey has to close after it opens."), rule="R27")
    survey = Survey.objects.select_for_update().get(pk=survey.pk)
    before = {"opens_at": survey.opens_at.isoformat(), "closes_at": survey.closes_at.isoformat()}
    survey.opens_at, survey.closes_at = opens_at, closes_at
    survey.save(update_fields=["opens_at", "closes_at"])
    after = {"opens_at": opens_at.isoformat(), "closes_at": closes_at.isoformat()}
    record_act("lms_evaluation.reschedule", survey, actor=actor, before=before, after=after)
    return survey


@transaction.atomic
def remind(survey: Survey, *, actor: Any, at: datetime) -> int:
    """Remind those who have not answered; how many. Refuses `not_open`, `reminded_today`.

    `survey_reminded` is sent on commit.
    """
    if state_of(survey.opens_at, survey.closes_at, at) != SurveyState.OPEN:
        raise refuse("not_open", _("This survey is not open."), rule="R27")
    waiting = list(not_answered(survey))
    today = timezone.localtime(at).date()
    _made, fresh = SurveyReminder.objects.get_or_create(
        survey=survey, on=today, defaults={"count": len(waiting), "actor": actor}
    )
    if not fresh:
        raise refuse("reminded_today", _("A reminder has already gone out today."), rule="R27")
    record_act("lms_evaluation.remind", survey, actor=actor, after={"count": len(waiting)})
    transaction.on_commit(lambda: survey_reminded.send(Survey, survey=survey, enrolments=waiting))
    return len(waiting)


def question_file() -> dict[str, Any]:
    """Title, introduction and questions of new surveys. ValueError or OSError on a wrong file."""
    form = _read(evaluation_settings.QUESTIONS_FILE or str(SHIPPED))
    read_questions(form["questions"])
    return form


def _write_mixed(survey: Survey, answers: dict[str, Any], at: datetime) -> None:
    keys = list(SurveyResponse.objects.filter(survey=survey).values_list("pk", flat=True))
    chosen = _shuffler.sample(keys, min(MIXED_WITH, len(keys)))
    earlier = list(SurveyResponse.objects.select_for_update().filter(pk__in=chosen))
    SurveyResponse.objects.filter(pk__in=[row.pk for row in earlier]).delete()
    fresh = SurveyResponse(survey=survey, answers=answers, given_on=timezone.localtime(at).date())
    rows = [fresh, *(SurveyResponse(survey=survey, answers=row.answers, given_on=row.given_on) for row in earlier)]
    for row in rows:
        row.pk = random_key()
    _shuffler.shuffle(rows)
    SurveyResponse.objects.bulk_create(rows)


@cache
def _read(path: str) -> dict[str, Any]:
    return tomllib.loads(Path(path).read_text(encoding="utf-8"))
