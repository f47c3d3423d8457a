"""Who may see and change terms, classes and enrolments."""

from typing import Any

from django.db.models import Q, QuerySet

from lms.people.enums import Role
from lms.people.models import Person
from lms.people.permissions import RolePolicy, person_policy, policy, roles_of
from lms.programmes.enums import EnrolmentState
from lms.programmes.models import ClassGroup, Enrolment

programme_policy = policy(
    view={Role.ASSISTANT, Role.INSTRUCTOR, Role.EXAMINER, Role.REVIEWER, Role.FINANCE, Role.SUPERVISOR},
    change=set(),
)
term_policy = policy(
    view={Role.ASSISTANT, Role.INSTRUCTOR, Role.EXAMINER, Role.REVIEWER, Role.FINANCE, Role.SUPERVISOR},
    change=set(),
)
enrolment_policy = policy(
    view={Role.ASSISTANT, Role.EXAMINER, Role.REVIEWER, Role.SUPERVISOR},
    import_list={Role.ASSISTANT},
    change={Role.ASSISTANT, Role.REVIEWER},
)


def assists(user: Any, group: ClassGroup) -> bool:
    """Whether the user runs this class: administrators always, assistants when listed (or when nobody is listed)."""
    roles = roles_of(user)
    if Role.ADMINISTRATOR in roles:
        return True
    listed = set(group.assistants.values_list("pk", flat=True))
    return Role.ASSISTANT in roles and (not listed or user.pk in listed)


def seats_open_to(user: Any, seats: QuerySet[Enrolment], policy: RolePolicy) -> QuerySet[Enrolment]:
    """The seats of `seats` this user may look at on a screen of `policy`; no statement of its own.

    Who looks as a class assistant only sees her classes, those that list nobody, and seats without a class.
    """
    whole = (policy.grants["view"] | {Role.ADMINISTRATOR}) - {Role.ASSISTANT}
    if not whole.isdisjoint(roles_of(user)):
        return seats
    mine = ClassGroup.objects.filter(assistants=user)
    others = ClassGroup.objects.filter(assistants__isnull=False).exclude(pk__in=mine.values("pk"))
    return seats.exclude(group__in=others.values("pk"))


def people_of_own_classes(user: Any, people: QuerySet[Person]) -> QuerySet[Person]:
    """`LMS_PEOPLE_SCOPES`: a class assistant does not meet learners whose seats are all in the classes of others."""
    seats = Enrolment.objects.filter(state__in=[EnrolmentState.ACTIVE, EnrolmentState.COMPLETED])
    own = seats_open_to(user, seats, person_policy)
    if own is seats:
        return people
    return people.filter(Q(pk__in=own.values("person")) | ~Q(pk__in=seats.values("person")))
