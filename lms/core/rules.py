"""Finding Chinese text by any part of it: pure functions that every searchable model uses.

A database's own search splits Chinese at random or not at all. So a model keeps one more text field, `words`,
filled with `bigrams(text)` by the service that writes the row; a reader asks for every piece of the query:

    for piece in search_pieces(query):
        rows = rows.filter(words__contains=piece)
"""

import re
import unicodedata

HAN = "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003134f"
RUN = re.compile(rf"[{HAN}]+|[^\W_{HAN}]+")
FIRST_HAN = re.compile(rf"[{HAN}]")


def bigrams(text: str) -> str:
    """Every adjacent pair of Han characters and every other word in lower case, once each, with a space around each.

    "绩效考核 2025" -> " 绩效 效考 考核 2025 "; a Han character that stands alone is kept as it is.
    """
    found = dict.fromkeys(piece for run in _runs(text) for piece in _pieces(run))
    return f" {' '.join(found)} " if found else ""


def search_pieces(query: str) -> list[str]:
    """What must all occur in `words` for a row to match; an empty list means that nothing searchable was typed.

    Han text matches anywhere, other words by their beginning ("perf" finds "performance").
    """
    found = dict.fromkeys(piece for run in _runs(query) for piece in _wanted(run))
    return list(found)


def _runs(text: str) -> list[str]:
    return RUN.findall(unicodedata.normalize("NFKC", text).lower())


def _pieces(run: str) -> list[str]:
    if not FIRST_HAN.match(run) or len(run) == 1:
        return [run]
    return [run[at : at + 2] for at in range(len(run) - 1)]


def _wanted(run: str) -> list[str]:
    if FIRST_HAN.match(run):
        return _pieces(run)
    return [f" {run}"]
