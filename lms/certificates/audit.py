"""How entries of the audit trail about certificates read."""

from typing import Any

from django.utils.translation import gettext


def state_words(state: Any) -> str:
    """Valid, proposed for revocation or revoked."""
    texts = {
        "valid": gettext("Valid"),
        "revocation proposed": gettext("Revocation proposed"),
        "revoked": gettext("Revoked"),
    }
    return texts.get(state, str(state))
