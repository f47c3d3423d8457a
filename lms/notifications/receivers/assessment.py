"""Exams, results, certificates and appeals."""

from typing import Any

from django.utils import timezone

from lms.notifications.enums import NoticeKind as Kind
from lms.notifications.receivers.listening import address, learners, on
from lms.notifications.services import tell
from lms.people.enums import Role
from lms.people.selectors import users_with_role


@on("lms.exams", "exam_published")
def tell_exam_published(exam: Any, **facts: Any) -> None:
    tell(
        learners(exam.term_id),
        Kind.EXAM_PUBLISHED,
        key=f"exam_published:{exam.pk}",
        at=timezone.now(),
        url=address("lms_exams:exam", exam.pk),
        params={
            "title": exam.title,
            "opens_at": exam.opens_at,
            "closes_at": exam.closes_at,
            "minutes": exam.duration_minutes,
        },
    )


@on("lms.grading", "result_released")
def tell_result(result: Any, revised: bool = False, **facts: Any) -> None:
    enrolment = result.enrolment
    tell(
        [enrolment.person.user],
        Kind.RESULT_REVISED if revised else Kind.RESULT_RELEASED,
        key=f"result:{result.pk}",
        at=timezone.now(),
        url=address("lms_grading:mine"),
        params={"reason": result.reason, "days": enrolment.term.programme.appeal_working_days},
    )


@on("lms.certificates", "certificate_issued")
def tell_certificate(certificate: Any, **facts: Any) -> None:
    tell(
        [certificate.enrolment.person.user],
        Kind.CERTIFICATE_ISSUED,
        key=f"certificate:{certificate.pk}",
        at=certificate.issued_at,
        url=address("lms_certificates:mine"),
        params={"number": certificate.number},
    )


@on("lms.certificates", "certificate_revoked")
def tell_certificate_revoked(certificate: Any, **facts: Any) -> None:
    tell(
        [certificate.enrolment.person.user],
        Kind.CERTIFICATE_REVOKED,
        key=f"certificate_revoked:{certificate.pk}",
        at=certificate.revoked_at,
        url=address("lms_certificates:mine"),
        params={"number": certificate.number, "reason": certificate.revoke_reason},
    )


@on("lms.appeals", "appeal_decided")
def tell_appeal_decided(appeal: Any, **facts: Any) -> None:
    tell(
        [appeal.enrolment.person.user],
        Kind.APPEAL_UPHELD if appeal.state == "upheld" else Kind.APPEAL_REJECTED,
        key=f"appeal_decided:{appeal.pk}",
        at=appeal.decided_at,
        url=address("lms_appeals:detail", appeal.pk),
        params={"title": appeal.title, "reason": appeal.reason},
    )


@on("lms.appeals", "appeal_filed")
def tell_appeal_filed(appeal: Any, **facts: Any) -> None:
    tell(
        users_with_role(Role.ADMINISTRATOR),
        Kind.APPEAL_FILED,
        key=f"appeal_filed:{appeal.pk}",
        at=appeal.filed_at,
        params={"title": appeal.title, "name": appeal.enrolment.person.name},
    )
