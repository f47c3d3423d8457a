"""What a question must look like and what an answer is worth: pure functions on plain values (R11).

A body is `{"stem": str, "options": [str, …], "answer": [index, …], "explanation": str}`; an answer is a sequence of
option indices. Points are `Decimal`.
"""

import hashlib
import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from typing import Any, TypeGuard

SINGLE, MULTIPLE, TRUEFALSE = "single", "multiple", "truefalse"
KINDS = (SINGLE, MULTIPLE, TRUEFALSE)
ALL_OR_NOTHING, PARTIAL, DEDUCTION = "all", "partial", "deduction"
POLICIES = (ALL_OR_NOTHING, PARTIAL, DEDUCTION)
DIFFICULTIES = (1, 2, 3)

STEM_LIMIT, OPTION_LIMIT, EXPLANATION_LIMIT = 2000, 500, 2000
MOST_OPTIONS = 10
CENT = Decimal("0.01")
BODY_KEYS = ("stem", "options", "answer", "explanation")


@dataclass(frozen=True)
class BodyProblem:
    """One thing wrong with a body: the part ("stem", "options", "answer", …), a stable code, and its figures."""

    part: str
    code: str
    figures: Mapping[str, int] = field(default_factory=dict)


def clean_body(raw: Mapping[str, Any]) -> dict[str, Any]:
    """The body with surrounding space removed and the answer sorted; unknown keys are left out."""
    options = raw.get("options")
    answer = raw.get("answer", ())
    return {
        "stem": _text(raw.get("stem")),
        "options": [_text(option) for option in options] if isinstance(options, list | tuple) else [],
        "answer": sorted(answer) if _is_index_list(answer) else [],
        "explanation": _text(raw.get("explanation")),
    }


def check_body(kind: str, raw: Mapping[str, Any]) -> list[BodyProblem]:
    """Every problem of the body at once; an empty list means it may be used."""
    if kind not in KINDS:
        return [BodyProblem("kind", "kind_unknown")]
    body = clean_body(raw)
    found = [*_check_stem(body["stem"]), *_check_options(kind, body["options"])]
    if raw.get("answer") and not _is_index_list(raw["answer"]):
        found.append(BodyProblem("answer", "answer_not_indices"))
    else:
        found += _check_answer(kind, body["answer"], len(body["options"]))
    if len(body["explanation"]) > EXPLANATION_LIMIT:
        found.append(BodyProblem("explanation", "explanation_long", {"limit": EXPLANATION_LIMIT}))
    return found


def mark_answer(
    key: Collection[int], answer: Iterable[int], points: Decimal, *, policy: str = ALL_OR_NOTHING
) -> Decimal:
    """Points for `answer` against `key`, between 0 and `points`.

    `all`: everything right or nothing. `partial`: any wrong choice gives nothing, otherwise the share of the right
    choices made. `deduction`: (right − wrong) / all right, never below nothing. A share is rounded half up to 0.01
    for the one question; order and repetition of choices do not matter; no choice gives nothing.
    """
    if policy not in POLICIES:
        raise ValueError(f"unknown marking policy {policy!r}")
    right, chosen = frozenset(key), frozenset(answer)
    if not right or not chosen:
        return Decimal(0)
    if chosen == right:
        return points
    hits, misses = len(chosen & right), len(chosen - right)
    if policy == ALL_OR_NOTHING or (policy == PARTIAL and misses):
        return Decimal(0)
    share = Fraction(max(hits - misses if policy == DEDUCTION else hits, 0), len(right))
    exact = points * share.numerator / share.denominator
    return exact.quantize(CENT, ROUND_HALF_UP)


def item_key(kind: str, body: Mapping[str, Any]) -> str:
    """64 hex digits that tell one question from another by what it asks; loading the same file twice adds nothing."""
    text = json.dumps([kind, body["stem"], body["options"]], ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def search_text(body: Mapping[str, Any]) -> str:
    """What the bank's search looks through."""
    return "\n".join([body["stem"], *body["options"], body["explanation"]])


def _text(value: Any) -> str:
    return value.strip() if isinstance(value, str) else ""


def _is_index_list(value: Any) -> TypeGuard[Sequence[int]]:
    return isinstance(value, list | tuple) and all(type(index) is int for index in value)


def _check_stem(stem: str) -> list[BodyProblem]:
    if not stem:
        return [BodyProblem("stem", "stem_missing")]
    return [BodyProblem("stem", "stem_long", {"limit": STEM_LIMIT})] if len(stem) > STEM_LIMIT else []


def _check_options(kind: str, options: Sequence[str]) -> list[BodyProblem]:
    found = []
    if kind == TRUEFALSE and len(options) != 2:
        found.append(BodyProblem("options", "options_two", {"count": len(options)}))
    elif len(options) < 2:
        found.append(BodyProblem("options", "options_few", {"count": len(options)}))
    elif len(options) > MOST_OPTIONS:
        found.append(BodyProblem("options", "options_many", {"count": len(options), "limit": MOST_OPTIONS}))
    if not all(options):
        found.append(BodyProblem("options", "option_empty"))
    if any(len(option) > OPTION_LIMIT for option in options):
        found.append(BodyProblem("options", "option_long", {"limit": OPTION_LIMIT}))
    if len(set(options)) != len(options):
        found.append(BodyProblem("options", "options_repeat"))
    return found


def _check_answer(kind: str, answer: Sequence[int], options: int) -> list[BodyProblem]:
    if not answer:
        return [BodyProblem("answer", "answer_missing")]
    found = []
    if any(not 0 <= index < options for index in answer) or len(set(answer)) != len(answer):
        found.append(BodyProblem("answer", "answer_outside"))
    if kind != MULTIPLE and len(answer) != 1:
        found.append(BodyProblem("answer", "answer_one", {"count": len(answer)}))
    if kind == MULTIPLE and len(answer) < 2:
        found.append(BodyProblem("answer", "answer_two", {"count": len(answer)}))
    return found
