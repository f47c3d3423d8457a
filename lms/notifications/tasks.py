"""Background work of notifications; every task may run twice."""

import json

from django.utils import timezone

from lms.core.fields import decrypt_text
from lms.notifications.conf import SEALED
from lms.notifications.services import send_text_message, send_waiting_mail


def mail_waiting() -> int:
    """Send every e-mail that waits."""
    return send_waiting_mail()


def text(sealed: str) -> bool:
    """Send one text message; phone and text travel through the task queue encrypted."""
    message = json.loads(decrypt_text(sealed, context=SEALED))
    return send_text_message(message["phone"], message["text"], key=message["key"], at=timezone.now())
