"""The code in a certificate's QR: random, not derived from anything."""

import secrets

CODE_BYTES = 18


def new_code() -> str:
    """24 URL-safe characters with 144 random bits: nobody guesses a certificate's address."""
    return secrets.token_urlsafe(CODE_BYTES)
