"""Settings of notifications."""

from lms.core.conf import AppSettings, Setting

#: What sealed text messages are bound to in the task queue.
SEALED = "lms_notifications.text_message"


class NotificationsSettings(AppSettings):
    """How people are reached outside the site."""

    prefix = "LMS_NOTIFICATIONS_"

    SMS_BACKEND: Setting[str] = Setting(
        "lms.notifications.services.sms.ConsoleSms",
        "Dotted path of a class with `send(phone, text)`; empty: no text messages at all.",
    )
    MAIL: Setting[bool] = Setting(True, "Send notices by e-mail to people with an address who want them.")


notifications_settings = NotificationsSettings()
