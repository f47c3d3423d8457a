"""Drawing a paper: from blueprint, pool and seed to the bytes a browser gets and the key that stays on the server."""

import hashlib
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from lms.exams.rules.blueprints import Drawable, Line, match_lines
from lms.exams.rules.sittings import canonical
from lms.questions.rules import KINDS, TRUEFALSE

FORMAT = 1


@dataclass(frozen=True)
class DrawnPaper:
    """`text` is canonical JSON that browsers may see; `keys` (question id -> answer, points, version) never leaves."""

    text: str
    keys: dict[str, dict[str, Any]]


def sitting_seed(exam_seed: str, number: int) -> str:
    """The seed of one learner's paper, by her number in the term."""
    return hashlib.sha256(f"{exam_seed}/{number}".encode()).hexdigest()[:32]


def draw_paper(
    lines: Sequence[Line], pool: Sequence[Drawable], seed: str, *, shuffle_questions: bool, shuffle_options: bool
) -> DrawnPaper:
    """A paper by the blueprint. The same arguments give the same bytes.

    Questions stand in sections by kind; they are shuffled inside their section. True-or-false options keep their
    order. Raises ValueError when the pool is short (check `find_shortages` before).
    """
    rng = random.Random(seed)  # noqa: S311
    picked = _pick(lines, pool, rng)
    if not shuffle_questions:
        picked.sort(key=lambda pair: (KINDS.index(pair[1].kind), pair[1].course, pair[1].item_id))
    else:
        rng.shuffle(picked)
        picked.sort(key=lambda pair: KINDS.index(pair[1].kind))
    questions, keys = [], {}
    for number, (line, item) in enumerate(picked, 1):
        order = _option_order(item.kind, len(item.body["options"]), rng, shuffle=shuffle_options)
        name = f"q{number}"
        questions.append(_question(name, line.points, item, order))
        keys[name] = _key(line.points, item, order)
    return DrawnPaper(canonical({"format": FORMAT, "questions": questions}), keys)


def _pick(lines: Sequence[Line], pool: Sequence[Drawable], rng: random.Random) -> list[tuple[Line, Drawable]]:
    """Questions for each row, none twice, in an order and a choice that the generator decides."""
    order = list(range(len(pool)))
    rng.shuffle(order)
    chosen = match_lines(lines, lambda row: [i for i in order if lines[row].takes(pool[i])])
    if any(len(positions) < line.count for line, positions in zip(lines, chosen, strict=True)):
        raise ValueError("the pool cannot fill the blueprint")
    return [(line, pool[i]) for line, positions in zip(lines, chosen, strict=True) for i in positions]


def _option_order(kind: str, count: int, rng: random.Random, *, shuffle: bool) -> list[int]:
    order = list(range(count))
    if shuffle and kind != TRUEFALSE:
        rng.shuffle(order)
    return order


def _question(name: str, points: Decimal, item: Drawable, order: Sequence[int]) -> dict[str, Any]:
    options = [item.body["options"][index] for index in order]
    return {"id": name, "kind": item.kind, "stem": item.body["stem"], "options": options, "points": str(points)}


def _key(points: Decimal, item: Drawable, order: Sequence[int]) -> dict[str, Any]:
    """The answer by the positions of this paper; the version is pinned."""
    right: Mapping[int, int] = {original: shown for shown, original in enumerate(order)}
    return {
        "version": item.version_id,
        "answer": sorted(right[index] for index in item.body["answer"]),
        "points": str(points),
    }
