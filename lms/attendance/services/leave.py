"""Asking for leave and answering. Approved leave counts as absence (R12), not as misconduct (R13)."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from lms.attendance.enums import LeaveState, SessionState
from lms.attendance.models import LeaveRequest, Session
from lms.attendance.selectors import belongs, is_expected
from lms.attendance.services.announcing import announce
from lms.attendance.services.evidence import attach_evidence
from lms.attendance.services.exclusions import EXCUSED, end_restored
from lms.attendance.services.locking import lock_session, locked_sessions
from lms.attendance.signals import leave_asked, leave_decided, leave_withdrawn
from lms.core.audit import record_act
from lms.core.exceptions import refuse
from lms.files.models import PrivateFile
from lms.programmes.models import Enrolment

LIVE = (LeaveState.PENDING, LeaveState.APPROVED)


def ask_leave(
    enrolment: Enrolment, session: Session, *, reason: str, at: datetime, evidence: PrivateFile | None = None
) -> LeaveRequest:
    """Ask to stay away from one session; as `ask_leaves`."""
    return ask_leaves(enrolment, [session], reason=reason, at=at, evidence=evidence)[0]


@transaction.atomic
def ask_leaves(
    enrolment: Enrolment,
    sessions: Iterable[Session],
    *,
    reason: str,
    at: datetime,
    evidence: PrivateFile | None = None,
) -> Sequence[LeaveRequest]:
    """Ask to stay away from some sessions: a request for each, one file for them all.

    Where a request stands already it is returned as it is. Refuses `reason_missing`, `not_expected`, `session_closed`
    and, once a session has begun, `too_late`; nothing is written then. `leave_asked` is sent on commit.
    """
    wanted = [session.pk for session in sessions]
    locked = list(locked_sessions().filter(pk__in=wanted))
    found, fresh = [], []
    for session in sorted(locked, key=lambda one: (one.starts_at, one.pk)):
        held = LeaveRequest.objects.filter(session=session, enrolment=enrolment, state__in=LIVE).first()
        if held is None:
            _require_askable(enrolment, session, reason, at)
            held = LeaveRequest.objects.create(
                session=session,
                enrolment=enrolment,
                reason=reason.strip(),
                asked_at=at,
                evidence=attach_evidence(evidence),
            )
            fresh.append(held)
        found.append(held)
    if fresh:
        announce(leave_asked, LeaveRequest, leave=fresh[0], leaves=fresh)
    return found


@transaction.atomic
def grant_leave(
    session: Session,
    enrolments: Iterable[Enrolment],
    *,
    reason: str,
    at: datetime,
    actor: Any,
    evidence: PrivateFile | None = None,
) -> Sequence[LeaveRequest]:
    """Leave entered by the class assistant, also afterwards; credited minutes stay as they are (R12).

    A request that waits is approved; leave that stands is left alone. Refuses `reason_missing`, `not_expected`,
    `session_cancelled`. `leave_decided` is sent on commit.
    """
    session = lock_session(session.pk)
    if not reason.strip():
        raise refuse("reason_missing", _("Give a reason."))
    if session.state == SessionState.CANCELLED:
        raise refuse("session_cancelled", _("This session was cancelled."))
    fresh = []
    for enrolment in enrolments:
        if enrolment.term_id != session.term_id or not belongs(session, enrolment):
            raise refuse("not_expected", _("This learner does not belong to the session."))
        held = LeaveRequest.objects.filter(session=session, enrolment=enrolment, state__in=LIVE).first()
        if held is not None and held.state == LeaveState.APPROVED:
            continue
        held = held or LeaveRequest(session=session, enrolment=enrolment, reason=reason.strip(), asked_at=at)
        held.evidence = held.evidence or attach_evidence(evidence)
        held.state, held.decided_by, held.decided_at, held.answer = LeaveState.APPROVED, actor, at, reason.strip()[:200]
        held.save()
        fresh.append(held)
    if fresh:
        _restore(fresh, at=at, actor=actor)
        after = {"learners": len(fresh)}
        record_act("lms_attendance.grant_leave", session, actor=actor, reason=reason, after=after)
    _announce_decided(fresh)
    return fresh


def decide_leave(leave: LeaveRequest, *, approve: bool, answer: str, at: datetime, actor: Any) -> LeaveRequest:
    """Answer one request; as `decide_leaves`."""
    return decide_leaves([leave], approve=approve, answer=answer, at=at, actor=actor)[0]


@transaction.atomic
def decide_leaves(
    leaves: Iterable[LeaveRequest], *, approve: bool, answer: str, at: datetime, actor: Any
) -> Sequence[LeaveRequest]:
    """Approve, or refuse with an answer, all or none of them.

    Refuses `already_decided`, `reason_missing`. `leave_decided` is sent on commit, once for each learner.
    """
    wanted = {leave.pk for leave in leaves}
    found = list(_locked_leaves(wanted))
    if len(found) < len(wanted) or any(leave.state != LeaveState.PENDING for leave in found):
        raise refuse("already_decided", _("This request was already decided or withdrawn."))
    if not approve and not answer.strip():
        raise refuse("reason_missing", _("Give a reason."))
    for leave in found:
        before = {"state": str(leave.state)}
        leave.state = LeaveState.APPROVED if approve else LeaveState.REFUSED
        leave.answer, leave.decided_by, leave.decided_at = answer.strip(), actor, at
        leave.save(update_fields=["state", "answer", "decided_by", "decided_at"])
        after = {"state": str(leave.state)}
        record_act("lms_attendance.decide_leave", leave, actor=actor, reason=answer, before=before, after=after)
    if approve:
        _restore(found, at=at, actor=actor)
    _announce_decided(found)
    return found


def withdraw_leave(leave: LeaveRequest, *, at: datetime, actor: Any, reason: str = "") -> LeaveRequest:
    """Take one request, or the leave that was approved, back; as `withdraw_leaves`."""
    return withdraw_leaves([leave], at=at, actor=actor, reason=reason)[0]


@transaction.atomic
def withdraw_leaves(
    leaves: Iterable[LeaveRequest], *, at: datetime, actor: Any, reason: str = ""
) -> Sequence[LeaveRequest]:
    """Take these back, all or none: requests that wait, and approved leave before its session begins.

    The approval stays on the row beside who took it back and when; one taken back already is returned as it is. Refuses
    `reason_missing` where somebody acts for the learner, `already_decided` (a refused request), `session_closed` and
    `too_late`. `leave_withdrawn` is sent on commit, once for each learner, for what had been approved.
    """
    wanted = {leave.pk: leave.session_id for leave in leaves}
    sessions = {session.pk: session for session in locked_sessions().filter(pk__in=wanted.values())}
    found = list(_locked_leaves(wanted))
    given_up = []
    for leave in found:
        if leave.state == LeaveState.WITHDRAWN:
            continue
        _require_withdrawable(leave, sessions[leave.session_id], at)
        if leave.enrolment.person.user_id != actor.pk and not reason.strip():
            raise refuse("reason_missing", _("Give a reason."))
        before = {"state": str(leave.state)}
        if leave.state == LeaveState.APPROVED:
            given_up.append(leave)
        leave.state, leave.withdrawn_by, leave.withdrawn_at = LeaveState.WITHDRAWN, actor, at
        leave.save(update_fields=["state", "withdrawn_by", "withdrawn_at"])
        after = {"state": str(leave.state)}
        record_act("lms_attendance.withdraw_leave", leave, actor=actor, reason=reason, before=before, after=after)
    for group in _by_learner(given_up):
        announce(leave_withdrawn, LeaveRequest, leave=group[0], leaves=group, actor=actor, reason=reason.strip())
    return found


def _locked_leaves(wanted: Iterable[int]) -> QuerySet[LeaveRequest]:
    """These requests, locked, in order of their sessions."""
    held = LeaveRequest.objects.select_for_update(of=("self",)).filter(pk__in=wanted)
    related = held.select_related("session__course", "enrolment__person", "enrolment__term__programme")
    return related.order_by("session__starts_at", "pk")


def _require_withdrawable(leave: LeaveRequest, session: Session, at: datetime) -> None:
    if leave.state == LeaveState.PENDING:
        return
    if leave.state != LeaveState.APPROVED:
        raise refuse("already_decided", _("This request was already decided or withdrawn."))
    if session.state == SessionState.CLOSED:
        raise refuse(
            "session_closed",
            _("The sheet of this session is closed."),
            _("The leave stands. If you were there all the same, ask the class assistant for a correction."),
        )
    if at >= session.starts_at:
        raise refuse(
            "too_late",
            _("This session has begun; leave for it can no longer be withdrawn."),
            _("Come all the same and check in: what you attend counts, also with leave."),
        )


def _require_askable(enrolment: Enrolment, session: Session, reason: str, at: datetime) -> None:
    if not reason.strip():
        raise refuse("reason_missing", _("Give a reason."))
    if session.term_id != enrolment.term_id or not is_expected(session, enrolment):
        raise refuse("not_expected", _("You are not on the list of this session."))
    if session.state in (SessionState.CLOSED, SessionState.CANCELLED):
        raise refuse("session_closed", _("The sheet of this session is closed."))
    if at >= session.starts_at:
        raise refuse(
            "too_late",
            _("This session has begun; leave can no longer be asked for here."),
            _("Tell the class assistant your reason; she can enter the leave afterwards."),
        )


def _restore(approved: Iterable[LeaveRequest], *, at: datetime, actor: Any) -> None:
    """Where leave is no absence, what was missed on leave counts no longer (R12)."""
    terms = {leave.enrolment.term for leave in approved if not leave.enrolment.term.programme.leave_counts_as_absence}
    for term in sorted(terms, key=lambda one: one.pk):
        learners = {leave.enrolment_id for leave in approved if leave.enrolment.term_id == term.pk}
        end_restored(term, learners, why=EXCUSED, at=at, actor=actor)


def _by_learner(leaves: Iterable[LeaveRequest]) -> Collection[list[LeaveRequest]]:
    found: dict[int, list[LeaveRequest]] = defaultdict(list)
    for leave in leaves:
        found[leave.enrolment_id].append(leave)
    return found.values()


def _announce_decided(leaves: Iterable[LeaveRequest]) -> None:
    for group in _by_learner(leaves):
        announce(leave_decided, LeaveRequest, leave=group[0], leaves=group)
