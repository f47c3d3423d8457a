"""Sessions in the database, as Django keeps them; reading one does not compile its statement again."""

from datetime import datetime
from typing import Any

from django.contrib.sessions.backends.db import SessionStore as DatabaseSessions
from django.contrib.sessions.models import Session
from django.utils import timezone

from lms.core.selectors import CompiledRead


class SessionStore(DatabaseSessions):
    """The row decides at every request, so signing out and revoking take hold at once (docs/decisions)."""

    def _get_session_from_db(self) -> Any:
        found = _live_sessions.first(key=self.session_key, now=timezone.now()) if self.session_key else None
        if found is None:
            self._session_key = None
        return found


_live_sessions = CompiledRead(
    lambda key, now: Session.objects.filter(session_key=key, expire_date__gt=now), key=str, now=datetime
)
