"""Where a key stands in a TOML file: tomllib reads values but keeps no line numbers."""

import re
import tomllib

_PART = r"""(?:"(?:[^"\\]|\\.)*"|'[^']*'|[A-Za-z0-9_-]+)"""
_PATH = rf"{_PART}(?:[ \t]*\.[ \t]*{_PART})*"
_HEADER = re.compile(rf"^[ \t]*(\[\[?)[ \t]*({_PATH})[ \t]*\]\]?")
_KEY = re.compile(rf"^[ \t]*({_PATH})[ \t]*=")
_ONE_PART = re.compile(_PART)
_SYNTAX_LINE = re.compile(r"\(at line (\d+)")
_OPENING = re.compile(r'"""|\'\'\'|["\'#\[\]{}]')


def lines_of_keys(text: str) -> dict[str, int]:
    """Key path ("terms[1].starts_on", also "terms[1]") -> line from 1, for text that tomllib accepts.

    Keys inside an inline table or array are not listed; `line_of` falls back to the key they stand in.
    """
    found: dict[str, int] = {}
    counts: dict[str, int] = {}
    base, depth, quote = "", 0, ""
    for number, line in enumerate(text.split("\n"), start=1):
        if depth == 0 and not quote:
            header = _HEADER.match(line)
            if header:
                base = _enter(header[2], counts, is_row=header[1] == "[[")
                found.setdefault(base, number)
                continue
            key = _KEY.match(line)
            if key:
                found.setdefault(".".join(filter(None, [base, *_parts(key[1])])), number)
        depth, quote = _state_after(line, depth, quote)
    return found


def line_of(path: str, lines: dict[str, int]) -> int:
    """The line of the key, else of the nearest key above it, else 1."""
    while path:
        if path in lines:
            return lines[path]
        path = path.rpartition("[" if path.endswith("]") else ".")[0]
    return 1


def line_of_syntax_error(problem: tomllib.TOMLDecodeError, text: str) -> int:
    """The line tomllib names; the last one for an error "at end of document"."""
    named = _SYNTAX_LINE.search(str(problem))
    return int(named[1]) if named else text.count("\n") + 1


def _parts(path: str) -> list[str]:
    return [part.strip("\"'") for part in _ONE_PART.findall(path)]


def _enter(path: str, counts: dict[str, int], *, is_row: bool) -> str:
    """The full path of a header, with the index of the present row of each array it stands in."""
    base, names = "", _parts(path)
    for place, name in enumerate(names):
        base = f"{base}.{name}" if base else name
        if is_row and place == len(names) - 1:
            counts[base] = counts.get(base, -1) + 1
        if base in counts:
            base = f"{base}[{counts[base]}]"
    return base


def _state_after(line: str, depth: int, quote: str) -> tuple[int, str]:
    """Bracket depth and open multi-line quote at the end of the line."""
    place = 0
    while place < len(line):
        if quote:
            end = _end_of_quote(line, place, quote)
            if end < 0:
                return depth, quote if len(quote) == 3 else ""
            place, quote = end, ""
            continue
        mark = _OPENING.search(line, place)
        if mark is None or mark[0] == "#":
            break
        place = mark.end()
        if mark[0] in "[{":
            depth += 1
        elif mark[0] in "]}":
            depth -= 1
        else:
            quote = mark[0]
    return depth, quote


def _end_of_quote(line: str, place: int, quote: str) -> int:
    """The place after the closing quote, or -1 when it stands on a later line."""
    while place < len(line):
        if line[place] == "\\" and quote[0] == '"':
            place += 2
        elif line.startswith(quote, place):
            end = place + len(quote)
            while len(quote) == 3 and line[end : end + 1] == quote[0] and end < place + 5:
                end += 1
            return end
        else:
            place += 1
    return -1
