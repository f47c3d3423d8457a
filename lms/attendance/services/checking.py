"""Checking in and out: one guarded statement, and the same answer however often it is sent."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache, partial
from typing import Any

from django.contrib.auth import get_user_model
from django.db import connection
from django.utils.translation import gettext as _

from lms.attendance.conf import attendance_settings
from lms.attendance.enums import CheckKind, CheckMethod, SessionState
from lms.attendance.models import CheckEntry
from lms.attendance.selectors import login_rows, open_boards_for
from lms.attendance.services.refusing import remember_refusal, why_not
from lms.attendance.tokens import Scan, read_board_typed_code
from lms.core.conf import core_settings
from lms.core.exceptions import DomainError, refuse
from lms.core.selectors import preparing_cursor
from lms.programmes.models import Enrolment
from lms.programmes.selectors import LIVE

# Seat, state, doors, class and account are checked in the WHERE of the one INSERT: nothing can change in between. On
# PostgreSQL the statement waits for a sheet that is being closed and then looks again, so that no tap is acknowledged
# and left out of the credits. The unique constraint makes a repeat do nothing.
STATEMENT = """
INSERT INTO lms_attendance_checkentry
  (session_id, enrolment_id, kind, at, method, board_id, actor_id, recorded_at, device, code_age_ms, stale_tries)
SELECT s.id, e.id, CAST(%(kind)s AS varchar(3)), %(scanned_at)s, CAST(%(method)s AS varchar(6)), b.id, p.user_id,
  %(at)s, CAST(%(device)s AS varchar(32)), CAST(%(code_age_ms)s AS integer), CAST(%(stale_tries)s AS integer)
