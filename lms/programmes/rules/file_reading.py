"""Reading a programme file: every problem at once, each with its key and line."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from lms.programmes.rules.figures import Figures, flatten
from lms.programmes.rules.file_sense import findings
from lms.programmes.rules.file_shape import SHAPE, BadValue, Rows, Value
from lms.programmes.rules.toml_lines import line_of, line_of_syntax_error, lines_of_keys


@dataclass(frozen=True)
class Problem:
    """One thing wrong: key path ("terms[0].starts_on"), line from 1, a stable code, and the figures of its sentence."""

    key: str
    line: int
    code: str
    figures: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True)
class ProgrammeFile:
    """A file that may be loaded: the clean document (days, fractions, `Decimal` yuan) and the text it came from."""

    document: Mapping[str, Any]
    text: str

    @property
    def figures(self) -> Figures:
        """Every figure under its key, without the number of the file format."""
        return flatten({key: value for key, value in self.document.items() if key != "format"})

    @property
    def slug(self) -> str:
        return str(self.document["programme"]["slug"])


def read_programme_file(text: str) -> tuple[ProgrammeFile | None, tuple[Problem, ...]]:
    """The file, or None and every problem in the order of lines. A syntax error hides the rest of the file."""
    try:
        raw = tomllib.loads(text)
    except tomllib.TOMLDecodeError as problem:
        return None, (Problem("", line_of_syntax_error(problem, text), "syntax", {"detail": str(problem)}),)
    except (ValueError, RecursionError) as problem:
        return None, (Problem("", 1, "syntax", {"detail": str(problem)}),)
    found: list[tuple[str, str, dict[str, object]]] = []
    document = _read_table(SHAPE, raw, "", found)
    found += findings(document)
    if not found:
        return ProgrammeFile(document, text), ()
    lines = lines_of_keys(text.replace("\r\n", "\n"))
    problems = (Problem(key, line_of(key, lines), code, figures) for key, code, figures in found)
    return None, tuple(sorted(problems, key=lambda problem: problem.line))


def _read_table(
    shape: Mapping[str, Any], raw: object, path: str, found: list[tuple[str, str, dict[str, object]]]
) -> dict[str, Any]:
    """The clean values of one table; what is missing, unknown or wrong goes to `found`."""
    clean: dict[str, Any] = {}
    if not isinstance(raw, Mapping):
        found.append((path, "not_table", {}))
        return clean
    for key in raw:
        if key not in shape:
            found.append((_join(path, key), "unknown_key", {"known": ", ".join(shape)}))
    for key, wanted in shape.items():
        place = _join(path, key)
        if isinstance(wanted, Value):
            _read_value(wanted, raw, key, place, clean, found)
        elif isinstance(wanted, Rows):
            clean[key] = _read_rows(wanted, raw.get(key, []), place, found)
        elif key in raw:
            clean[key] = _read_table(wanted, raw[key], place, found)
        else:
            found.append((place, "missing_table", {}))
    return clean


def _read_value(
    wanted: Value,
    raw: Mapping[str, Any],
    key: str,
    place: str,
    clean: dict[str, Any],
    found: list[tuple[str, str, dict[str, object]]],
) -> None:
    if key not in raw:
        if wanted.required:
            found.append((place, "missing_key", {}))
        else:
            clean[key] = wanted.default
        return
    try:
        clean[key] = wanted.read(raw[key])
    except BadValue as problem:
        found.append((place, problem.code, problem.figures))


def _read_rows(
    wanted: Rows, raw: object, path: str, found: list[tuple[str, str, dict[str, object]]]
) -> list[dict[str, Any]]:
    if not isinstance(raw, list):
        found.append((path, "not_rows", {}))
        return []
    if len(raw) < wanted.least:
        found.append((path, "no_rows", {"least": wanted.least}))
    return [_read_table(wanted.keys, row, f"{path}[{place}]", found) for place, row in enumerate(raw)]


def _join(path: str, key: str) -> str:
    return f"{path}.{key}" if path else key
