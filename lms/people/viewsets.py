"""Roles at the edge of Wagtail's admin: its permission policy answered by ours, and a plain 403 for the wrong role."""

from collections.abc import Callable, Collection
from functools import wraps
from typing import Any

from django.contrib.auth import get_user_model
from django.core.exceptions import PermissionDenied
from django.db.models import Model, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from wagtail.admin.viewsets.model import ModelViewSet
from wagtail.permission_policies.base import BasePermissionPolicy

from lms.people.enums import Role
from lms.people.permissions import RolePolicy

View = Callable[..., HttpResponse]


class RoleModelPermissionPolicy(BasePermissionPolicy):
    """Answers Wagtail from a `RolePolicy`: an action the policy declares under its own name, else `view` for looking
    and `change` for add, change and delete. Actions in `never` are refused to everybody.

    Register it first thing in `wagtail_hooks`: `register_permission_policy(Model, RoleModelPermissionPolicy(...))`.
    """

    def __init__(self, model: type[Model], policy: RolePolicy, *, never: Collection[str] = ()) -> None:
        super().__init__(model)
        self.policy = policy
        self.never = frozenset(never)

    def user_has_permission(self, user: Any, action: str) -> bool:
        return action not in self.never and self.policy.allows(user, self._declared(action))

    def users_with_any_permission(self, actions: Collection[str]) -> QuerySet[Any]:
        roles: set[str] = {Role.ADMINISTRATOR.value} if set(actions) - self.never else set()
        for action in set(actions) - self.never:
            roles |= {role.value for role in self.policy.grants[self._declared(action)]}
        holds = Q(groups__name__in=roles) | Q(is_superuser=bool(roles) or None)
        return get_user_model().objects.filter(holds, is_active=True).distinct()

    def instances_user_has_any_permission_for(self, user: Any, actions: Collection[str]) -> QuerySet[Any]:
        rows = self.model._default_manager
        return rows.all() if self.user_has_any_permission(user, actions) else rows.none()

    def users_with_any_permission_for_instance(self, actions: Collection[str], instance: Model) -> QuerySet[Any]:
        return self.users_with_any_permission(actions)

    def _declared(self, action: str) -> str:
        if action in self.policy.grants:
            return action
        return "view" if action in {"view", "choose"} else "change"


def answer_forbidden(view: View) -> View:
    """Turn a refusal into a 403 page; Wagtail alone would send the user to the admin's home with status 302."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            return view(request, *args, **kwargs)
        except PermissionDenied:
            return render(request, "403.html", status=403)

    return guarded


def role_required(policy: RolePolicy, action: str) -> Callable[[View], View]:
    """Decorator of an admin view, function or `as_view()`: 403 unless the policy allows the action."""

    def decorate(view: View) -> View:
        def checked(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            policy.require(request.user, action)
            return view(request, *args, **kwargs)

        return answer_forbidden(wraps(view)(checked))

    return decorate


class RoleViewSet(ModelViewSet):
    """`ModelViewSet` for models with a `RoleModelPermissionPolicy`: every view answers 403 to the wrong role."""

    copy_view_enabled = False
    add_to_reference_index = False

    def construct_view(self, view_class: type, **kwargs: Any) -> View:
        return answer_forbidden(super().construct_view(view_class, **kwargs))
