"""Sign-in by mobile number besides the user name, and the one name under which failures of an account count."""

from collections.abc import Mapping
from typing import Any

from django.contrib.auth import get_user_model
from django.contrib.auth.backends import ModelBackend
from django.http import HttpRequest

from lms.core.fields import blind_index
from lms.people.models import Person
from lms.people.rules import fold_width, read_phone

LOCK_CONTEXT = "lms_people.unknown_login"


class PhoneBackend(ModelBackend):
    """Takes a mainland mobile number as the login name; anything else is left to the next backend."""

    def authenticate(
        self, request: HttpRequest | None, username: str | None = None, password: str | None = None, **kwargs: Any
    ) -> Any:
        phone = read_phone(username or "")
        if not phone or password is None:
            return None
        person = Person.objects.select_related("user").filter(phone=phone).first()
        if person is None:
            get_user_model()().set_password(password)
            return None
        user = person.user
        return user if user.check_password(password) and self.user_can_authenticate(user) else None


def lock_name(request: HttpRequest | None, credentials: Mapping[str, Any] | None = None) -> str:
    """AXES_USERNAME_CALLABLE: the user name behind whatever was typed, so that no spelling has tries of its own.

    What belongs to nobody may be an ID number or a password in the wrong field: it is kept as a keyed digest.
    """
    given = credentials or {}
    typed = str(given.get("login") or given.get("username") or (request.POST.get("login") if request else "") or "")
    phone, users = read_phone(typed), get_user_model().objects
    name = users.filter(person__phone=phone).values_list("username", flat=True).first() if phone else None
    name = name or users.filter(username=typed).values_list("username", flat=True).first()
    return name or f"?{blind_index(fold_width(typed).casefold(), context=LOCK_CONTEXT)}"
