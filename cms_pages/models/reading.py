"""Notices, articles and ordinary pages."""

from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from cms_pages.models.base import BodyPage, DatedPage, SitePage


class NoticeIndexPage(SitePage):
    """All notices, newest first."""

    parent_page_types = ["cms_pages.HomePage"]
    subpage_types = ["cms_pages.NoticePage"]
    max_count = 1
    template = "cms_pages/dated_index.html"

    class Meta:
        verbose_name = _("list of notices")

    def get_context(self, request: HttpRequest, *args: Any, **kwargs: Any) -> dict[str, Any]:
        from cms_pages.selectors import page_of

        context = super().get_context(request, *args, **kwargs)
        rows = NoticePage.objects.live().child_of(self).order_by("-published_on", "-pk")
        return {**context, "page_obj": page_of(rows, request.GET.get("p")), "is_notices": True}


class NoticePage(DatedPage):
    """A notice."""

    parent_page_types = ["cms_pages.NoticeIndexPage"]
    subpage_types: list[str] = []
    template = "cms_pages/dated.html"

    class Meta:
        verbose_name = _("notice")


class ArticleIndexPage(SitePage):
    """All articles, newest first."""

    parent_page_types = ["cms_pages.HomePage"]
    subpage_types = ["cms_pages.ArticlePage"]
    max_count = 1
    template = "cms_pages/dated_index.html"

    class Meta:
        verbose_name = _("list of articles")

    def get_context(self, request: HttpRequest, *args: Any, **kwargs: Any) -> dict[str, Any]:
        from cms_pages.selectors import page_of

        context = super().get_context(request, *args, **kwargs)
        rows = ArticlePage.objects.live().child_of(self).order_by("-published_on", "-pk")
        return {**context, "page_obj": page_of(rows, request.GET.get("p"))}


class ArticlePage(DatedPage):
    """An article."""

    parent_page_types = ["cms_pages.ArticleIndexPage"]
    subpage_types: list[str] = []
    template = "cms_pages/dated.html"

    class Meta:
        verbose_name = _("article")


class StandardPage(BodyPage):
    """An ordinary page."""

    parent_page_types = ["cms_pages.HomePage", "cms_pages.StandardPage"]
    subpage_types = ["cms_pages.StandardPage"]
    template = "cms_pages/standard.html"

    class Meta:
        verbose_name = _("page")
