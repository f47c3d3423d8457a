"""Search, robots.txt and the feed of notices."""

from datetime import datetime, time

from django.contrib.syndication.views import Feed
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.feedgenerator import Atom1Feed
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from cms_pages.models import NoticePage
from cms_pages.selectors import newest_notices, page_of, search_site, with_excerpts
from lms.programmes.rules import ZONE

LONGEST_QUERY = 80
CLOSED_TO_ROBOTS = (
    "/admin/",
    "/accounts/",
    "/desk/",
    "/me/",
    "/files/",
    "/search/",
    "/certificates/verify/",
)


@require_safe
def search(request: HttpRequest) -> HttpResponse:
    """Pages that hold what was typed."""
    query = request.GET.get("q", "").replace("\x00", "")[:LONGEST_QUERY].strip()
    page = page_of(search_site(query), request.GET.get("p"))
    context = {"query": query, "page_obj": page, "found": with_excerpts(page.object_list, query)}
    return render(request, "cms_pages/search.html", context)


@require_safe
def robots(request: HttpRequest) -> HttpResponse:
    """What robots may read, and where the map of the site is."""
    lines = ["User-agent: *", *(f"Disallow: {path}" for path in CLOSED_TO_ROBOTS)]
    lines += ["", f"Sitemap: {request.build_absolute_uri(reverse('sitemap'))}", ""]
    return HttpResponse("\n".join(lines), content_type="text/plain; charset=utf-8")


class NoticeFeed(Feed):
    """The newest notices."""

    feed_type = Atom1Feed

    def __call__(self, request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
        self.request = request
        return super().__call__(request, *args, **kwargs)

    def title(self) -> str:
        return _("Notices")

    def link(self) -> str:
        return "/"

    def items(self) -> list[NoticePage]:
        return list(newest_notices()[:20])

    def item_title(self, item: NoticePage) -> str:
        return item.title

    def item_description(self, item: NoticePage) -> str:
        return item.summary

    def item_link(self, item: NoticePage) -> str:
        return item.get_url(self.request) or "/"

    def item_pubdate(self, item: NoticePage) -> datetime:
        return datetime.combine(item.published_on, time.min, tzinfo=ZONE)
