"""Reads about surveys. Results below the smallest number of answers are never computed."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import Count, Exists, OuterRef, Q, QuerySet

from lms.evaluation.conf import evaluation_settings
from lms.evaluation.models import Survey, SurveyResponse, SurveyToken
from lms.evaluation.rules import ScaleResult, SurveyQuestion, scale_result
from lms.programmes.models import Enrolment
from lms.programmes.rules import Difference
from lms.programmes.selectors import LIVE


@dataclass(frozen=True)
class SurveyResults:
    """What was answered. `scales` and `texts` are empty while `hidden`."""

    invited: int
    answered: int
    hidden: bool
    scales: Sequence[ScaleResult]
    texts: Sequence[tuple[SurveyQuestion, Sequence[str]]]
    latest_on: date | None

    @property
    def rate(self) -> int:
        """Share of the invited who answered, whole percent rounded down."""
        return self.answered * 100 // self.invited if self.invited else 0


def due_survey(enrolment: Enrolment, *, at: datetime) -> Survey | None:
    """The survey of her term that is open and that she has not answered. One query."""
    given = SurveyToken.objects.filter(survey=OuterRef("pk"), enrolment=enrolment)
    rows = Survey.objects.filter(term_id=enrolment.term_id, opens_at__lte=at, closes_at__gt=at)
    return rows.exclude(Exists(given)).first()


def surveys_of(user: Any) -> list[Survey]:
    """Every survey of the user's terms with `answered`, newest first. One query."""
    mine = Enrolment.objects.filter(person__user_id=user.pk, state__in=LIVE)
    given = SurveyToken.objects.filter(survey=OuterRef("pk"), enrolment__in=mine)
    rows = Survey.objects.filter(term__enrolments__in=mine).select_related("term")
    return list(rows.annotate(answered=Exists(given)).distinct())


def seat_for(user: Any, survey: Survey) -> Enrolment | None:
    """The user's seat in the survey's term."""
    return Enrolment.objects.filter(person__user_id=user.pk, term_id=survey.term_id, state__in=LIVE).first()


def has_answered(survey: Survey, enrolment: Enrolment) -> bool:
    """Whether this seat has answered; what it answered nobody can tell."""
    return SurveyToken.objects.filter(survey=survey, enrolment=enrolment).exists()


def surveys_with_counts() -> QuerySet[Survey]:
    """Surveys with `answered` and `invited`."""
    rows = Survey.objects.select_related("term").annotate(
        answered=Count("tokens", distinct=True),
        invited=Count("term__enrolments", filter=Q(term__enrolments__state__in=LIVE), distinct=True),
    )
    return rows.order_by("-opens_at", "-pk")


def results_of(survey: Survey) -> SurveyResults:
    """Means, counts and texts; hidden below `MINIMUM_ANSWERS` (R27)."""
    invited = Enrolment.objects.filter(term_id=survey.term_id, state__in=LIVE).count()
    rows = list(SurveyResponse.objects.filter(survey=survey).values_list("answers", "given_on"))
    if len(rows) < evaluation_settings.MINIMUM_ANSWERS:
        return SurveyResults(invited, len(rows), True, (), (), None)
    answers = [given for given, _on in rows]
    asked = survey.asked
    scales = [scale_result(question, answers) for question in asked if question.kind == "scale"]
    texts = [
        (question, sorted(given[question.key] for given in answers if given.get(question.key)))
        for question in asked
        if question.kind == "text"
    ]
    return SurveyResults(invited, len(rows), False, scales, texts, max(on for _given, on in rows))


def not_answered(survey: Survey) -> QuerySet[Enrolment]:
    """Seats of the term that have not answered, with person, unit and class."""
    given = SurveyToken.objects.filter(survey=survey, enrolment=OuterRef("pk"))
    rows = Enrolment.objects.filter(term_id=survey.term_id, state__in=LIVE).exclude(Exists(given))
    return rows.select_related("person__unit", "group").order_by("number")


def verify_surveys() -> Iterable[Difference]:
    """As many answers as participations, for every survey: a lost or doubled answer shows."""
    counted = Survey.objects.annotate(
        given=Count("tokens", distinct=True), kept=Count("responses", distinct=True)
    ).order_by("pk")
    for survey in counted:
        if survey.given != survey.kept:
            yield Difference(f"lms_evaluation.survey:{survey.pk} answers", str(survey.given), str(survey.kept))
