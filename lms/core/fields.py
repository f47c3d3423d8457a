"""Encrypted text at rest (AES-SIV) and the blind index that finds it by equality."""

import base64
import hashlib
import hmac
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESSIV
from django.db import models

from lms.core.conf import core_settings

PREFIX = "siv1:"


def encrypt_text(plain: str, *, context: str) -> str:
    """Deterministic authenticated encryption under the first key; `context` (the column) is bound to it."""
    box = AESSIV(base64.b64decode(core_settings.FIELD_KEYS[0]))
    return PREFIX + base64.b64encode(box.encrypt(plain.encode(), [context.encode()])).decode()


def decrypt_text(stored: str, *, context: str) -> str:
    """The plain text; tries every configured key. Raises ValueError when none opens it."""
    sealed = base64.b64decode(stored.removeprefix(PREFIX))
    for key in core_settings.FIELD_KEYS:
        try:
            return AESSIV(base64.b64decode(key)).decrypt(sealed, [context.encode()]).decode()
        except InvalidTag:
            continue
    raise ValueError(f"no configured LMS_FIELD_KEYS opens a value of {context}")


def blind_index(value: str, *, context: str) -> str:
    """64 hex digits by which an encrypted value can be found and kept unique without opening it."""
    message = f"{context}\x00{value}".encode()
    return hmac.new(core_settings.INDEX_KEY.encode(), message, hashlib.sha256).hexdigest()


class EncryptedTextField(models.TextField):
    """Text that is encrypted in the database and plain in Python; cannot be filtered on (use a blind index)."""

    def _context(self) -> str:
        return f"{self.model._meta.label_lower}.{self.attname}"

    def get_prep_value(self, value: Any) -> str | None:
        if value is None or value == "":
            return value
        return encrypt_text(str(value), context=self._context())

    def from_db_value(self, value: str | None, expression: Any, connection: Any) -> str | None:
        if not value:
            return value
        return decrypt_text(value, context=self._context())

    def get_lookup(self, lookup_name: str) -> Any:
        if lookup_name not in {"isnull"}:
            raise TypeError(f"{self._context()} is encrypted; look it up by its blind index")
        return super().get_lookup(lookup_name)
