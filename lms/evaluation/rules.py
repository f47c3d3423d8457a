"""Questions and results of a survey: pure functions on plain values (R27)."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

SCALE = (1, 2, 3, 4, 5)
SATISFIED = 4
KINDS = ("scale", "text")
LONGEST_TEXT = 2000


@dataclass(frozen=True)
class SurveyQuestion:
    """One question: `kind` is scale (1 worst to 5 best) or text (may stay empty)."""

    key: str
    kind: str
    text: str


@dataclass(frozen=True)
class ScaleResult:
    """Answers to a scale question. `mean` has two decimals, `satisfied` is the share of 4 and 5 in percent."""

    question: SurveyQuestion
    counts: Mapping[int, int]
    answers: int
    mean: Decimal | None
    satisfied: int | None


def read_questions(rows: Iterable[Mapping[str, Any]]) -> list[SurveyQuestion]:
    """Questions from plain data. ValueError on a missing text, an unknown kind or a key used twice."""
    found = [SurveyQuestion(str(row["key"]), str(row["kind"]), str(row["text"]).strip()) for row in rows]
    keys = [question.key for question in found]
    if len(set(keys)) != len(keys):
        raise ValueError("a key is used twice")
    for question in found:
        if question.kind not in KINDS or not question.text or not question.key.isidentifier():
            raise ValueError(f"question {question.key}: unknown kind, no text, or a key that is not a plain word")
    if not found:
        raise ValueError("no questions")
    return found


def clean_answers(questions: Sequence[SurveyQuestion], answers: Mapping[str, Any]) -> dict[str, int | str] | None:
    """Only what was asked: scales 1–5, texts trimmed and left out when empty. None when a scale is missing."""
    cleaned: dict[str, int | str] = {}
    for question in questions:
        value = answers.get(question.key)
        if question.kind == "scale":
            if value not in SCALE:
                return None
            cleaned[question.key] = int(value)
        elif text := str(value or "").strip()[:LONGEST_TEXT]:
            cleaned[question.key] = text
    return cleaned


def scale_result(question: SurveyQuestion, answers: Iterable[Mapping[str, Any]]) -> ScaleResult:
    """Counts, mean (half up, two decimals) and share of the satisfied (half up, whole percent)."""
    given = [answer[question.key] for answer in answers if answer.get(question.key) in SCALE]
    counted = Counter(given)
    counts = {value: counted[value] for value in reversed(SCALE)}
    if not given:
        return ScaleResult(question, counts, 0, None, None)
    mean = (Decimal(sum(given)) / len(given)).quantize(Decimal("0.01"), ROUND_HALF_UP)
    share = Decimal(100 * sum(value >= SATISFIED for value in given)) / len(given)
    return ScaleResult(question, counts, len(given), mean, int(share.quantize(Decimal(1), ROUND_HALF_UP)))


def state_of(opens_at: datetime, closes_at: datetime, at: datetime) -> str:
    """planned, open or closed: decided by the dates alone."""
    if at < opens_at:
        return "planned"
    return "open" if at < closes_at else "closed"
