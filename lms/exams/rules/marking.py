"""From the journal of a sitting to its mark, in exact decimals (R11)."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from lms.questions.rules import mark_answer

HUNDRED = Decimal(100)
CENT = Decimal("0.01")


@dataclass(frozen=True)
class ItemMark:
    """Points one question brought."""

    question: str
    points: Decimal
    maximum: Decimal
    answered: bool


@dataclass(frozen=True)
class PaperMark:
    """Points of the whole paper."""

    points: Decimal
    maximum: Decimal
    items: tuple[ItemMark, ...]


def fold_answers(
    entries: Iterable[tuple[int, int, bool, Mapping[str, Sequence[int]]]],
) -> dict[str, list[int]]:
    """The answers that count: for each question those of the highest (epoch, seq) that was not late.

    Each entry is (epoch, seq, late, answers), in any order. A question whose answer was taken back is left out.
    """
    final: dict[str, list[int]] = {}
    for _epoch, _seq, late, answers in sorted(entries, key=lambda entry: (entry[0], entry[1])):
        if not late:
            final.update({name: list(choices) for name, choices in answers.items()})
    return {name: choices for name, choices in final.items() if choices}


def mark_paper(
    keys: Mapping[str, Mapping[str, Any]], answers: Mapping[str, Sequence[int]], *, policy: str
) -> PaperMark:
    """Points by question. Answers to questions that are not in the paper count nothing."""
    items = []
    for name in sorted(keys, key=lambda name: int(name[1:])):
        worth, chosen = Decimal(keys[name]["points"]), answers.get(name, ())
        points = mark_answer(keys[name]["answer"], chosen, worth, policy=policy)
        items.append(ItemMark(name, points, worth, bool(chosen)))
    return PaperMark(
        sum((item.points for item in items), Decimal(0)),
        sum((item.maximum for item in items), Decimal(0)),
        tuple(items),
    )


def percent_of(points: Decimal, maximum: Decimal) -> Decimal:
    """The mark of 0–100, rounded half up to 0.01 once; exact when the paper has 100 points."""
    return (points * HUNDRED / maximum).quantize(CENT, ROUND_HALF_UP)
