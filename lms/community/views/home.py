"""The first page of the exchange: what is new, and one search over everything one may see."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from lms.community.permissions import may_answer
from lms.community.selectors import questions_for, resources_on_shelf, threads_for
from lms.community.views.access import members_only, typed_query

NEWEST = 5


@require_safe
@members_only
def exchange(request: HttpRequest) -> HttpResponse:
    """The newest of forum, library and consulting, or what holds the words that were typed."""
    query = typed_query(request)
    threads = threads_for(request.user, query=query).order_by("-last_post_at", "-pk")
    found = questions_for(request.user, all_private=may_answer(request.user), query=query)
    context = {
        "query": query,
        "threads": threads[:NEWEST],
        "resources": resources_on_shelf(query=query)[:NEWEST],
        "questions": found[:NEWEST],
        "place": "me",
    }
    return render(request, "lms_community/exchange.html", context)
