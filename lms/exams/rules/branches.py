"""Branches: answers of a device that could not save them, kept beside the journal until a person decides."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from lms.exams.rules.sittings import EPOCH_START, MOST_ANSWERS, canonical, clean_answers, digest

MOST_PIECES = 500
HIGHEST_SEQ = 2**31 - 1
LATEST_MADE = 253_402_300_799_000  # the last second a moment can name


@dataclass(frozen=True)
class Piece:
    """One entry of a device: the number it had there, its answers, and when it was made by the time of the device."""

    seq: int
    answers: Mapping[str, list[int]]
    answered: int
    made_at: datetime


@dataclass(frozen=True)
class AnswerDifference:
    """One question that a branch answers otherwise than the journal; an empty list is no answer."""

    question: str
    held: list[int]
    branch: list[int]


def read_pieces(raw: Any) -> list[Piece] | None:
    """The entries [{seq, answers, answered, made}] of an upload, or None when one is not well formed.

    `made` is in whole milliseconds since 1970. From 1 to 500 entries.
    """
    if not isinstance(raw, list) or not 0 < len(raw) <= MOST_PIECES:
        return None
    pieces = [_read_piece(one) for one in raw]
    return None if None in pieces else [piece for piece in pieces if piece is not None]


def _read_piece(raw: Any) -> Piece | None:
    if not isinstance(raw, dict):
        return None
    answers = clean_answers(raw.get("answers"))
    seq, answered, made = raw.get("seq"), raw.get("answered"), raw.get("made")
    if answers is None or type(seq) is not int or type(answered) is not int or type(made) is not int:
        return None
    if not 0 < seq <= HIGHEST_SEQ or not 0 <= answered <= MOST_ANSWERS or not 0 <= made <= LATEST_MADE:
        return None
    return Piece(seq, answers, answered, EPOCH_START + timedelta(milliseconds=made))


def made_within(made_at: datetime, *, started_at: datetime, now: datetime) -> datetime:
    """A device's moment clipped to what is possible: not before the start of the sitting, not after the upload."""
    return max(started_at, min(made_at, now))


def made_in_time(made_at: datetime, *, deadline: datetime | None, submitted_at: datetime | None) -> bool:
    """Whether an entry may be adopted: made by the deadline and by the moment of handing in, both included."""
    return all(made_at <= end for end in (deadline, submitted_at) if end is not None)


def branch_digest(sitting: int, epoch: int, seq: int, answers: Mapping[str, Sequence[int]]) -> str:
    """What makes an entry of a branch the same one when it is uploaded again, by the device or as a file."""
    return digest(f"{sitting}|{epoch}|{seq}|{canonical(answers)}")


def fold_branch(pieces: Iterable[tuple[int, int, Mapping[str, Sequence[int]]]]) -> dict[str, list[int]]:
    """The last word of a branch for each question, of (epoch, seq, answers) in any order; empty lists stay."""
    last: dict[str, list[int]] = {}
    for _epoch, _seq, answers in sorted(pieces, key=lambda piece: (piece[0], piece[1])):
        last.update({name: list(choices) for name, choices in answers.items()})
    return last


def compare_answers(
    held: Mapping[str, Sequence[int]], branch: Mapping[str, Sequence[int]]
) -> tuple[AnswerDifference, ...]:
    """Questions a branch would change, in the order of the paper."""
    return tuple(
        AnswerDifference(name, list(held.get(name, ())), list(branch[name]))
        for name in sorted(branch, key=lambda name: int(name[1:]))
        if list(held.get(name, ())) != list(branch[name])
    )
