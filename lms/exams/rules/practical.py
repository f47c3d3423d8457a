"""The practical mark: points by part of the rubric (R11)."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

CENT = Decimal("0.01")


@dataclass(frozen=True)
class RubricProblem:
    """One part that is wrong; code `part_missing` or `points_outside` with the most points of the part."""

    part: str
    code: str
    limit: int


def check_rubric(points: Mapping[str, Decimal | None], parts: Mapping[str, int]) -> list[RubricProblem]:
    """Every part must be given, from 0 to its limit, with at most two decimals."""
    found = []
    for part, limit in parts.items():
        given = points.get(part)
        if given is None:
            found.append(RubricProblem(part, "part_missing", limit))
        elif not given.is_finite() or not 0 <= given <= limit or given != given.quantize(CENT):
            found.append(RubricProblem(part, "points_outside", limit))
    return found
