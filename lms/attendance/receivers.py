"""What happens when a sheet is closed."""

from typing import Any

from django.utils import timezone

from lms.attendance.models import Session
from lms.attendance.services.flags import find_flags


def look_for_flags(sender: Any, *, session: Session, **kwargs: Any) -> None:
    """Flags are looked for after the credits are safe; they wait for a person and change nothing."""
    find_flags(session, at=timezone.now())
