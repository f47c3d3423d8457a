"""The check during class: planned at random when the board opens, started by hand, or called off with a reason.

Nobody is told the moment before it comes. Docs: decision 10.
"""

import secrets
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from lms.attendance.enums import SessionState
from lms.attendance.models import Prompt, Session
from lms.attendance.rules import prompt_until, prompt_window
from lms.attendance.services.locking import lock_session
from lms.core.audit import record_act
from lms.core.exceptions import refuse

Choose = Callable[[int], int]
CHOOSE: Choose = secrets.SystemRandom().randrange


def plan_prompt(session: Session, *, at: datetime, actor: Any, choose: Choose = CHOOSE) -> Prompt | None:
    """The check at a random second of the middle half of the session; None when there is none or no room is left.

    `choose(n)` gives a whole number below n. Called in the transaction that holds the session's row.
    """
    window = prompt_window(session.starts_at, session.ends_at, session.mid_check_minutes, not_before=at)
    if window is None:
        return None
    first, last = window
    opens_at = first + timedelta(seconds=choose((last - first) // timedelta(seconds=1) + 1))
    return Prompt.objects.create(session=session, opens_at=opens_at, until=_until(session, opens_at), made_by=actor)


def fit_prompt(session: Session, *, at: datetime, actor: Any, choose: Choose = CHOOSE) -> None:
    """Plan the check anew when the session was moved and the planned moment lies outside it; else do nothing."""
    held = Prompt.objects.filter(session=session).first()
    if held is not None and not _inside(session, held):
        held.delete()
        plan_prompt(session, at=at, actor=actor, choose=choose)


@transaction.atomic
def start_prompt(session: Session, *, at: datetime, actor: Any) -> Prompt:
    """Begin the check now, instead of at the planned moment; pressed again while it runs, the same check.

    Refuses `session_not_open`, `prompt_off`, `too_early`, `too_late`, `prompt_used`.
    """
    session = lock_session(session.pk)
    _require_startable(session, at)
    held = Prompt.objects.filter(session=session).first()
    if held is not None and held.opens_at <= at and _inside(session, held):
        if at <= held.until:
            return held
        raise refuse("prompt_used", _("The check during class of this session is over; there is one a session."))
    values = {"opens_at": at, "until": _until(session, at), "made_by": actor}
    prompt, _made = Prompt.objects.update_or_create(session=session, defaults=values)
    record_act("lms_attendance.start_prompt", session, actor=actor, after={"until": prompt.until.isoformat()})
    return prompt


@transaction.atomic
def call_off_prompt(session: Session, *, reason: str, at: datetime, actor: Any) -> None:
    """Take the planned check back before it begins, with a reason. Without a planned one nothing happens.

    Refuses `reason_missing`, `prompt_used`. It can still be started by hand.
    """
    if not reason.strip():
        raise refuse("reason_missing", _("Give a reason."))
    session = lock_session(session.pk)
    held = Prompt.objects.filter(session=session).first()
    if held is None:
        return
    if held.opens_at <= at:
        raise refuse("prompt_used", _("The check during class has begun and can no longer be called off."))
    held.delete()
    record_act("lms_attendance.call_off_prompt", session, actor=actor, reason=reason.strip()[:200])


def drop_planned(session: Session, *, at: datetime) -> bool:
    """Take back a check that has not begun, because people are leaving; whether there was one."""
    return bool(Prompt.objects.filter(session=session, opens_at__gt=at).delete()[0])


def _require_startable(session: Session, at: datetime) -> None:
    if session.state != SessionState.OPEN:
        raise refuse("session_not_open", _("This session is not open."))
    if not session.mid_check_minutes:
        raise refuse("prompt_off", _("This session has no check during class."))
    if at < session.starts_at:
        raise refuse("too_early", _("The check during class cannot begin before the session starts."))
    if at >= session.ends_at:
        raise refuse("too_late", _("The session is over; the check during class can no longer begin."))


def _until(session: Session, opens_at: datetime) -> datetime:
    return prompt_until(opens_at, session.mid_check_minutes, ends_at=session.ends_at)


def _inside(session: Session, prompt: Prompt) -> bool:
    return session.starts_at <= prompt.opens_at < session.ends_at
