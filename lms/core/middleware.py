"""Language by the reader's own choice, and the fast lane of the hot paths."""

import re
from collections.abc import Callable, Sequence
from functools import cached_property, lru_cache
from random import SystemRandom
from threading import Lock
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.exceptions import MiddlewareNotUsed
from django.core.handlers.exception import convert_exception_to_response
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import ResolverMatch, resolve
from django.utils import translation
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.module_loading import import_string

from lms.core.conf import core_settings
from lms.core.selectors import named_routes

Handler = Callable[[HttpRequest], HttpResponse]
View = Callable[[HttpRequest, ResolverMatch], HttpResponse]
#: Seconds after which somebody who was turned away may come again.
PAUSE = (2, 6)
MOST_UNREAD = 256 * 1024  # bytes


class LanguageMiddleware:
    """The cookie set by the switch decides; without it the site's language, whatever the browser prefers."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response
        self.known = {code for code, _label in settings.LANGUAGES}

    def __call__(self, request: HttpRequest) -> HttpResponse:
        chosen = request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME, "")
        language = chosen if chosen in self.known else settings.LANGUAGE_CODE
        with translation.override(language):
            request.LANGUAGE_CODE = language
            response = self.get_response(request)
        response.headers.setdefault("Content-Language", language)
        return response


class FastLaneMiddleware:
    """Answers POSTs to the addresses of LMS_FAST_LANE past the middlewares that LMS_FAST_LANE_SKIPS names.

    Stands first in MIDDLEWARE. What is not named there still runs, in its order, so host, CSRF and security headers
    are looked after as everywhere else; a view must answer the same with the lane and without it (decision 9). GETs
    take it where LMS_FAST_LANE_READS names the address. Where LMS_FAST_LANE_SHEDS names it, it takes no more requests
    at the same time than LMS_FAST_LANE_MOST in one process; the next ones are told at once to come again (decision 20).
    """

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response
        if not core_settings.FAST_LANE:
            raise MiddlewareNotUsed

    def __call__(self, request: HttpRequest) -> HttpResponse:
        path = request.path_info
        if request.method == "POST" and self._matches(path):
            return self._bounded(request) if self._sheds(path) else self._lane(request)
        if request.method == "GET" and self._reads(path):
            return self._lane(request)
        return self.get_response(request)

    def _bounded(self, request: HttpRequest) -> HttpResponse:
        """Through the lane while there is room; else 503 before the view, the session or any table is asked."""
        if not in_flight.enter(core_settings.FAST_LANE_MOST):
            if request.content_type != "application/json":
                return self._turn_away(request)
            request.read(MOST_UNREAD)  # a server hangs up on what nobody read, and the pause would not arrive
            return _come_again()
        try:
            return self._lane(request)
        finally:
            in_flight.leave()

    @cached_property
    def _turn_away(self) -> Handler:
        """A page that sends the form again by itself; the key of the form (CSRF) is looked at first, as in the lane."""
        return self._build(show_busy_page)

    @cached_property
    def _matches(self) -> Callable[[str], object]:
        return _matcher(core_settings.FAST_LANE)

    @cached_property
    def _reads(self) -> Callable[[str], object]:
        return _matcher(core_settings.FAST_LANE_READS)

    @cached_property
    def _sheds(self) -> Callable[[str], object]:
        return _matcher(core_settings.FAST_LANE_SHEDS)

    @cached_property
    def _lane(self) -> Handler:
        return self._build(_call_view)

    def _build(self, last: View) -> Handler:
        looks: list[Callable[..., HttpResponseBase | None]] = []
        handler: Any = convert_exception_to_response(_answer(looks, last))
        skipped = {__name__ + ".FastLaneMiddleware", *core_settings.FAST_LANE_SKIPS}
        for path in reversed([path for path in settings.MIDDLEWARE if path not in skipped]):
            try:
                middleware = import_string(path)(handler)
            except MiddlewareNotUsed:
                continue
            if hasattr(middleware, "process_view"):
                looks.insert(0, middleware.process_view)
            handler = convert_exception_to_response(middleware)
        found: Handler = handler
        return found


class InFlight:
    """How many requests of the lane this process has in its hands."""

    def __init__(self) -> None:
        self._lock, self._held = Lock(), 0

    def enter(self, most: int) -> bool:
        """One more, unless there are `most` already; 0 sets no bound."""
        with self._lock:
            if 0 < most <= self._held:
                return False
            self._held += 1
            return True

    def leave(self) -> None:
        """One less."""
        with self._lock:
            self._held -= 1


in_flight = InFlight()


def show_busy_page(request: HttpRequest, match: ResolverMatch) -> HttpResponse:
    """503 with Retry-After and a page that sends the same form again by itself; nothing was read or written."""
    answer = _come_again()
    fields = [
        (name, value) for name, values in request.POST.lists() if name != "csrfmiddlewaretoken" for value in values
    ]
    context = {"seconds": answer["Retry-After"], "fields": fields, "back": _own_page(request)}
    page = render(request, "lms/busy.html", context, status=503)
    for name in ("Retry-After", "Cache-Control"):
        page[name] = answer[name]
    return page


def _come_again() -> HttpResponse:
    """The pause is spread over a few seconds, so that those turned away together do not come back together."""
    answer = JsonResponse({"code": "busy"}, status=503)
    answer["Retry-After"] = str(SystemRandom().randint(*PAUSE))
    answer["Cache-Control"] = "no-store"
    answer["X-Content-Type-Options"] = "nosniff"
    answer["Content-Length"] = str(len(answer.content))
    return answer


def _own_page(request: HttpRequest) -> str:
    """The page that held the form when it is one of this site's, else the start page."""
    page = urlsplit(request.headers.get("Referer", ""))
    if not url_has_allowed_host_and_scheme(page.geturl(), {request.get_host()}):
        return "/"
    return page.path or "/"


def _call_view(request: HttpRequest, match: ResolverMatch) -> HttpResponse:
    response: HttpResponse = match.func(request, *match.args, **match.kwargs)
    return response


def _matcher(names: Sequence[str]) -> Callable[[str], object]:
    routes = named_routes()
    known = [f"/{routes[name]}" for name in names if name in routes]
    return re.compile("|".join(known) or "(?!)").match


def _answer(looks: list[Callable[..., HttpResponseBase | None]], last: View) -> Handler:
    def answer(request: HttpRequest) -> HttpResponse:
        request.get_host()  # refuses a host that is not this site's
        match = request.resolver_match = _resolve(request.path_info)
        for look in looks:
            turned_away = look(request, match.func, match.args, match.kwargs)
            if turned_away is not None:
                return turned_away  # type: ignore[return-value]
        response = last(request, match)
        response.headers.setdefault("Content-Length", str(len(response.content)))
        return response

    return answer


@lru_cache(maxsize=1000)
def _resolve(path: str) -> ResolverMatch:
    return resolve(path)
