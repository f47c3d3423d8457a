"""What becomes of one scan, against everything on record; decides only, writes nothing."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from lms.attendance.conf import attendance_settings
from lms.attendance.enums import CheckKind, ScanOutcome, SessionState
from lms.attendance.models import CheckEntry, LearnerKey, Session
from lms.attendance.permissions import RunScope
from lms.attendance.rules import early_minutes, late_minutes
from lms.attendance.selectors import is_expected
from lms.attendance.services.locking import locked_sessions
from lms.attendance.services.refusing import doors_of
from lms.attendance.services.scanners.codes import PersonalCode, is_signed
from lms.attendance.services.scanners.reading import ScanBody
from lms.core.tokens import step_of
from lms.programmes.models import Enrolment
from lms.programmes.selectors import LIVE

SAME_MOMENT = timedelta(seconds=2)
#: What a phone may have told a learner instead of letting her in; anything else it claims reads as the last.
SHOWN = frozenset({"code_stale", "not_expected", "too_early", "too_late", "session_cancelled", "refused_there"})


@dataclass(frozen=True)
class Verdict:
    """An outcome with its code; `entry` is what stands on record already."""

    outcome: ScanOutcome
    code: str = ""
    entry: CheckEntry | None = None


@dataclass
class Records:
    """What the database held when the sessions of an upload were locked; entries are added as they are judged."""

    sessions: Mapping[int, Session]
    seats: Mapping[int, Enrolment]
    keys: Mapping[int, LearnerKey]
    entries: dict[tuple[int, int, str], CheckEntry]
    scopes: dict[int, RunScope] = field(default_factory=dict)

    @classmethod
    def of(cls, scans: Iterable[ScanBody]) -> "Records":
        """Locks the sessions, in order, so that nobody closes a sheet or checks in meanwhile. Six queries."""
        scans = list(scans)
        ids, seats = {scan.session_id for scan in scans}, {scan.enrolment_id for scan in scans}
        sessions = {row.pk: row for row in locked_sessions().filter(pk__in=ids)}
        entries = CheckEntry.objects.filter(session__in=ids, enrolment__in=seats).order_by()
        return cls(
            sessions=sessions,
            seats=Enrolment.objects.in_bulk(seats),
            keys=LearnerKey.objects.in_bulk({scan.code.key_id for scan in scans if scan.code}),
            entries={(row.session_id, row.enrolment_id, row.kind): row for row in entries},
        )

    def covers(self, user: Any, session: Session) -> bool:
        """Whether this member of staff may run the session."""
        if session.term_id not in self.scopes:
            self.scopes[session.term_id] = RunScope(user, session.term)
        return self.scopes[session.term_id].covers_session(session)


def judge(scan: ScanBody, records: Records, user: Any, *, at: datetime, skew_ms: int) -> Verdict:
    """Refuse what is forged or does not belong here, repeat what is on record, let a person decide what is in doubt.

    `at` is the moment of the scan by the server's clock. Only a verdict `recorded` may be written to the journal.
    """
    session, seat = records.sessions[scan.session_id], records.seats[scan.enrolment_id]
    doubt = _doubt(scan, session, records, at=at, skew_ms=skew_ms)
    refused = _refused(scan, session, seat, records, user) or (
        "" if doubt == "clock_moved" else _outside_doors(session, scan.kind, at)
    )
    if refused:
        return Verdict(ScanOutcome.REFUSED, refused)
    held = records.entries.get((session.pk, seat.pk, str(scan.kind)))
    if held is not None:
        code = better_proof(session, scan.kind, at, held.at)
        if not code:
            return Verdict(ScanOutcome.REPEATED, entry=held)
        return Verdict(ScanOutcome.CONFLICT, doubt or code, held)
    if doubt:
        return Verdict(ScanOutcome.CONFLICT, doubt)
    return Verdict(ScanOutcome.RECORDED)


def better_proof(session: Session, kind: CheckKind | str, at: datetime, held: datetime) -> str:
    """`earlier` arrival or `later` departure than on record, where it alters the minutes that count; else empty."""
    slot, grace = session.slot, session.term.programme.late_grace_minutes
    if kind == CheckKind.IN and at < held - SAME_MOMENT:
        return "earlier" if late_minutes(slot, at, grace) < late_minutes(slot, held, grace) else ""
    if kind == CheckKind.OUT and at > held + SAME_MOMENT and session.check_out_required:
        return "later" if early_minutes(slot, at) < early_minutes(slot, held) else ""
    return ""


def _refused(scan: ScanBody, session: Session, seat: Enrolment, records: Records, user: Any) -> str:
    if scan.code is not None and not _genuine(scan.code, records.keys.get(scan.code.key_id)):
        return "code_forged"
    if not records.covers(user, session):
        return "not_yours"
    if scan.shown:
        return scan.shown if scan.shown in SHOWN else "refused_there"
    if session.state == SessionState.CANCELLED:
        return "session_cancelled"
    if seat.term_id != session.term_id or seat.state not in LIVE or not is_expected(session, seat):
        return "not_expected"
    return ""


def _genuine(code: PersonalCode, key: LearnerKey | None) -> bool:
    if key is None or key.enrolment_id != code.enrolment_id:
        return False
    return is_signed(key.public_key, code.message, code.signature)


def _outside_doors(session: Session, kind: CheckKind, at: datetime) -> str:
    opens, closes = doors_of(session, kind)
    if at < opens:
        return "too_early"
    return "too_late" if at > closes or (kind == CheckKind.IN and at == closes) else ""


def _doubt(scan: ScanBody, session: Session, records: Records, *, at: datetime, skew_ms: int) -> str:
    if abs(skew_ms - scan.offset_ms) > attendance_settings.SCAN_SKEW_SECONDS * 1000:
        return "clock_moved"
    if scan.code is not None:
        key = records.keys.get(scan.code.key_id)
        if key is None or key.approved_at is None or key.approved_at > at or (key.retired_at or at) < at:
            return "key_not_valid"
        if not _fresh(scan.code, at):
            return "code_stale"
    return "sheet_closed" if session.state == SessionState.CLOSED else ""


def _fresh(code: PersonalCode, at: datetime) -> bool:
    """Within one step of the clock, and what the clocks of two phones may differ besides."""
    seconds = attendance_settings.PERSONAL_CODE_SECONDS
    slack = timedelta(seconds=attendance_settings.SCAN_SKEW_SECONDS)
    first, last = (step_of(moment, seconds=seconds) for moment in (at - slack, at + slack))
    return first - 1 <= code.step <= last + 1
