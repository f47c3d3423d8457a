"""The secret address of a person's own timetable."""

import secrets
from datetime import datetime
from typing import Any

from lms.attendance.models import CalendarFeed

SECRET_BYTES = 32  # 256 random bits


def renew_feed(user: Any, *, at: datetime) -> CalendarFeed:
    """Make the address of the person's timetable feed, or a new one: the old address is dead from then on."""
    secret = secrets.token_urlsafe(SECRET_BYTES)
    feed, _made = CalendarFeed.objects.update_or_create(user=user, defaults={"secret": secret, "made_at": at})
    return feed
