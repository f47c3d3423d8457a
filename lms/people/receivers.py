"""Every role has its group, every staff role may open Wagtail's admin, and a sign-in notes a consent that is due."""

from typing import Any

from django.contrib.auth.models import Group, Permission
from django.utils import timezone

from lms.people.conf import CONSENT_DUE
from lms.people.enums import Role
from lms.people.selectors import consents_due, person_of

NO_BACK_OFFICE = {Role.UNIT_CONTACT}


def make_role_groups(sender: Any, **kwargs: Any) -> None:
    """post_migrate: idempotent."""
    access = Permission.objects.filter(content_type__app_label="wagtailadmin", codename="access_admin").first()
    for role in Role:
        group, _made = Group.objects.get_or_create(name=role.value)
        if access and role not in NO_BACK_OFFICE:
            group.permissions.add(access)


def mark_consent_due(sender: Any, *, request: Any, user: Any, **kwargs: Any) -> None:
    """user_logged_in: the session remembers that texts are to be agreed to, so that no later page has to ask."""
    if request is None or not hasattr(request, "session"):
        return
    person = person_of(user)
    if person is not None and consents_due(person, at=timezone.now()):
        request.session[CONSENT_DUE] = True
    else:
        request.session.pop(CONSENT_DUE, None)
