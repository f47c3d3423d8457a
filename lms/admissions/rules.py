"""Who may apply when, with what, and who comes first: pure functions on plain values (R1, R3–R5, R7)."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import TypeVar

IDENTITY, CLASS, MATERIALS, CONFIRM = "identity", "class", "materials", "confirm"
STEPS = (IDENTITY, CLASS, MATERIALS, CONFIRM)
DEGREES = ("大专以下", "大专", "本科", "硕士", "博士")
COMPETENT = frozenset({"excellent", "competent"})
MINIMUM_REASON = 4


@dataclass(frozen=True)
class Draft:
    """What an application holds: whether each step has what it needs."""

    identity_confirmed: bool
    has_class: bool
    degree: str
    appraisals: Mapping[str, str]
    proofs: frozenset[str]


@dataclass(frozen=True)
class Clause:
    """One condition of R3 with its answer: `verdict` is passed, failed or missing; `figures` are what decided."""

    key: str
    verdict: str
    figures: Mapping[str, str]


def appraisal_years(starts_on: date, count: int) -> tuple[int, ...]:
    """The `count` calendar years before the year the term starts in, oldest first (R3)."""
    return tuple(range(starts_on.year - count, starts_on.year))


def missing_steps(draft: Draft, *, years: Iterable[int], wanted_proofs: Iterable[str]) -> tuple[str, ...]:
    """Steps that still lack something, in the order of R5; empty = may be submitted."""
    given = set(draft.appraisals)
    materials = bool(draft.degree) and {str(year) for year in years} <= given and set(wanted_proofs) <= draft.proofs
    checks = ((IDENTITY, draft.identity_confirmed), (CLASS, draft.has_class), (MATERIALS, materials))
    return tuple(step for step, done in checks if not done)


def degree_clause(degree: str, minimum: str) -> Clause:
    """At least the programme's lowest degree; an unknown word counts as missing."""
    if not minimum:
        return Clause("degree", "passed", {"degree": degree, "minimum": ""})
    if degree not in DEGREES or minimum not in DEGREES:
        return Clause("degree", "missing", {"degree": degree, "minimum": minimum})
    verdict = "passed" if DEGREES.index(degree) >= DEGREES.index(minimum) else "failed"
    return Clause("degree", verdict, {"degree": degree, "minimum": minimum})


def appraisal_clauses(appraisals: Mapping[str, str], years: Iterable[int]) -> list[Clause]:
    """Every one of the years competent or better; a year without a grade is missing, never passed (R3)."""
    return [_appraisal_clause(str(year), appraisals.get(str(year), "")) for year in years]


def _appraisal_clause(year: str, grade: str) -> Clause:
    verdict = "missing" if not grade else "passed" if grade in COMPETENT else "failed"
    return Clause("appraisal", verdict, {"year": year, "grade": grade})


T = TypeVar("T")


def ranked(applicants: Iterable[tuple[T, int, datetime]]) -> list[T]:
    """Most proven grounds first, then who submitted first (R4). Entries: (who, number of grounds, submitted at)."""
    return [who for who, _grounds, _at in sorted(applicants, key=lambda entry: (-entry[1], entry[2]))]


def next_window(windows: Iterable[tuple[date, date]], after: date) -> tuple[date, date] | None:
    """The first registration window that opens after that day; None when none is announced."""
    return min((window for window in windows if window[0] > after), default=None)


def reason_suffices(reason: str) -> bool:
    """A decision against somebody needs a reason of at least a few characters."""
    return len(reason.strip()) >= MINIMUM_REASON


def clean_grounds(grounds: Sequence[str], offered: Sequence[str]) -> list[str]:
    """The chosen grounds that the programme offers, in its order, once each."""
    return [ground for ground in offered if ground in set(grounds)]
