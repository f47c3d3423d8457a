"""The blueprint of a paper: so many questions of a course or module, kind and difficulty, at so many points each."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Any, Protocol

from lms.questions.rules import DIFFICULTIES, KINDS

TOTAL = Decimal(100)
LINE_KEYS = {"course", "module", "kind", "difficulty", "count", "points"}
MOST_QUESTIONS = 200


class Drawable(Protocol):
    """What the drawing needs to know of a question in the pool."""

    @property
    def item_id(self) -> int: ...
    @property
    def version_id(self) -> int: ...
    @property
    def course(self) -> str: ...
    @property
    def module(self) -> str: ...
    @property
    def kind(self) -> str: ...
    @property
    def difficulty(self) -> int: ...
    @property
    def body(self) -> Mapping[str, Any]: ...


@dataclass(frozen=True)
class Line:
    """One row: either `course` (its code) or `module` (its kind) or neither for the whole programme."""

    kind: str
    count: int
    points: Decimal
    course: str = ""
    module: str = ""
    difficulty: int | None = None

    def takes(self, item: Drawable) -> bool:
        """Whether the item may stand in this row."""
        return (
            item.kind == self.kind
            and self.course in ("", item.course)
            and self.module in ("", item.module)
            and self.difficulty in (None, item.difficulty)
        )


@dataclass(frozen=True)
class BlueprintProblem:
    """What is wrong: row number (from 1; 0 for the whole), stable code, figures."""

    row: int
    code: str
    figures: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Shortage:
    """A row that cannot be filled beside the others: `available` of `wanted` questions."""

    row: int
    wanted: int
    available: int


def check_blueprint(raw: Sequence[Mapping[str, Any]]) -> list[BlueprintProblem]:
    """Every problem at once: each row well formed, at most 200 questions, points adding to exactly 100."""
    found = [problem for row, line in enumerate(raw, 1) for problem in _check_line(row, line)]
    if not raw:
        return [BlueprintProblem(0, "blueprint_empty")]
    if found:
        return found
    lines = read_lines(raw)
    questions = sum(line.count for line in lines)
    total = sum((line.count * line.points for line in lines), Decimal(0))
    if questions > MOST_QUESTIONS:
        found.append(BlueprintProblem(0, "blueprint_long", {"questions": questions, "limit": MOST_QUESTIONS}))
    if total != TOTAL:
        found.append(BlueprintProblem(0, "points_total", {"points": str(total), "wanted": str(TOTAL)}))
    return found


def read_lines(raw: Iterable[Mapping[str, Any]]) -> list[Line]:
    """The rows as values; call `check_blueprint` first."""
    return [
        Line(
            kind=row["kind"],
            count=row["count"],
            points=Decimal(str(row["points"])),
            course=row.get("course") or "",
            module=row.get("module") or "",
            difficulty=row.get("difficulty") or None,
        )
        for row in raw
    ]


def find_shortages(lines: Sequence[Line], pool: Sequence[Drawable]) -> list[Shortage]:
    """Rows the pool cannot fill when no question may stand twice; an empty list means a paper can be drawn."""
    chosen = match_lines(lines, lambda row: [i for i, item in enumerate(pool) if lines[row].takes(item)])
    return [
        Shortage(row + 1, line.count, len(chosen[row]))
        for row, line in enumerate(lines)
        if len(chosen[row]) < line.count
    ]


def match_lines(lines: Sequence[Line], candidates: Callable[[int], list[int]]) -> list[list[int]]:
    """For each row, positions in the pool, none used twice; as many as can be had (augmenting paths).

    `candidates(row)` gives the positions a row may take, in the order of preference.
    """
    options = [candidates(row) for row in range(len(lines))]
    holder: dict[int, int] = {}
    for row, line in enumerate(lines):
        for _number in range(line.count):
            if not _seat(row, options, holder, set()):
                break
    return [[position for position in options[row] if holder.get(position) == row] for row in range(len(lines))]


def _seat(row: int, options: Sequence[Sequence[int]], holder: dict[int, int], tried: set[int]) -> bool:
    """Give the row one more position: a free one, or one that its holder can exchange for another."""
    free = next((position for position in options[row] if position not in holder), None)
    if free is not None:
        holder[free] = row
        return True
    for position in options[row]:
        if position in tried or holder[position] == row:
            continue
        tried.add(position)
        if _seat(holder[position], options, holder, tried):
            holder[position] = row
            return True
    return False


def _check_line(row: int, line: Mapping[str, Any]) -> list[BlueprintProblem]:
    found = [BlueprintProblem(row, "key_unknown", {"key": key}) for key in sorted(set(line) - LINE_KEYS)]
    if line.get("kind") not in KINDS:
        found.append(BlueprintProblem(row, "kind_unknown"))
    if line.get("course") and line.get("module"):
        found.append(BlueprintProblem(row, "course_and_module"))
    if line.get("difficulty") and line["difficulty"] not in DIFFICULTIES:
        found.append(BlueprintProblem(row, "difficulty_outside"))
    if type(line.get("count")) is not int or line["count"] < 1:
        found.append(BlueprintProblem(row, "count_outside"))
    try:
        points = Decimal(str(line.get("points")))
    except InvalidOperation:
        points = Decimal("NaN")
    if not points.is_finite() or points <= 0 or points != points.quantize(Decimal("0.01")):
        found.append(BlueprintProblem(row, "points_outside"))
    return found
