"""Who runs which class in the classroom."""

from collections.abc import Iterable
from typing import Any

from django.db.models import Q

from lms.attendance.models import Session
from lms.people.enums import Role
from lms.people.permissions import policy, roles_of
from lms.programmes.models import ClassGroup, Enrolment, Term

session_policy = policy(
    view={Role.ASSISTANT, Role.INSTRUCTOR, Role.SUPERVISOR},
    change={Role.ASSISTANT},
)
sheet_policy = policy(
    view={Role.ASSISTANT, Role.INSTRUCTOR, Role.SUPERVISOR},
    board={Role.ASSISTANT, Role.INSTRUCTOR},
    correct={Role.ASSISTANT},
    close={Role.ASSISTANT},
)
paper_policy = policy(
    view={Role.ASSISTANT, Role.INSTRUCTOR},
    enter={Role.ASSISTANT},
    confirm={Role.ASSISTANT, Role.INSTRUCTOR},
)
flag_policy = policy(view={Role.ASSISTANT}, decide={Role.ASSISTANT})
device_policy = policy(view={Role.ASSISTANT, Role.INSTRUCTOR}, decide={Role.ASSISTANT, Role.INSTRUCTOR})
scan_policy = policy(view={Role.ASSISTANT, Role.INSTRUCTOR}, decide={Role.ASSISTANT})
leave_policy = policy(view={Role.ASSISTANT}, decide={Role.ASSISTANT})
classroom_policy = policy(view={Role.ASSISTANT, Role.INSTRUCTOR}, change={Role.ASSISTANT, Role.INSTRUCTOR})
unit_policy = policy(view={Role.UNIT_CONTACT})
exclusion_policy = policy(view={Role.ASSISTANT, Role.SUPERVISOR}, decide={Role.ASSISTANT})


EVERY_CLASS = frozenset({Role.ADMINISTRATOR, Role.INSTRUCTOR, Role.SUPERVISOR})


class RunScope:
    """Which learners of a term a member of staff answers for: all of them, or those of her own classes.

    Only a class assistant is narrowed, and only by classes that list other assistants and not her.
    """

    def __init__(self, user: Any, term: Term) -> None:
        self.closed_to_user: frozenset[int] = frozenset()
        if roles_of(user).isdisjoint(EVERY_CLASS):
            groups = ClassGroup.objects.filter(term=term, assistants__isnull=False)
            mine = groups.filter(assistants=user).values("pk")
            self.closed_to_user = frozenset(groups.exclude(pk__in=mine).values_list("pk", flat=True))

    def covers(self, enrolment: Enrolment) -> bool:
        """Whether this learner is hers."""
        return enrolment.group_id not in self.closed_to_user

    def covers_session(self, session: Session) -> bool:
        """Whether she may run the session: it is for everybody, or for a class of hers."""
        return self.covers_groups(session.groups.all())

    def covers_groups(self, groups: Iterable[ClassGroup]) -> bool:
        """Whether one of these classes is hers; none at all means everybody."""
        chosen = {group.pk for group in groups}
        return not chosen or not chosen <= self.closed_to_user


def in_charge(user: Any, path: str) -> Q:
    """The same as `RunScope`, as a condition on the class that `path` leads to; use `distinct` over several classes."""
    if not roles_of(user).isdisjoint(EVERY_CLASS):
        return Q()
    return (
        Q(**{f"{path}__isnull": True}) | Q(**{f"{path}__assistants__isnull": True}) | Q(**{f"{path}__assistants": user})
    )
