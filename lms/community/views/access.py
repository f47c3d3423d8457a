"""Who may open these pages, and pages of lists."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.core.paginator import Page, Paginator
from django.db.models import QuerySet
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.translation import gettext as _

from lms.community.conf import community_settings
from lms.community.permissions import may_moderate, may_take_part

View = Callable[..., HttpResponseBase]


def members_only(view: View) -> View:
    """Learners, alumni and staff; others are told why (403), anonymous people sign in first."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not may_take_part(request.user):
            raise PermissionDenied(_("The exchange is open to learners and former learners of the programme."))
        return view(request, *args, **kwargs)

    return login_required(guarded)


def moderators_only(view: View) -> View:
    """Class assistants, instructors and administrators."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not may_moderate(request.user):
            raise PermissionDenied
        return view(request, *args, **kwargs)

    return login_required(guarded)


def page_of_rows(request: HttpRequest, rows: QuerySet[Any] | range) -> Page[Any]:
    """The page asked for; a wrong number gets the nearest one."""
    return Paginator(rows, community_settings.THREADS_PER_PAGE).get_page(request.GET.get("page"))


def typed_query(request: HttpRequest) -> str:
    """What was typed into the search box, at most 100 characters."""
    return request.GET.get("q", "").replace("\x00", "").strip()[:100]
