"""Start-up checks of notifications."""

from typing import Any

from django.core.checks import CheckMessage, Error, Warning, register
from django.utils.module_loading import import_string

from lms.core.conf import core_settings
from lms.notifications.conf import notifications_settings


@register()
def check_sms(app_configs: Any = None, **kwargs: Any) -> list[CheckMessage]:
    """The adapter must be importable; the console one is no way to reach people in production."""
    path = notifications_settings.SMS_BACKEND
    if not path:
        return []
    try:
        import_string(path)
    except ImportError as problem:
        return [
            Error(
                f"LMS_NOTIFICATIONS_SMS_BACKEND names {path}, which cannot be imported: {problem}.",
                hint="Correct the path, or leave the setting empty to send no text messages.",
                id="lms_notifications.E001",
            )
        ]
    if core_settings.PRODUCTION and path.endswith(".ConsoleSms"):
        return [
            Warning(
                "Text messages go to standard output.",
                hint="Set LMS_SMS_BACKEND to your provider's adapter, or to an empty text.",
                id="lms_notifications.W001",
            )
        ]
    return []
