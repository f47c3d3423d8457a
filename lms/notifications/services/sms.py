"""Text messages through an adapter."""

import sys
from datetime import datetime
from typing import Protocol

from django.db import transaction
from django.utils.module_loading import import_string

from lms.notifications.conf import notifications_settings
from lms.notifications.models import TextMessage
from lms.people.rules import mask_phone


class SmsBackend(Protocol):
    """What an adapter to a provider offers; raises when the message was not taken."""

    def send(self, phone: str, text: str) -> None:
        """Hand one message to the provider."""


class ConsoleSms:
    """Writes the message to standard output: for development."""

    def send(self, phone: str, text: str) -> None:
        """One line."""
        sys.stdout.write(f"SMS {mask_phone(phone)}: {text}\n")


def send_text_message(phone: str, text: str, *, key: str, at: datetime) -> bool:
    """Send once by `key`; whether it was sent now. Nothing happens without an adapter.

    The row is locked while the provider answers, so a task that runs twice sends once; when the provider
    fails the error is raised and a later run tries again.
    """
    if not notifications_settings.SMS_BACKEND:
        return False
    TextMessage.objects.bulk_create(
        [TextMessage(key=key, masked_phone=mask_phone(phone), made_at=at)], ignore_conflicts=True
    )
    with transaction.atomic():
        held = TextMessage.objects.select_for_update().get(key=key)
        if held.sent_at is not None:
            return False
        backend: SmsBackend = import_string(notifications_settings.SMS_BACKEND)()
        backend.send(phone, text)
        held.sent_at = at
        held.save(update_fields=["sent_at"])
    return True
