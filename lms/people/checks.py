"""Start-up checks of signing in."""

from typing import Any

from django.contrib.auth.views import LoginView
from django.core.checks import CheckMessage, Error, register
from django.urls import NoReverseMatch, resolve, reverse

from lms.core.conf import core_settings
from lms.core.gates import unimportable
from lms.people.conf import people_settings

DOORS = ("wagtailadmin_login", "wagtailcore_login")


@register()
def check_doors(app_configs: Any = None, **kwargs: Any) -> list[CheckMessage]:
    """Where staff need a second factor, no form may sign somebody in with the password alone."""
    if not core_settings.STAFF_SECOND_FACTOR:
        return []
    return [
        Error(
            f"{path} signs staff in with the password alone, without the second factor.",
            hint=f'Put path("{path[1:]}", RedirectView.as_view(pattern_name="account_login", query_string=True)) '
            "before Wagtail's addresses.",
            id="lms_people.E001",
        )
        for path in map(_path_of, DOORS)
        if path and issubclass(getattr(resolve(path).func, "view_class", object), LoginView)
    ]


@register()
def check_scopes(app_configs: Any = None, **kwargs: Any) -> list[CheckMessage]:
    """A scope that cannot be imported must not start: it would show nobody, or everybody."""
    return unimportable("LMS_PEOPLE_SCOPES", people_settings.SCOPES, check="lms_people.E002")


def _path_of(name: str) -> str:
    try:
        return reverse(name)
    except NoReverseMatch:
        return ""
