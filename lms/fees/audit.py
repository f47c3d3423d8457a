"""How entries of the audit trail about money read."""

from typing import Any

from django.utils.translation import gettext

from lms.fees.rules import BETWEEN, FULL, NONE


def verdict_words(verdict: Any) -> str:
    """What the programme says about a refund asked for on that day (R20)."""
    texts = {
        FULL: gettext("Full refund"),
        BETWEEN: gettext("A person decides"),
        NONE: gettext("No refund"),
    }
    return texts.get(verdict, str(verdict))
