"""Clean text, numbers of pages, times to edit: pure functions on plain values."""

import re
import unicodedata
from datetime import date, datetime, timedelta

# Characters that turn or hide text: they make one sentence look like another.
UNSEEN = re.compile(r"[\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff]")


def clean_text(text: str) -> str:
    """Text as it is stored: one kind of line end, no control or invisible characters, no blanks at the ends."""
    plain = UNSEEN.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))
    kept = (char for char in plain if char in "\n\t" or unicodedata.category(char) not in {"Cc", "Cs"})
    return "".join(kept).strip()


def page_of(number: int, per_page: int) -> int:
    """The page of a thread on which its `number`-th post stands, both counted from 1."""
    return max(0, number - 1) // per_page + 1


def first_unread(read: int, count: int) -> int:
    """The first post not read yet, or the last one when everything is read."""
    return min(read + 1, count)


def may_still_edit(written_at: datetime, now: datetime, minutes: int) -> bool:
    """Whether an author may still change what she wrote."""
    return now < written_at + timedelta(minutes=minutes)


def is_overdue(due_on: date, today: date) -> bool:
    """A question is overdue after its promised day, not on it (R22)."""
    return today > due_on
