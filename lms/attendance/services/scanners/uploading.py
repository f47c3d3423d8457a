"""Taking in what scanning phones kept while they had no network: each scan once, however often it is sent."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from lms.attendance.conf import attendance_settings
from lms.attendance.enums import CheckKind, CheckMethod, ScanOutcome, SessionState
from lms.attendance.models import CheckEntry, Scanner, Session, StaffScan
from lms.attendance.services.scanners.codes import from_base64url, is_signed
from lms.attendance.services.scanners.judging import Records, Verdict, judge
from lms.attendance.services.scanners.phones import milliseconds
from lms.attendance.services.scanners.reading import ScanBody, SignedScan, read_scan_body
from lms.core.audit import record_act
from lms.core.exceptions import refuse

MOST_AT_ONCE = 200


@dataclass(frozen=True)
class ScanAnswer:
    """What became of one scan. Without a nonce it could not be read, with `kept` False it was not stored."""

    nonce: str
    outcome: str
    code: str
    kept: bool = True


@dataclass(frozen=True)
class UploadOutcome:
    """Answers in the order in which the scans came, how many were forged, and the error of the phone's clock."""

    answers: Sequence[ScanAnswer]
    forged: int
    skew_ms: int


FORGED = ScanAnswer("", ScanOutcome.REFUSED, "signature_wrong", kept=False)


@transaction.atomic
def upload_scans(scanner: Scanner, scans: Sequence[SignedScan], *, sent_at: datetime, at: datetime) -> UploadOutcome:
    """Put the scans on record, at their true time: the phone's time plus the error of its clock, `at` − `sent_at`.

    A scan that was sent before gets its first answer. Scans with a wrong signature leave nothing but their number in
    the audit trail. Refuses `scanner_revoked` and `too_many`; everything else is answered scan by scan.
    """
    if len(scans) > MOST_AT_ONCE:
        raise refuse("too_many", _("At most %(most)s scans at once.") % {"most": MOST_AT_ONCE}, most=MOST_AT_ONCE)
    bodies = [_read(scanner, scan) for scan in scans]
    scanner = Scanner.objects.select_for_update(of=("self",)).select_related("user").get(pk=scanner.pk)
    if scanner.revoked_at is not None:
        raise refuse("scanner_revoked", _("This phone may no longer scan. Its scans are not taken."))
    skew_ms = milliseconds(sent_at, at)
    answers = _answered_before(scanner, bodies)
    fresh = {body.nonce: body for body in bodies if body is not None and body.nonce not in answers}
    answers |= _take(scanner, list(fresh.values()), at=at, skew_ms=skew_ms)
    Scanner.objects.filter(pk=scanner.pk).update(last_seen_at=at, skew_ms=skew_ms)
    forged = bodies.count(None)
    if forged:
        record_act("lms_attendance.scan_forged", scanner, actor=scanner.user, after={"scans": forged})
    return UploadOutcome([answers[body.nonce] if body else FORGED for body in bodies], forged, skew_ms)


def _read(scanner: Scanner, scan: SignedScan) -> ScanBody | None:
    if not is_signed(scanner.public_key, scan.body.encode(), from_base64url(scan.signature)):
        return None
    body = read_scan_body(scan.body)
    return body if body is not None and body.scanner_id == scanner.pk else None


def _answered_before(scanner: Scanner, bodies: Sequence[ScanBody | None]) -> dict[str, ScanAnswer]:
    rows = StaffScan.objects.filter(scanner=scanner, nonce__in=[body.nonce for body in bodies if body])
    return {row.nonce: ScanAnswer(row.nonce, row.outcome, row.code) for row in rows}


def _take(scanner: Scanner, scans: Sequence[ScanBody], *, at: datetime, skew_ms: int) -> dict[str, ScanAnswer]:
    records = Records.of(scans)
    answers: dict[str, ScanAnswer] = {}
    rows: list[StaffScan] = []
    for scan in sorted(scans, key=_best_first):
        if scan.session_id not in records.sessions or scan.enrolment_id not in records.seats:
            code = "unknown_learner" if scan.session_id in records.sessions else "unknown_session"
            answers[scan.nonce] = ScanAnswer(scan.nonce, ScanOutcome.REFUSED, code, kept=False)
            continue
        true_at = scan.device_at + timedelta(milliseconds=_clock_error(scan, skew_ms))
        verdict = judge(scan, records, scanner.user, at=true_at, skew_ms=skew_ms)
        entry = _record(scan, records, verdict, scanner.user, at=true_at, received_at=at)
        rows.append(_row(scan, scanner, verdict, entry, at=true_at, received_at=at, skew_ms=skew_ms))
        answers[scan.nonce] = ScanAnswer(scan.nonce, verdict.outcome, verdict.code)
    StaffScan.objects.bulk_create(rows)
    _open_sessions(records.sessions, rows, scanner.user)
    return answers


def _clock_error(scan: ScanBody, skew_ms: int) -> int:
    """The phone measured its clock there and back; what the upload took longer is its way, no error of the clock."""
    way = skew_ms - scan.offset_ms
    return scan.offset_ms if 0 <= way <= attendance_settings.SCAN_SKEW_SECONDS * 1000 else skew_ms


def _best_first(scan: ScanBody) -> float:
    """Of several scans of one learner the first arrival and the last departure are the proof."""
    moment = scan.device_at.timestamp()
    return -moment if scan.kind == CheckKind.OUT else moment


def _record(
    scan: ScanBody, records: Records, verdict: Verdict, user: Any, *, at: datetime, received_at: datetime
) -> CheckEntry | None:
    if verdict.outcome != ScanOutcome.RECORDED:
        return verdict.entry
    entry = CheckEntry.objects.create(
        session_id=scan.session_id,
        enrolment_id=scan.enrolment_id,
        kind=scan.kind,
        at=at,
        method=CheckMethod.SCAN if scan.code else CheckMethod.MANUAL,
        actor=user,
        recorded_at=received_at,
    )
    records.entries[scan.session_id, scan.enrolment_id, str(scan.kind)] = entry
    if scan.kind == CheckKind.MID:
        _enter_arrival(entry, records)
    return entry


def _enter_arrival(entry: CheckEntry, records: Records) -> None:
    """Who is seen at the check during class has come, as with a tap of her own."""
    place = (entry.session_id, entry.enrolment_id, str(CheckKind.IN))
    if place not in records.entries:
        records.entries[place] = CheckEntry.objects.create(
            session_id=entry.session_id,
            enrolment_id=entry.enrolment_id,
            kind=CheckKind.IN,
            at=entry.at,
            method=entry.method,
            actor=entry.actor,
            recorded_at=entry.recorded_at,
        )


def _row(
    scan: ScanBody,
    scanner: Scanner,
    verdict: Verdict,
    entry: CheckEntry | None,
    **times: Any,
) -> StaffScan:
    return StaffScan(
        scanner=scanner,
        nonce=scan.nonce,
        session_id=scan.session_id,
        enrolment_id=scan.enrolment_id,
        kind=scan.kind,
        device_at=scan.device_at,
        outcome=verdict.outcome,
        code=verdict.code,
        entry=entry,
        **times,
    )


def _open_sessions(sessions: Mapping[int, Session], rows: Sequence[StaffScan], user: Any) -> None:
    """At a session where only staff scan nobody need open a board: the first scan opens it."""
    for pk in {row.session_id for row in rows if row.outcome == ScanOutcome.RECORDED}:
        session = sessions[pk]
        if session.state == SessionState.PLANNED:
            session.state = SessionState.OPEN
            session.save(update_fields=["state"])
            record_act("lms_attendance.open_by_scan", session, actor=user)
