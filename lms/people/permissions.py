"""Policy objects: which role may do what."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from allauth.mfa.utils import is_mfa_enabled
from django.core.exceptions import PermissionDenied

from lms.core.conf import core_settings
from lms.people.enums import Role

_ROLES = "_lms_roles"
_FACTOR = "_lms_second_factor"


def roles_of(user: Any) -> frozenset[str]:
    """Roles a user may act in now: none while the second factor that staff must have is not set up."""
    return frozenset() if lacks_second_factor(user) else held_roles(user)


def lacks_second_factor(user: Any) -> bool:
    """Whether she holds a role, the site wants a second factor of staff, and she has none yet."""
    if not core_settings.STAFF_SECOND_FACTOR or not held_roles(user):
        return False
    if not hasattr(user, _FACTOR):
        setattr(user, _FACTOR, is_mfa_enabled(user))
    return not getattr(user, _FACTOR)


def held_roles(user: Any) -> frozenset[str]:
    """Role values given to a user, one query a request; a superuser holds them all. Rights come from `roles_of`."""
    if not user.is_authenticated or not user.is_active:
        return frozenset()
    if user.is_superuser:
        return frozenset(Role.values)
    if not hasattr(user, _ROLES):
        names = user.groups.values_list("name", flat=True)
        setattr(user, _ROLES, frozenset(names) & frozenset(Role.values))
    roles: frozenset[str] = getattr(user, _ROLES)
    return roles


def works_in_back_office(user: Any) -> bool:
    """Whether she holds a role with work there; who only speaks for an employing unit has none."""
    return bool(held_roles(user) - {Role.UNIT_CONTACT})


@dataclass(frozen=True)
class RolePolicy:
    """For one model or screen: action -> roles that may. The administrator may everything that is declared."""

    grants: Mapping[str, frozenset[Role]]

    def allows(self, user: Any, action: str) -> bool:
        """KeyError on an undeclared action: a typing slip must not open a door."""
        wanted = self.grants[action] | {Role.ADMINISTRATOR}
        return not wanted.isdisjoint(roles_of(user))

    def require(self, user: Any, action: str) -> None:
        """Raise PermissionDenied (403) unless allowed."""
        if not self.allows(user, action):
            raise PermissionDenied


def policy(**grants: set[Role]) -> RolePolicy:
    """`policy(view={Role.ASSISTANT}, change=set())`."""
    return RolePolicy({action: frozenset(roles) for action, roles in grants.items()})


person_policy = policy(
    view={Role.ASSISTANT, Role.REVIEWER, Role.FINANCE, Role.EXAMINER},
    change={Role.ASSISTANT, Role.REVIEWER},
    reveal_id={Role.REVIEWER},
    grant_role=set(),
)
audit_policy = policy(view=set())
unit_policy = policy(view={Role.ASSISTANT, Role.REVIEWER, Role.FINANCE}, change={Role.REVIEWER})
