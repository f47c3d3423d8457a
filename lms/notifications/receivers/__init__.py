"""Facts of other apps become notices and text messages."""

from lms.notifications.receivers import admission, assessment, exchange, texts, training
from lms.notifications.receivers.listening import connect_facts

__all__ = ["admission", "assessment", "connect_facts", "exchange", "texts", "training"]
