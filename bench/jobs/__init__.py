"""One file a job: a module-level `JOB`. A new file in this folder is found by itself."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from importlib import import_module
from pkgutil import iter_modules
from typing import Any


@dataclass(frozen=True)
class Call:
    """One HTTP request; workers take the calls of a plan in turn."""

    path: str
    method: str = "GET"
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    expect: int = 200


@dataclass(frozen=True)
class Plan:
    """What to send to the product and to the floor; `check` looks into the database afterwards and names errors."""

    product: Sequence[Call]
    floor: Sequence[Call]
    check: Callable[[int], Sequence[str]] = lambda acknowledged: ()


@dataclass(frozen=True)
class Job:
    """`reach_ms` is the CPU per request to reach (web and database); `prepare` seeds and gives the plan.

    What `crowds` the term with sessions or exams that no term has is prepared and measured after the others.
    """

    name: str
    title: str
    reach_ms: float
    prepare: Callable[[], Plan]
    floor_view: Callable[..., Any] | None = None
    clients: int = 8
    crowds: bool = False


def all_jobs() -> Iterator[Job]:
    """Every job of this folder, by name."""
    for module in sorted(iter_modules(__path__), key=lambda found: found.name):
        yield import_module(f"{__name__}.{module.name}").JOB
