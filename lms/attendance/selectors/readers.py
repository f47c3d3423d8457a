"""Who may open the files that attendance keeps (LMS_FILES_READERS)."""

from collections.abc import Iterable
from typing import Any

from django.db.models import QuerySet

from lms.attendance.enums import EvidenceKind
from lms.attendance.models import AttendanceMark, LeaveRequest, PaperSheet
from lms.attendance.permissions import RunScope, leave_policy, paper_policy, sheet_policy
from lms.files.models import PrivateFile


def may_read_evidence(file: PrivateFile, user: Any) -> bool:
    """Staff who see the sheet, the roll or the request of these learners; the learner too, when the
    correction or leave is about her alone.
    """
    if file.kind not in EvidenceKind.values:
        return False
    return _reads_roll(file, user) or _reads_correction(file, user) or _reads_leave(file, user)


def open_files(user: Any, rows: Iterable[Any]) -> set[Any]:
    """Keys of the files of these corrections or requests that a learner may open: her own, and those about her."""
    files = {row.evidence_id: row.evidence for row in rows if row.evidence_id is not None}
    return {pk for pk, file in files.items() if file.owner_id == user.pk or may_read_evidence(file, user)}


def _reads_roll(file: PrivateFile, user: Any) -> bool:
    if not paper_policy.allows(user, "view"):
        return False
    sheets = PaperSheet.objects.filter(evidence=file).select_related("roll__session__term")
    return any(RunScope(user, sheet.roll.session.term).covers_session(sheet.roll.session) for sheet in sheets)


def _reads_correction(file: PrivateFile, user: Any) -> bool:
    marks = AttendanceMark.objects.filter(evidence=file)
    if is_only_about(user, marks):
        return True
    if not sheet_policy.allows(user, "view"):
        return False
    held = marks.select_related("session__term", "enrolment")
    first = held.first()
    scope = RunScope(user, first.session.term) if first is not None else None
    return scope is not None and any(scope.covers(mark.enrolment) for mark in held)


def _reads_leave(file: PrivateFile, user: Any) -> bool:
    requests = LeaveRequest.objects.filter(evidence=file)
    if is_only_about(user, requests):
        return True
    if not leave_policy.allows(user, "view"):
        return False
    held = list(requests.select_related("session__term", "enrolment"))
    return any(RunScope(user, leave.session.term).covers(leave.enrolment) for leave in held)


def is_only_about(user: Any, rows: QuerySet[Any]) -> bool:
    """Whether every one of these rows is hers: a file about several learners is for staff."""
    return set(rows.order_by().values_list("enrolment__person__user", flat=True)) == {user.pk}
