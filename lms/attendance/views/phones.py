"""What a phone brings along: a cookie that tells it apart, and how many outdated codes it tried."""

import secrets
from dataclasses import dataclass
from datetime import timedelta

from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from lms.attendance.tokens import mark_device, read_tries, seal_tries
from lms.core.conf import core_settings

DEVICE, TRIES = "lms_device", "lms_tries"
DEVICE_AGE = timedelta(days=400)
TRIES_AGE = timedelta(hours=1)
MOST_TRIES = 999
LENGTH = 32


@dataclass(frozen=True)
class Phone:
    """The browser behind a request. `fresh` means that its cookie still has to be set."""

    cookie: str
    fresh: bool

    @property
    def mark(self) -> str:
        """What is kept of it: a keyed hash, of which the cookie cannot be found again."""
        return mark_device(core_settings.CODE_KEY, self.cookie)

    def keep(self, request: HttpRequest, response: HttpResponse) -> None:
        """Let the browser remember itself."""
        if self.fresh:
            set_cookie(request, response, DEVICE, self.cookie, DEVICE_AGE)


def phone_of(request: HttpRequest) -> Phone:
    """The phone of this request; one that is new here gets 128 random bits, the same all through the request."""
    held = request.COOKIES.get(DEVICE, "")
    known = len(held) == LENGTH and held.isascii() and held.isalnum()
    phone: Phone = vars(request).setdefault("lms_phone", Phone(held if known else secrets.token_hex(16), not known))
    return phone


def known_mark(request: HttpRequest) -> str:
    """The mark of the phone, "" when it brought no cookie."""
    phone = phone_of(request)
    return "" if phone.fresh else phone.mark


def stale_tries(request: HttpRequest, session_id: int) -> int:
    """How many outdated codes of this session were tried in this browser."""
    return read_tries(core_settings.CODE_KEY, request.COOKIES.get(TRIES, ""), session_id)


def count_stale_try(request: HttpRequest, response: HttpResponse, session_id: int) -> None:
    """One more; kept in the browser, because reading a page never writes."""
    tries = min(MOST_TRIES, stale_tries(request, session_id) + 1)
    set_cookie(request, response, TRIES, seal_tries(core_settings.CODE_KEY, session_id, tries), TRIES_AGE)


def set_cookie(request: HttpRequest, response: HttpResponse, name: str, value: str, age: timedelta) -> None:
    """A cookie of the attendance pages that no script reads."""
    response.set_cookie(
        name,
        value,
        max_age=int(age.total_seconds()),
        path=reverse("lms_attendance:overview"),
        httponly=True,
        samesite="Lax",
        secure=request.is_secure(),
    )
