"""Who may issue, print and revoke certificates."""

from typing import Any

from django.db.models import QuerySet

from lms.certificates.models import Certificate
from lms.people.enums import Role
from lms.people.permissions import policy
from lms.programmes.models import Enrolment
from lms.programmes.permissions import seats_open_to

certificate_policy = policy(
    view={Role.ASSISTANT, Role.EXAMINER, Role.REVIEWER, Role.SUPERVISOR},
    issue=set(),
    print={Role.ASSISTANT},
    propose={Role.ASSISTANT, Role.EXAMINER, Role.REVIEWER},
    revoke=set(),
)


def open_to(user: Any, certificates: QuerySet[Certificate]) -> QuerySet[Certificate]:
    """Those of `certificates` this member of staff answers for: a class assistant for those of her classes."""
    seats = Enrolment.objects.all()
    own = seats_open_to(user, seats, certificate_policy)
    return certificates if own is seats else certificates.filter(enrolment__in=own)


def may_open(user: Any, certificate: Certificate) -> bool:
    """The holder opens her own certificate, staff those they answer for."""
    if certificate.enrolment.person.user_id == user.pk:
        return True
    held = Certificate.objects.filter(pk=certificate.pk)
    return certificate_policy.allows(user, "view") and open_to(user, held).exists()
