"""Where a term stands at a moment, and which terms people should see first (R1): pure functions."""

import re
from collections.abc import Iterable
from datetime import date, datetime
from itertools import groupby
from typing import Protocol, TypeVar

from lms.core.rules import FIRST_HAN
from lms.programmes.rules import day_end, day_start

OPEN, FULL, SOON, CLOSED, RUNNING, ENDED = "open", "full", "soon", "closed", "running", "ended"
LATIN = re.compile("[A-Za-z]{2}")
SENTENCE = 5
PROMINENCE = (OPEN, FULL, SOON, CLOSED, RUNNING, ENDED)


class Dated(Protocol):
    """What a term needs to have here."""

    starts_on: date
    ends_on: date
    registration_opens_on: date
    registration_closes_on: date


def term_phase(term: Dated, at: datetime, *, seats_left: int) -> str:
    """`soon` before the window, `open` or `full` inside it, `closed` until the start, `running`, `ended`.

    Days are inclusive in Asia/Shanghai: a window is open until the last moment of its last day (R1).
    """
    if at >= day_end(term.ends_on):
        return ENDED
    if at >= day_start(term.starts_on):
        return RUNNING
    if at >= day_end(term.registration_closes_on):
        return CLOSED
    if at < day_start(term.registration_opens_on):
        return SOON
    return OPEN if seats_left > 0 else FULL


D = TypeVar("D", bound=Dated)


def in_order(terms: Iterable[tuple[D, str]]) -> list[D]:
    """Terms with their phases, those to act on first: open, full, soon, closed, running (soonest first), then ended."""

    def key(entry: tuple[D, str]) -> tuple[int, int]:
        term, phase = entry
        day = term.starts_on.toordinal()
        return PROMINENCE.index(phase), -day if phase == ENDED else day

    return [term for term, _phase in sorted(terms, key=key)]


def excerpt(text: str, words: Iterable[str], *, around: int = 44) -> tuple[str, str, str]:
    """The place of `text` where the first of `words` occurs: (before, match, after); without a match the beginning.

    A Latin word is never cut in the middle.
    """
    folded = text.lower()
    for word in sorted(words, key=len, reverse=True):
        at = folded.find(word.lower())
        if word and at >= 0:
            start, end = _word_start(text, max(0, at - around)), _word_end(text, at + len(word) + around * 2)
            before = ("…" if start else "") + text[start:at]
            after = text[at + len(word) : end] + ("…" if end < len(text) else "")
            return before, text[at : at + len(word)], after
    end = _word_end(text, around * 3)
    return text[:end] + ("…" if len(text) > end else ""), "", ""


def only_language(text: str, *, chinese: bool) -> str:
    """What of a bilingual text is Chinese, or is not; Latin names and figures inside Chinese stay with it."""
    runs = [
        (han, list(tokens)) for han, tokens in groupby(text.split(), key=lambda token: bool(FIRST_HAN.search(token)))
    ]
    kept = [tokens for han, tokens in runs if han == chinese or (chinese and len(tokens) < SENTENCE)]
    return " ".join(token for tokens in kept for token in tokens)


def _word_start(text: str, at: int) -> int:
    while 0 < at < len(text) and LATIN.fullmatch(text[at - 1 : at + 1]):
        at -= 1
    return at


def _word_end(text: str, at: int) -> int:
    while 0 < at < len(text) and LATIN.fullmatch(text[at - 1 : at + 1]):
        at += 1
    return at
