"""Language by the reader's own choice, and the fast lane of the hot paths."""

import re
from collections.abc import Callable
from functools import cached_property, lru_cache
from typing import Any

from django.conf import settings
from django.core.exceptions import MiddlewareNotUsed
from django.core.handlers.exception import convert_exception_to_response
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.urls import ResolverMatch, resolve
from django.utils import translation
from django.utils.module_loading import import_string

from lms.core.conf import core_settings
from lms.core.selectors import named_routes

Handler = Callable[[HttpRequest], HttpResponse]


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
    are looked after as everywhere else; a view must answer the same with the lane and without it (decision 9).
    """

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response
        if not core_settings.FAST_LANE:
            raise MiddlewareNotUsed

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.method == "POST" and self._matches(request.path_info):
            return self._lane(request)
        return self.get_response(request)

    @cached_property
    def _matches(self) -> Callable[[str], object]:
        routes = named_routes()
        known = [f"/{routes[name]}" for name in core_settings.FAST_LANE if name in routes]
        return re.compile("|".join(known) or "(?!)").match

    @cached_property
    def _lane(self) -> Handler:
        looks: list[Callable[..., HttpResponseBase | None]] = []
        handler: Any = convert_exception_to_response(_answer(looks))
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


def _answer(looks: list[Callable[..., HttpResponseBase | None]]) -> Handler:
    def answer(request: HttpRequest) -> HttpResponse:
        request.get_host()  # refuses a host that is not this site's
        match = request.resolver_match = _resolve(request.path_info)
        for look in looks:
            turned_away = look(request, match.func, match.args, match.kwargs)
            if turned_away is not None:
                return turned_away  # type: ignore[return-value]
        response: HttpResponse = match.func(request, *match.args, **match.kwargs)
        response.headers.setdefault("Content-Length", str(len(response.content)))
        return response

    return answer


@lru_cache(maxsize=1000)
def _resolve(path: str) -> ResolverMatch:
    return resolve(path)