FROM lms_attendance_session s
JOIN lms_attendance_board b ON b.session_id = s.id AND b.nonce = %(nonce)s
JOIN lms_programmes_enrolment e ON e.term_id = s.term_id AND e.state IN ({live})
JOIN lms_people_person p ON p.id = e.person_id AND p.user_id = %(user)s
JOIN {users} u ON u.id = p.user_id AND u.is_active
WHERE s.id = %(session)s AND s.state = '{open}' AND NOT s.staff_scan_only AND {doors} AND {signed_in}
  AND CASE WHEN s.make_up THEN EXISTS (
         SELECT 1 FROM lms_attendance_makeupseat m
         WHERE m.session_id = s.id AND m.enrolment_id = e.id AND m.withdrawn_at IS NULL)
       ELSE e.group_id IN (SELECT g.classgroup_id FROM lms_attendance_session_groups g WHERE g.session_id = s.id)
         OR NOT EXISTS (SELECT 1 FROM lms_attendance_session_groups g WHERE g.session_id = s.id) END
{lock}
ON CONFLICT (session_id, enrolment_id, kind) DO NOTHING
RETURNING id
"""
LOCKS = {"postgresql": "FOR KEY SHARE OF s"}
DOORS = {
    CheckKind.IN: "s.check_in_from <= %(scanned_at)s AND s.ends_at > %(scanned_at)s",
    CheckKind.MID: (
        "EXISTS (SELECT 1 FROM lms_attendance_prompt q "
        "WHERE q.session_id = s.id AND q.opens_at <= %(scanned_at)s AND q.until >= %(scanned_at)s)"
    ),
    CheckKind.OUT: "s.starts_at <= %(scanned_at)s AND s.check_out_until >= %(scanned_at)s",
}
SIGNED_IN = "EXISTS (SELECT 1 FROM {sessions} d WHERE d.session_key = %(login)s AND d.expire_date > %(at)s)"


@dataclass(frozen=True)
class Proof:
    """What came along with a scan: the mark of the phone, the age of the code, outdated codes tried before."""

    device: str = ""
    code_age_ms: int | None = None
    stale_tries: int = 0


NO_PROOF = Proof()


@dataclass(frozen=True)
class CheckOutcome:
    """What is on record: `at` is the moment that counts; `fresh` says that this call wrote it."""

    session_id: int
    kind: CheckKind
    at: datetime
    fresh: bool


def check_in(
    session_id: int,
    user: Any,
    *,
    kind: CheckKind,
    nonce: str,
    scanned_at: datetime,
    at: datetime,
    method: CheckMethod = CheckMethod.QR,
    proof: Proof = NO_PROOF,
) -> CheckOutcome:
    """Put on record that the user came, was there or left at `scanned_at`, the server's time of the scan.

    Idempotent: a repeat returns the first row. Refuses (and remembers the refusal for the board) `unknown_session`,
    `not_expected`, `session_closed`, `session_not_open`, `staff_scan_only`, `too_early`, `too_late`.
    """
    scan = Scan(session_id, str(kind), nonce, scanned_at)
    return check_in_scan(scan, user.pk, at=at, method=method, proof=proof)


def check_in_scan(
    scan: Scan, user_id: int, *, at: datetime, method: CheckMethod, proof: Proof, login: str = ""
) -> CheckOutcome:
    """`check_in` without having read the user: the account must be active and, where `login` is the key of a session in
    the database, that session alive, all in the same statement. Refuses `signed_out` besides.
    """
    kind = CheckKind(scan.kind)
    write = partial(_insert, user_id=user_id, at=at, method=method, proof=proof, login=login)
    if write(scan):
        _enter_arrival(scan, write)
        return CheckOutcome(scan.session_id, kind, scan.at, fresh=True)
    if not _may_act(user_id, login, at):
        raise refuse(
            "signed_out", _("You are no longer signed in."), _("Sign in again; the scan is kept for a few minutes.")
        )
    held = CheckEntry.objects.filter(session=scan.session_id, enrolment__person__user=user_id, kind=kind).first()
    if held is not None:
        _enter_arrival(replace(scan, at=held.at), write)
        return CheckOutcome(scan.session_id, kind, held.at, fresh=False)
    refusal = why_not(scan.session_id, user_id, kind, scan.nonce, scan.at)
    remember_refusal(scan.session_id, user_id, kind=kind, code=refusal.code, at=at, device=proof.device)
    raise DomainError(refusal)


def _enter_arrival(scan: Scan, write: Callable[[Scan], bool]) -> None:
    """Who answers the check during class has come: in these minutes the board shows no other code.

    A repeat makes up for a process that ended between the two rows.
    """
    if scan.kind == CheckKind.MID:
        write(replace(scan, kind=str(CheckKind.IN)))


def find_typed_session(enrolment: Enrolment, code: str, *, at: datetime, device: str = "") -> Scan:
    """The board whose six digits these are, among her open sessions. Refuses `nothing_open`, and `code_wrong`, which is
    remembered.
    """
    boards = open_boards_for(enrolment, at=at)
    if not boards:
        raise refuse(
            "nothing_open",
            _("No session of yours is open for check-in now."),
            _("Check-in opens shortly before a session starts. If you are in the room, tell the class assistant."),
        )
    for board in boards:
        found = read_board_typed_code(
            core_settings.CODE_KEY,
            board.session_id,
            board.kind,
            board.nonce,
            code,
            at=at,
            seconds=attendance_settings.CODE_SECONDS,
            earlier_steps=attendance_settings.EARLIER_STEPS,
        )
        if found is not None:
            return found
    last, kind = boards[-1], CheckKind(boards[-1].kind)
    remember_refusal(last.session_id, enrolment.person.user_id, kind=kind, code="typed_wrong", at=at, device=device)
    raise refuse(
        "code_wrong",
        _("This code is not right or has just changed."),
        _("Type the six digits that stand on the board now; they change every few seconds."),
    )


def _insert(scan: Scan, user_id: int, *, at: datetime, method: CheckMethod, proof: Proof, login: str) -> bool:
    adapt = connection.ops.adapt_datetimefield_value
    values = {
        "kind": scan.kind,
        "scanned_at": adapt(scan.at),
        "method": str(method),
        "at": adapt(at),
        "device": proof.device,
        "code_age_ms": proof.code_age_ms,
        "stale_tries": proof.stale_tries,
        "nonce": scan.nonce,
        "user": user_id,
        "session": scan.session_id,
    }
    guarded = bool(login) and login_rows() is not None
    if guarded:
        values["login"] = login
    with preparing_cursor(connection) as cursor:
        cursor.execute(_statement(CheckKind(scan.kind), connection.vendor, guarded), values)
        return bool(cursor.fetchall())


@cache
def _statement(kind: CheckKind, vendor: str, guarded: bool) -> str:
    quote = connection.ops.quote_name
    return STATEMENT.format(
        live=", ".join(f"'{state.value}'" for state in LIVE),
        users=quote(get_user_model()._meta.db_table),
        open=SessionState.OPEN.value,
        doors=DOORS[kind],
        signed_in=SIGNED_IN.format(sessions=quote(login_rows()._meta.db_table)) if guarded else "1 = 1",
        lock=LOCKS.get(vendor, ""),
    )


def _may_act(user_id: int, login: str, at: datetime) -> bool:
    if not get_user_model()._default_manager.filter(pk=user_id, is_active=True).exists():
        return False
    sessions = login_rows() if login else None
    return sessions is None or sessions.objects.filter(session_key=login, expire_date__gt=at).exists()
