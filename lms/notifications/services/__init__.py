"""Writes about notices: each verb is one function."""

from lms.notifications.services.mail import send_waiting_mail
from lms.notifications.services.notices import mark_all_read, mark_read, save_preference, tell
from lms.notifications.services.sms import send_text_message

__all__ = ["mark_all_read", "mark_read", "save_preference", "send_text_message", "send_waiting_mail", "tell"]
