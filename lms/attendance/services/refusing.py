"""Why a check-in was refused, and keeping that for the board and for whoever looks into it."""

from datetime import datetime, timedelta

from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from lms.attendance.conf import attendance_settings
from lms.attendance.enums import CheckKind, SessionState
from lms.attendance.models import Board, CheckRefusal, Prompt, Session
from lms.attendance.selectors import is_expected
from lms.core.exceptions import Refusal
from lms.programmes.models import Enrolment
from lms.programmes.selectors import LIVE


def remember_refusal(
    session_id: int, user_id: int, *, kind: CheckKind, code: str, at: datetime, device: str = ""
) -> CheckRefusal | None:
    """Keep a refusal; None when this person was refused for this reason at this session so often lately that it adds
    nothing (REFUSALS_KEPT in REFUSAL_MINUTES), or when there is no such session.

    Besides the codes of `check_in`: `forged_ticket`, `borrowed_ticket`, `stale_ticket`, `typed_wrong`.
    """
    since = at - timedelta(minutes=attendance_settings.REFUSAL_MINUTES)
    held = CheckRefusal.objects.filter(session=session_id, user=user_id, code=code, at__gt=since).count()
    if held >= attendance_settings.REFUSALS_KEPT or not Session.objects.filter(pk=session_id).exists():
        return None
    return CheckRefusal.objects.create(
        session_id=session_id, user_id=user_id, kind=kind, code=code, at=at, device=device
    )


def why_not(session_id: int, user_id: int, kind: CheckKind, nonce: str, at: datetime) -> Refusal:
    """The first guard of the statement that did not hold, in words."""
    session = Session.objects.select_related("term").prefetch_related("groups").filter(pk=session_id).first()
    if session is None or not Board.objects.filter(session=session_id, nonce=nonce).exists():
        return Refusal("unknown_session", _("This code belongs to no session."), _("Scan the code on the board again."))
    seat = Enrolment.objects.filter(person__user=user_id, term=session.term_id, state__in=LIVE).first()
    if seat is None or not is_expected(session, seat):
        return Refusal(
            "not_expected",
            _("You are not on the list of this session."),
            _("Look at your timetable for your own session. If you belong here, tell the class assistant."),
        )
    if session.state != SessionState.OPEN:
        return Refusal(
            "session_closed" if session.state == SessionState.CLOSED else "session_not_open",
            _("The sheet of this session is closed.")
            if session.state == SessionState.CLOSED
            else _("This session is not open."),
            _("Tell the class assistant; a correction with a reason is possible."),
        )
    if session.staff_scan_only:
        return Refusal(
            "staff_scan_only",
            _("At this session the class assistant scans your personal code."),
            _("Open “My code” on your phone and show it at the door. Nothing was recorded yet."),
        )
    return _outside_doors(session, kind, at)


def doors_of(session: Session, kind: CheckKind) -> tuple[datetime, datetime]:
    """From when until when this kind of check is open; the check during class is never open before it is planned."""
    if kind == CheckKind.MID:
        prompt = Prompt.objects.filter(session=session).first()
        return (prompt.opens_at, prompt.until) if prompt else (session.ends_at, session.ends_at)
    if kind == CheckKind.IN:
        return session.check_in_from, session.ends_at
    return session.starts_at, session.check_out_until


def _outside_doors(session: Session, kind: CheckKind, at: datetime) -> Refusal:
    opens, closed = doors_of(session, kind)
    if at < opens and kind == CheckKind.MID:
        # Nobody is told the moment of the check during class before it comes.
        return Refusal("too_early", _("There is no check during class now."), _("The board shows when there is one."))
    if at < opens:
        return Refusal(
            "too_early",
            _("It is too early."),
            _("It opens at %(time)s. Nothing is lost; scan again then.") % {"time": f"{localtime(opens):%H:%M}"},
            {"opens": opens},
        )
    return Refusal(
        "too_late",
        _("It is too late."),
        _("It closed at %(time)s. Tell the class assistant; a correction with a reason is possible.")
        % {"time": f"{localtime(closed):%H:%M}"},
        {"closed": closed},
    )
