"""What a request names, read calmly: whatever is no number names nothing, and no text breaks the database."""

from collections.abc import Iterable

LONGEST = 18  # digits of the greatest key, less one


def number_of(text: str) -> int:
    """The key written in `text`; 0, which no row has, for anything else."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= LONGEST else 0


def numbers_of(texts: Iterable[str]) -> set[int]:
    """The keys among `texts`."""
    return {number for text in texts if (number := number_of(text))}


def words_of(text: str, most: int = 200) -> str:
    """At most so many characters, without those that PostgreSQL cannot keep."""
    return text.replace("\x00", "")[:most]
