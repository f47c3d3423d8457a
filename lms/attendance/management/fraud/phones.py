"""Phones and their apps: each app has cookies of its own and sends the requests its pages would send."""

import re
from datetime import datetime
from importlib import import_module
from io import BytesIO
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.core.handlers.wsgi import WSGIHandler, WSGIRequest
from django.http import HttpResponseBase
from django.urls import reverse

from lms.attendance.conf import attendance_settings
from lms.attendance.models import Board, Session
from lms.attendance.tokens import board_code
from lms.core.conf import core_settings

TOKEN = re.compile(rb'name="csrfmiddlewaretoken" value="([^"]+)"')
TICKET = re.compile(rb'name="ticket" value="([^"]+)"')
DIGITS = re.compile(r"data-typed>(\d{6})<")
ROOM_NETWORK, OUTSIDE = "10.20.0.9", "203.0.113.{}"


class App:
    """A browser or WeChat on one phone: cookies, and the address its network shows."""

    def __init__(self, handler: WSGIHandler, address: str) -> None:
        self.handler = handler
        self.address = address
        self.cookies: dict[str, str] = {}
        self.holder: Any = None
        self._known: set[int] = set()

    def unknown_to(self, learner: int) -> bool:
        """Whether this learner has not yet seen this app pass as hers."""
        return learner not in self._known

    def known_by(self, learner: int) -> None:
        """She asked, or was not asked to."""
        self._known.add(learner)

    def get(self, path: str) -> HttpResponseBase:
        """A page."""
        return self._send("GET", path, b"")

    def post(self, path: str, fields: dict[str, Any], *, script: bool = False) -> HttpResponseBase:
        """A form, with the CSRF token of the page before it."""
        body = urlencode({"csrfmiddlewaretoken": self.cookies.get(settings.CSRF_COOKIE_NAME, ""), **fields}).encode()
        return self._send("POST", path, body, accept="application/json" if script else "text/html")

    def sign_in(self, user: Any) -> None:
        """As the sign-in page leaves it; passwords are not what is tried here."""
        store = import_module(settings.SESSION_ENGINE).SessionStore()
        store[SESSION_KEY] = str(user.pk)
        store[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[-1]
        store[HASH_SESSION_KEY] = user.get_session_auth_hash()
        store.save()
        self.cookies[settings.SESSION_COOKIE_NAME] = store.session_key
        self.holder = user

    def _send(self, method: str, path: str, body: bytes, accept: str = "text/html") -> HttpResponseBase:
        place, _mark, query = path.partition("?")
        request = WSGIRequest(
            {
                "REQUEST_METHOD": method,
                "PATH_INFO": place,
                "QUERY_STRING": query,
                "SERVER_NAME": "play.example",
                "SERVER_PORT": "80",
                "SERVER_PROTOCOL": "HTTP/1.1",
                "REMOTE_ADDR": self.address,
                "HTTP_ACCEPT": accept,
                "HTTP_COOKIE": "; ".join(f"{name}={value}" for name, value in self.cookies.items()),
                "CONTENT_TYPE": "application/x-www-form-urlencoded",
                "CONTENT_LENGTH": str(len(body)),
                "wsgi.input": BytesIO(body),
                "wsgi.url_scheme": "http",
            }
        )
        response = self.handler.get_response(request)
        for name, morsel in response.cookies.items():
            if morsel["max-age"] == 0:
                self.cookies.pop(name, None)
            else:
                self.cookies[name] = morsel.value
        response.close()
        return response


class Phone:
    """Two apps that know nothing of each other, as on a real phone."""

    def __init__(self, handler: WSGIHandler, number: int, *, wifi: bool) -> None:
        address = ROOM_NETWORK if wifi else OUTSIDE.format(number % 250)
        self.apps = {"camera": App(handler, address), "wechat": App(handler, address)}


def seen_code(session: Session, kind: str, at: datetime) -> str:
    """The address in the QR code as a camera reads it off the board at this moment."""
    board = Board.objects.filter(session=session).order_by("-pk")[0]
    seconds = attendance_settings.CODE_SECONDS
    return board_code(core_settings.CODE_KEY, session.pk, kind, board.nonce, at=at, seconds=seconds)


def open_scan(app: App, user: Any, code: str) -> bytes | None:
    """Open the scanned address, signing in when the app asks for it; the ticket, None when the code is outdated."""
    if app.holder not in (None, user):
        app.sign_in(user)
    page = app.get(reverse("lms_attendance:scan", args=[code]))
    if asks_to_sign_in(page):
        app.sign_in(user)
        page = app.get(reverse("lms_attendance:kept_scan"))
    elif page.status_code == 302:
        return b""
    content = bytes(getattr(page, "content", b""))
    found = TICKET.search(content)
    token = TOKEN.search(content)
    if token:
        app.cookies.setdefault(settings.CSRF_COOKIE_NAME, token[1].decode())
    return found[1] if found else None


def tap(app: App, ticket: bytes) -> int:
    """The one tap, as the page's script sends it; the status of the answer."""
    return app.post(reverse("lms_attendance:confirm"), {"ticket": ticket.decode()}, script=True).status_code


def open_own(app: App, user: Any) -> HttpResponseBase:
    """“My attendance” of this learner, signing in where it is asked for."""
    if app.holder not in (None, user):
        app.sign_in(user)
    page = app.get(reverse("lms_attendance:overview"))
    if asks_to_sign_in(page):
        app.sign_in(user)
        page = app.get(reverse("lms_attendance:overview"))
    return page


def asks_to_sign_in(page: HttpResponseBase) -> bool:
    """Nobody is signed in here, or no longer."""
    return page.status_code == 302 and "/accounts/login/" in page.headers.get("Location", "")


def type_code(app: App, user: Any, code: str) -> int:
    """Six digits under “My attendance”."""
    page = open_own(app, user)
    if settings.CSRF_COOKIE_NAME not in app.cookies and (token := TOKEN.search(bytes(getattr(page, "content", b"")))):
        app.cookies[settings.CSRF_COOKIE_NAME] = token[1].decode()
    return app.post(reverse("lms_attendance:overview"), {"code": code}).status_code
