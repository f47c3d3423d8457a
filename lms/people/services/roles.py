"""Giving and taking roles."""

from typing import Any

from django.contrib.auth.models import Group
from django.db import transaction
from django.utils.translation import gettext as _

from lms.core.audit import record_act
from lms.core.exceptions import refuse
from lms.people.enums import Role
from lms.people.selectors import users_with_role
from lms.people.signals import role_changed


@transaction.atomic
def grant_role(user: Any, role: Role, *, actor: Any = None) -> None:
    """Give a role; giving it twice changes nothing."""
    before = _roles(user)
    user.groups.add(role_group(role))
    _announce_role(user, role, actor, before, granted=True)


@transaction.atomic
def revoke_role(user: Any, role: Role, *, actor: Any = None) -> None:
    """Take a role away. Refuses `last_administrator`: somebody must be able to give roles."""
    if role == Role.ADMINISTRATOR and not users_with_role(role).exclude(pk=user.pk).exists():
        raise refuse("last_administrator", _("There must be at least one administrator."))
    before = _roles(user)
    user.groups.remove(role_group(role))
    _announce_role(user, role, actor, before, granted=False)


def role_group(role: Role) -> Group:
    """The Django group that stands for the role."""
    return Group.objects.get_or_create(name=role.value)[0]


def _roles(user: Any) -> list[str]:
    return sorted(user.groups.filter(name__in=Role.values).values_list("name", flat=True))


def _announce_role(user: Any, role: Role, actor: Any, before: list[str], *, granted: bool) -> None:
    user.__dict__.pop("_lms_roles", None)
    verb = "lms_people.grant_role" if granted else "lms_people.revoke_role"
    record_act(verb, user, actor=actor, before={"roles": before}, after={"role": role.value, "roles": _roles(user)})
    transaction.on_commit(lambda: role_changed.send(type(user), user=user, role=role, granted=granted))
