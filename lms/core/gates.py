"""Questions one app asks and others answer: dotted paths in a setting, each `(subject) -> Refusal | None`."""

from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error
from django.utils.module_loading import import_string

from lms.core.exceptions import DomainError, Refusal


def ask(setting: str, *subject: Any) -> list[Refusal]:
    """All refusals for the subject, in the order of the setting; an empty list means yes.

    A gate that cannot be imported raises ImportError here and is reported at start by a check: a broken
    gate never lets anybody through.
    """
    paths: Sequence[str] = getattr(settings, setting, ())
    answers = (import_string(path)(*subject) for path in paths)
    return [answer for answer in answers if answer is not None]


def require(setting: str, *subject: Any) -> None:
    """Raise `DomainError` with every refusal at once, or return."""
    refusals = ask(setting, *subject)
    if refusals:
        raise DomainError(*refusals)


def unimportable(setting: str, paths: Sequence[str], *, check: str) -> list[CheckMessage]:
    """For start-up checks: an error with the id `check` for each dotted path of the setting that cannot be imported."""
    return [error for path in paths if (error := _import_error(setting, path, check))]


def _import_error(setting: str, path: str, check: str) -> CheckMessage | None:
    try:
        import_string(path)
    except ImportError as problem:
        return Error(
            f"{setting} lists {path}, which cannot be imported: {problem}.",
            hint="Correct the path, install its app, or take it out of the list.",
            id=check,
        )
    return None
