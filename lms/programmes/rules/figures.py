"""A programme as one flat table of named figures, so that a file and what is stored can be compared key by key."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

Figure = str | int | bool | Decimal | Fraction | date | tuple[str, ...]
Figures = dict[str, Figure]
Document = Mapping[str, Any]

#: What names a row of a list; rows without any of these are named by their place from 1.
ROW_NAMES = ("code", "kind", "authority")
#: Lists whose order a reader sees.
ORDERED = frozenset({"modules", "courses", "documents", "discipline"})


@dataclass(frozen=True)
class Change:
    """One figure that differs; None = not there."""

    key: str
    old: Figure | None
    new: Figure | None


def flatten(document: Document) -> Figures:
    """ "terms.2025-spring.groups.A.capacity" -> 100 for every figure of the document."""
    found: Figures = {}
    _collect(document, "", found)
    return found


def differences(before: Figures, after: Figures) -> tuple[Change, ...]:
    """Every key whose value differs, in the order of `after`, then what is gone."""
    changed = [Change(key, before.get(key), value) for key, value in after.items() if before.get(key) != value]
    gone = [Change(key, value, None) for key, value in before.items() if key not in after]
    return (*changed, *gone)


def row_name(row: Mapping[str, Any], place: int) -> str:
    """How a row of a list is called in keys: by what it is, so that moving it is no change."""
    found = next((str(row[name]) for name in ROW_NAMES if name in row), "")
    return found or str(place)


def show_figure(value: Figure | None) -> str:
    """A figure as the file writes it."""
    if value is None:
        return "—"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, tuple):
        return "、".join(value)
    if isinstance(value, Decimal):
        return format(value, "f")
    return str(value)


def _collect(node: Any, path: str, found: Figures) -> None:
    if isinstance(node, Mapping):
        for name, value in node.items():
            _collect(value, f"{path}.{name}" if path else name, found)
    elif isinstance(node, list):
        names = [row_name(row, place) for place, row in enumerate(node, start=1)]
        if path.rpartition(".")[2] in ORDERED:
            found[f"{path}.order"] = tuple(names)
        for name, row in zip(names, node, strict=True):
            _collect(row, f"{path}.{name}", found)
    else:
        found[path] = node
