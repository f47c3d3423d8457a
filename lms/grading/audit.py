"""How entries of the audit trail about results read."""

from typing import Any

from django.utils.translation import gettext

from lms.core.audit import choice_words
from lms.grading.enums import Outcome

outcome_words = choice_words(Outcome)


def result_words(summary: Any) -> str:
    """ "86.50 passed" as a person reads it; without a total only what came of it."""
    total, _space, outcome = str(summary).partition(" ")
    said = outcome_words(outcome)
    return said if total == "None" else gettext("%(total)s, %(outcome)s") % {"total": total, "outcome": said}
