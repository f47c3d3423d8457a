"""Activation codes as text messages."""

import json
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _
from django_q.tasks import async_task

from lms.core.conf import core_settings
from lms.core.fields import encrypt_text
from lms.core.templatetags.lms_ui import site_name, when
from lms.notifications.conf import SEALED, notifications_settings
from lms.notifications.receivers.listening import address, on


@on("lms.people", "activation_code_made")
def text_activation_code(person: Any, code: str, expires_at: datetime, **facts: Any) -> None:
    if not notifications_settings.SMS_BACKEND or not person.phone:
        return
    figures = {
        "site": site_name(),
        "code": code,
        "until": when(expires_at),
        "address": f"{core_settings.PUBLIC_ORIGIN}{address('lms_people:activate')}",
    }
    words = _("[%(site)s] Your activation code is %(code)s, valid until %(until)s. Set your password at %(address)s")
    message = {"phone": person.phone, "text": words % figures, "key": f"code:{person.pk}:{expires_at.isoformat()}"}
    async_task("lms.notifications.tasks.text", encrypt_text(json.dumps(message), context=SEALED))
