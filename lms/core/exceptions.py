"""Answers that carry a reason: a refusal is a value, a domain error carries one or more of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Refusal:
    """Why something is not allowed.

    `code` is stable and for machines; `sentence` is what a person reads; `explanation` says what to do
    or which figures decided; `figures` are those figures by name; `rule` is the clause ("R12"); `lines` are the
    single facts behind it, shown when asked for.
    """

    code: str
    sentence: str
    explanation: str = ""
    figures: Mapping[str, Any] = field(default_factory=dict)
    rule: str = ""
    lines: Sequence[str] = ()


class DomainError(Exception):
    """A verb was refused. Views show `refusals`; nothing was written."""

    def __init__(self, *refusals: Refusal) -> None:
        self.refusals: Sequence[Refusal] = refusals
        super().__init__("; ".join(str(refusal.sentence) for refusal in refusals))

    @property
    def code(self) -> str:
        """The first refusal's code."""
        return self.refusals[0].code


def refuse(code: str, sentence: str, explanation: str = "", *, rule: str = "", **figures: Any) -> DomainError:
    """A `DomainError` with one refusal, ready to raise."""
    return DomainError(Refusal(code, sentence, explanation, figures, rule))
