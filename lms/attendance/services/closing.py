"""Closing a sheet, crediting the class-hour ledger, and correcting afterwards."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from lms.attendance.conf import attendance_settings
from lms.attendance.enums import SessionState
from lms.attendance.models import AttendanceMark, Session
from lms.attendance.selectors import belongs, session_rows
from lms.attendance.services.announcing import announce
from lms.attendance.services.crediting import credit_rows
from lms.attendance.services.evidence import attach_evidence
from lms.attendance.services.exclusions import CLOSED
from lms.attendance.services.headcounts import headcount_refusal
from lms.attendance.services.locking import lock_session
from lms.attendance.services.prompts import drop_planned
from lms.attendance.services.warning import announce_absence
from lms.attendance.signals import attendance_corrected, session_closed
from lms.core.audit import record_act
from lms.core.exceptions import DomainError, refuse
from lms.files.models import PrivateFile
from lms.programmes.models import Enrolment


@dataclass(frozen=True)
class Correction:
    """These class minutes are to count for the learner; None goes back to what check-in and check-out give."""

    enrolment: Enrolment
    minutes: int | None


@transaction.atomic
def close_session(session: Session, *, at: datetime, actor: Any, without_headcount: str = "") -> Session:
    """Close the sheet and credit everybody's minutes to the ledger (R2, R12). Closing twice changes nothing.

    With the layer "headcount" the latest headcount must match the record, else `headcount_missing` or
    `headcount_differs`; `without_headcount` is the reason of a person who signs the sheet off all the same.

    What is proven in a make-up session restores the sessions missed. Refuses `not_begun` and `session_cancelled`.
    `session_closed`, `absence_limit_near` and `absence_in_a_row` are sent on commit.
    """
    session = lock_session(session.pk)
    if session.state == SessionState.CLOSED:
        return session
    if session.state == SessionState.CANCELLED:
        raise refuse("session_cancelled", _("This session was cancelled."))
    if at < session.starts_at:
        raise refuse("not_begun", _("A session cannot be closed before it starts."))
    uncounted = headcount_refusal(session)
    if uncounted is not None and not without_headcount.strip():
        raise DomainError(uncounted)
    drop_planned(session, at=at)
    before = {"state": str(session.state)}
    session.state, session.closed_at, session.closed_by = SessionState.CLOSED, at, actor
    session.save(update_fields=["state", "closed_at", "closed_by"])
    rows = session_rows(session)
    credit_rows(session, rows, at=at, actor=actor, why=CLOSED)
    earned = sum(cell.proven for _seat, cell in rows)
    record_act(
        "lms_attendance.close",
        session,
        actor=actor,
        reason=without_headcount.strip()[:200] if uncounted else "",
        before=before,
        after={
            **(uncounted.figures if uncounted else {}),
            "state": str(session.state),
            "learners": sum(cell.counts for _seat, cell in rows),
            "minutes": earned,
        },
    )
    expected = [seat.pk for seat, cell in rows if cell.counts]
    if not session.make_up:
        transaction.on_commit(lambda: announce_absence(session, expected), robust=True)
    announce(session_closed, Session, session=session)
    return session


@transaction.atomic
def correct_attendance(
    session: Session,
    corrections: Iterable[Correction],
    *,
    reason: str,
    at: datetime,
    actor: Any,
    evidence: PrivateFile | None = None,
    proven: bool = False,
) -> Sequence[AttendanceMark]:
    """Let other minutes count for some learners, as new rows with a reason; after closing the ledger follows at once.

    `evidence` is one file for them all; `proven` says that a journal holds the proof, as of a signed scan. Refuses
    `reason_missing`, `evidence_missing` (where a setting asks for a file), `minutes_out_of_range`, `not_expected`,
    `session_cancelled`; nothing is written then. `attendance_corrected` is sent on commit for each, and
    `absence_limit_near` where the outlook became worse.
    """
    wanted = {correction.enrolment.pk: correction for correction in corrections}
    session = lock_session(session.pk)
    _require_correctable(session, wanted.values(), reason)
    if not proven:
        _require_evidence(evidence)
    last = _last_revisions(session, wanted)
    held = [row for row in session_rows(session) if row[0].pk in wanted]
    before = {seat.pk: cell.proven for seat, cell in held}
    missed = {seat.pk: cell.missed for seat, cell in held}
    marks = AttendanceMark.objects.bulk_create(
        AttendanceMark(
            session=session,
            enrolment=correction.enrolment,
            revision=last.get(pk, 0) + 1,
            minutes=correction.minutes,
            reason=reason.strip(),
            evidence=attach_evidence(evidence),
            actor=actor,
            at=at,
        )
        for pk, correction in wanted.items()
    )
    rows = [row for row in session_rows(session) if row[0].pk in wanted]
    if session.state == SessionState.CLOSED:
        credit_rows(session, rows, at=at, actor=actor)
        now = {seat.pk: cell.proven for seat, cell in rows}
        fewer = [pk for pk in wanted if now.get(pk, 0) < before.get(pk, 0)]
        transaction.on_commit(lambda: announce_absence(session, fewer, before=missed), robust=True)
    numbers = {pk: correction.enrolment.number for pk, correction in wanted.items()}
    record_act(
        "lms_attendance.correct",
        session,
        actor=actor,
        reason=reason,
        before={"minutes_by_seat": {numbers[pk]: minutes for pk, minutes in before.items()}},
        after={"minutes_by_seat": {numbers[pk]: correction.minutes for pk, correction in wanted.items()}},
    )
    after = {seat.pk: cell.proven for seat, cell in rows}
    for mark in marks:
        figures = {"before": before.get(mark.enrolment_id, 0), "after": after.get(mark.enrolment_id, 0)}
        announce(attendance_corrected, AttendanceMark, mark=mark, **figures)
    return marks


def _require_correctable(session: Session, corrections: Iterable[Correction], reason: str) -> None:
    if not reason.strip():
        raise refuse("reason_missing", _("Give a reason."))
    if session.state == SessionState.CANCELLED:
        raise refuse("session_cancelled", _("This session was cancelled."))
    for correction in corrections:
        if correction.minutes is not None and not 0 <= correction.minutes <= session.minutes:
            raise refuse(
                "minutes_out_of_range",
                _("The minutes must lie between 0 and %(most)s.") % {"most": session.minutes},
                most=session.minutes,
            )
        if correction.enrolment.term_id != session.term_id or not belongs(session, correction.enrolment):
            raise refuse("not_expected", _("This learner does not belong to the session."))


def _require_evidence(evidence: PrivateFile | None) -> None:
    if evidence is None and attendance_settings.CORRECTION_NEEDS_EVIDENCE:
        raise refuse("evidence_missing", _("Attach a photo or PDF that proves it."))


def _last_revisions(session: Session, wanted: Iterable[int]) -> dict[int, int]:
    marks = AttendanceMark.objects.filter(session=session, enrolment__in=list(wanted)).order_by()
    return dict(marks.values_list("enrolment_id").annotate(last=Max("revision")))
