"""Opening a board and turning it from coming to leaving."""

import secrets
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from lms.attendance.enums import CheckKind, SessionState
from lms.attendance.models import Board, Session
from lms.attendance.selectors import latest_board
from lms.attendance.services.locking import lock_session
from lms.attendance.services.prompts import CHOOSE, Choose, drop_planned, fit_prompt, plan_prompt
from lms.core.audit import record_act
from lms.core.exceptions import refuse


@transaction.atomic
def open_board(session: Session, *, at: datetime, actor: Any, choose: Choose = CHOOSE) -> Board:
    """The session's board, opened when there is none; the session is open from then on. Refuses `session_closed`.

    The check during class is planned then, where the session has one; `choose` picks its moment (tests pass their own).
    """
    session = lock_session(session.pk)
    if session.state in (SessionState.CLOSED, SessionState.CANCELLED):
        raise refuse("session_closed", _("This session is closed or cancelled and can no longer be changed."))
    held = latest_board(session)
    if held is not None:
        fit_prompt(session, at=at, actor=actor, choose=choose)
        return held
    session.state = SessionState.OPEN
    session.save(update_fields=["state"])
    nonce = secrets.token_urlsafe(6)
    board = Board.objects.create(session=session, nonce=nonce, opened_by=actor, opened_at=at)
    plan_prompt(session, at=at, actor=actor, choose=choose)
    record_act("lms_attendance.open_board", session, actor=actor)
    return board


@transaction.atomic
def switch_board(board: Board, kind: CheckKind, *, at: datetime, actor: Any) -> Board:
    """Turn the board to check-in or check-out. Refuses `session_not_open`, `too_early`, `too_late`.

    Turning to check-out takes a check during class back that has not begun: people are leaving.
    """
    board = Board.objects.select_for_update(of=("self",)).select_related("session").get(pk=board.pk)
    if board.session.state != SessionState.OPEN:
        raise refuse("session_not_open", _("This session is not open."))
    if kind == CheckKind.OUT and at < board.session.starts_at:
        raise refuse("too_early", _("Check-out cannot begin before the session starts."))
    if kind == CheckKind.IN and at >= board.session.ends_at:
        raise refuse("too_late", _("The session is over; nobody can check in any more."))
    if board.kind != kind:
        before, after = {"kind": str(board.kind)}, {"kind": str(kind)}
        board.kind = kind
        board.save(update_fields=["kind"])
        if kind == CheckKind.OUT and drop_planned(board.session, at=at):
            after["prompt"] = "dropped"
        record_act("lms_attendance.switch_board", board.session, actor=actor, before=before, after=after)
    return board
