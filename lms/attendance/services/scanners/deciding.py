"""A person decides on a scan that contradicts the record or came in doubt."""

from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from lms.attendance.enums import CheckKind, CheckMethod, ScanAct, ScanOutcome, SessionState
from lms.attendance.models import CheckEntry, ScanDecision, Session, StaffScan
from lms.attendance.rules import credited_minutes
from lms.attendance.selectors.facts import attended_minutes, read_facts
from lms.attendance.services.closing import Correction, correct_attendance
from lms.attendance.services.locking import lock_session
from lms.attendance.services.refusing import doors_of
from lms.core.audit import record_act
from lms.core.exceptions import refuse


@transaction.atomic
def decide_scan(scan: StaffScan, *, accept: bool, reason: str, at: datetime, actor: Any) -> ScanDecision:
    """Accept the scan's time or reject it, with a reason. Accepted, it counts: as the missing check-in or check-out
    while the sheet is open, else as a correction with the minutes its time gives, where those are more (R12).

    Refuses `reason_missing`, `decided_already`, `not_over` (the minutes hang on a check-out still to come),
    `outside_doors`, and what `correct_attendance` refuses.
    """
    if not reason.strip():
        raise refuse("reason_missing", _("Give a reason."))
    session = lock_session(scan.session_id)
    if scan.outcome != ScanOutcome.CONFLICT or ScanDecision.objects.filter(scan=scan).exists():
        raise refuse("decided_already", _("This scan was already decided on."))
    decision = ScanDecision.objects.create(
        scan=scan,
        act=ScanAct.ACCEPTED if accept else ScanAct.REJECTED,
        reason=reason.strip()[:200],
        actor=actor,
        at=at,
    )
    if accept:
        _let_count(scan, session, reason=decision.reason, at=at, actor=actor)
    record_act(
        "lms_attendance.decide_scan",
        session,
        actor=actor,
        reason=decision.reason,
        after={"act": str(decision.act), "seat": scan.enrolment.number, "scanned_at": scan.at.isoformat()},
    )
    return decision


def _let_count(scan: StaffScan, session: Session, *, reason: str, at: datetime, actor: Any) -> None:
    entries = CheckEntry.objects.filter(session=session, enrolment=scan.enrolment_id)
    held = dict(entries.values_list("kind", "at"))
    if scan.kind not in held and session.state != SessionState.CLOSED:
        _enter(scan, session, at=at, actor=actor)
        return
    arrived, left = _moments(scan, session, held)
    if left is None and session.check_out_required and session.state != SessionState.CLOSED:
        raise refuse(
            "not_over",
            _("The check-out is still to come."),
            _("The minutes depend on it. Decide when the session is over."),
        )
    grace = session.term.programme.late_grace_minutes
    minutes = credited_minutes(session.slot, arrived, left, grace=grace)
    if minutes <= attended_minutes(session, scan.enrolment_id, read_facts([session]), grace=grace):
        return  # A scan proves presence: it takes nothing away that counts already.
    said = _("Scan of %(time)s accepted: %(reason)s") % {"time": f"{localtime(scan.at):%H:%M}", "reason": reason}
    wanted = [Correction(scan.enrolment, minutes)]
    correct_attendance(session, wanted, reason=said[:200], at=at, actor=actor, proven=True)


def _enter(scan: StaffScan, session: Session, *, at: datetime, actor: Any) -> None:
    opens, closes = doors_of(session, CheckKind(scan.kind))
    if not opens <= scan.at <= closes:
        raise refuse(
            "outside_doors",
            _("The time of this scan lies outside the doors of the session."),
            _("Reject it, and correct the minutes on the sheet if the learner was there."),
        )
    CheckEntry.objects.create(
        session=session,
        enrolment=scan.enrolment,
        kind=scan.kind,
        at=scan.at,
        method=CheckMethod.SCAN,
        actor=actor,
        recorded_at=at,
    )


def _moments(scan: StaffScan, session: Session, held: dict[str, datetime]) -> tuple[datetime | None, datetime | None]:
    """Arrival and departure with every accepted scan counted in: the first arrival, the last departure."""
    accepted = StaffScan.objects.filter(
        session=session, enrolment=scan.enrolment_id, decision__act=ScanAct.ACCEPTED
    ).values_list("kind", "at")
    moments = [*held.items(), *accepted, (str(scan.kind), scan.at)]
    arrived = min((at for kind, at in moments if kind == CheckKind.IN), default=None)
    left = max((at for kind, at in moments if kind == CheckKind.OUT), default=None)
    return arrived, left
