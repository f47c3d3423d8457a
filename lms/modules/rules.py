"""Progress, the mark of the assignments and the lesson file: pure functions on plain values."""

import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

FORMAT = 1
BLOCKS = ("heading", "paragraph", "list", "quote", "case")
LESSON_KEYS = {"course", "position", "title", "minutes", "blocks"}
ASSIGNMENT_KEYS = {"module", "title", "task", "good_answer"}


@dataclass(frozen=True)
class Outcome:
    """One published assignment as it counts for one learner: `mark` 0–100, or None with whether time is up."""

    title: str
    mark: Decimal | None
    handed_in: bool
    past_due: bool


def counted_mark(outcome: Outcome) -> Decimal | None:
    """R11, R13: the mark given; 0 when nothing was handed in by the deadline; None while open or unmarked."""
    if outcome.mark is not None:
        return outcome.mark
    return Decimal(0) if outcome.past_due and not outcome.handed_in else None


def average_mark(outcomes: Sequence[Outcome]) -> Fraction | None:
    """R11: mean of all assignments, exact (the result rounds once, at the end); None while one of them is open."""
    marks = [counted_mark(outcome) for outcome in outcomes]
    given = [mark for mark in marks if mark is not None]
    if not given or len(given) < len(marks):
        return None
    return sum(map(Fraction, given), Fraction(0)) / len(given)


@dataclass(frozen=True)
class Block:
    """One block of a lesson file; `items` for lists, `source` for quotations."""

    kind: str
    text: str = ""
    items: tuple[str, ...] = ()
    source: str = ""


@dataclass(frozen=True)
class LessonText:
    """One lesson of a file; `minutes` is the online study time it counts (R15)."""

    course: str
    position: int
    title: str
    minutes: int
    blocks: tuple[Block, ...]

    @property
    def slug(self) -> str:
        """Stable within its course, so that a second load finds the lesson again."""
        return f"lesson-{self.position}"


@dataclass(frozen=True)
class AssignmentText:
    """One assignment of a file, for a whole module."""

    module: str
    title: str
    task: str
    good_answer: tuple[str, ...]


@dataclass(frozen=True)
class LessonsFile:
    """Everything one file holds."""

    lessons: tuple[LessonText, ...]
    assignments: tuple[AssignmentText, ...]


class InvalidLessons(ValueError):
    """The file cannot be loaded; `errors` names every place at once."""

    def __init__(self, errors: Sequence[str]) -> None:
        self.errors = tuple(errors)
        super().__init__("\n".join(errors))


def read_lessons(text: str) -> LessonsFile:
    """Read a lesson file (TOML, format 1). Raises `InvalidLessons` with all errors."""
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as problem:
        raise InvalidLessons([str(problem)]) from problem
    lessons = document.get("lessons", [])
    assignments = document.get("assignments", [])
    errors = [f"{key}: unknown key" for key in document.keys() - {"format", "lessons", "assignments"}]
    if document.get("format") != FORMAT:
        errors.append(f"format: must be {FORMAT}")
    errors += [error for number, row in enumerate(lessons, 1) for error in _lesson_errors(number, row)]
    errors += [error for number, row in enumerate(assignments, 1) for error in _assignment_errors(number, row)]
    places = [(row.get("course"), row.get("position")) for row in lessons]
    errors += [f"{course} {position}: appears twice" for course, position in sorted(set(_twice(places)), key=str)]
    if errors:
        raise InvalidLessons(errors)
    return LessonsFile(tuple(map(_lesson, lessons)), tuple(map(_assignment, assignments)))


def spread_deadlines(first: date, last: date, count: int) -> list[date]:
    """`count` days spread evenly over a term, the last one two days before its end (never before the first day)."""
    latest = max(first, last - timedelta(days=2))
    span = (latest - first).days
    return [first + timedelta(days=span * number // count) for number in range(1, count + 1)]


def _lesson_errors(number: int, row: Mapping[str, Any]) -> Iterable[str]:
    where = f"lessons[{number}]"
    yield from (f"{where}.{key}: unknown key" for key in sorted(row.keys() - LESSON_KEYS))
    yield from (f"{where}.{key}: missing" for key in sorted(LESSON_KEYS - row.keys()))
    if not isinstance(row.get("minutes", 1), int) or row.get("minutes", 1) <= 0:
        yield f"{where}.minutes: must be a whole number above 0"
    for place, block in enumerate(row.get("blocks", []), 1):
        if block.get("kind") not in BLOCKS:
            yield f"{where}.blocks[{place}].kind: must be one of {', '.join(BLOCKS)}"
        elif not (block.get("items") if block["kind"] == "list" else block.get("text")):
            yield f"{where}.blocks[{place}]: is empty"


def _assignment_errors(number: int, row: Mapping[str, Any]) -> Iterable[str]:
    where = f"assignments[{number}]"
    yield from (f"{where}.{key}: unknown key" for key in sorted(row.keys() - ASSIGNMENT_KEYS))
    yield from (f"{where}.{key}: missing" for key in ("module", "title", "task") if not row.get(key))


def _twice(values: Sequence[Any]) -> list[Any]:
    return [value for value in values if values.count(value) > 1]


def _lesson(row: Mapping[str, Any]) -> LessonText:
    blocks = tuple(
        Block(block["kind"], block.get("text", ""), tuple(block.get("items", ())), block.get("source", ""))
        for block in row["blocks"]
    )
    return LessonText(row["course"], row["position"], row["title"], row["minutes"], blocks)


def _assignment(row: Mapping[str, Any]) -> AssignmentText:
    return AssignmentText(row["module"], row["title"], row["task"], tuple(row.get("good_answer", ())))
