"""Consent before anything else, and the second factor of staff."""

from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _

from lms.core.conf import core_settings
from lms.people.conf import CONSENT_DUE
from lms.people.permissions import lacks_second_factor

Handler = Callable[[HttpRequest], HttpResponse]
OPEN_PREFIXES = ("/accounts/", "/i18n/", "/static/", "/media/")


class ConsentMiddleware:
    """Sends a person whose session is marked `consent due` at sign-in to the texts first.

    Reads the session only, never the database; posts pass, so no answer and no check-in is lost to it.
    """

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.method == "GET" and self._stops(request):
            return redirect(f"{reverse('lms_people:consent')}?{urlencode({'next': request.get_full_path()})}")
        return self.get_response(request)

    def _stops(self, request: HttpRequest) -> bool:
        session: Any = request.session
        if not session.get(CONSENT_DUE):
            return False
        return not request.path.startswith((*OPEN_PREFIXES, reverse("lms_people:consent")))


class SecondFactorMiddleware:
    """With LMS_STAFF_SECOND_FACTOR, staff without a second factor are led to its set-up.

    Every address of the back office leads there, and every page that was refused: `roles_of` gives such staff no
    role anywhere, so the board or a moderation needs no list here. Other requests cost nothing.
    """

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not core_settings.STAFF_SECOND_FACTOR:
            return self.get_response(request)
        if request.path.startswith("/admin/") and lacks_second_factor(request.user):
            return self._lead(request)
        response = self.get_response(request)
        if _is_refused_page(request, response) and lacks_second_factor(request.user):
            return self._lead(request)
        return response

    def _lead(self, request: HttpRequest) -> HttpResponse:
        messages.warning(request, _("Set up a second factor first; the back office opens after that."))
        return redirect("mfa_index")


def _is_refused_page(request: HttpRequest, response: HttpResponse) -> bool:
    if response.status_code != 403 or request.path.startswith(OPEN_PREFIXES):
        return False
    return response.headers.get("Content-Type", "").startswith("text/html")
