"""Terms with live dates and seats, and how to apply."""

from typing import Any

from django.db import models
from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from wagtail.admin.panels import FieldPanel
from wagtail.fields import StreamField
from wagtail.url_routing import RouteResult

from cms_pages.blocks import BilingualTextBlock, BodyBlock, plain_text
from cms_pages.models.base import SitePage, choose


class TermIndexPage(SitePage):
    """All terms with dates and seats. A term without a page of its own is shown here at its code."""

    parent_page_types = ["cms_pages.HomePage"]
    subpage_types = ["cms_pages.TermPage"]
    max_count = 1
    template = "cms_pages/terms.html"

    class Meta:
        verbose_name = _("list of terms")

    def route(self, request: HttpRequest, path_components: list[str]) -> Any:
        from cms_pages.selectors import find_term

        try:
            return super().route(request, path_components)
        except Http404:
            term = find_term(path_components[0]) if len(path_components) == 1 else None
            if term is None:
                raise
            return RouteResult(self, kwargs={"term": term})

    def serve(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """The list, or one term that has no page of its own."""
        return super().serve(request, *args, **kwargs)

    def get_template(self, request: HttpRequest, *args: Any, **kwargs: Any) -> str:
        return "cms_pages/term.html" if kwargs.get("term") else self.template

    def get_context(self, request: HttpRequest, *args: Any, **kwargs: Any) -> dict[str, Any]:
        from cms_pages.selectors import term_view, terms_in_view, trail_of

        context = super().get_context(request, *args, **kwargs)
        if term := kwargs.get("term"):
            return {**context, "view": term_view(term.pk, at=timezone.now()), "trail": [*trail_of(self, request), self]}
        return {**context, "terms": terms_in_view(at=timezone.now())}


class TermPage(SitePage):
    """One term: dates, seats and state are computed from the term itself at every look."""

    term = models.OneToOneField(
        "lms_programmes.Term", on_delete=models.PROTECT, related_name="site_page", verbose_name=_("term")
    )
    body = StreamField(BodyBlock(), verbose_name=_("body"), blank=True)

    parent_page_types = ["cms_pages.TermIndexPage"]
    subpage_types: list[str] = []
    template = "cms_pages/term.html"
    content_panels = [*SitePage.content_panels, FieldPanel("term"), FieldPanel("body")]

    class Meta:
        verbose_name = _("term page")

    def get_context(self, request: HttpRequest, *args: Any, **kwargs: Any) -> dict[str, Any]:
        from cms_pages.selectors import term_view

        context = super().get_context(request, *args, **kwargs)
        return {**context, "view": term_view(self.term_id, at=timezone.now())}

    def body_texts(self) -> list[str]:
        return [self.term.name, plain_text(self.body)]


class ApplyPage(SitePage):
    """How to apply, step by step (R5), and what to hand in on paper (R6)."""

    steps = StreamField([("entry", BilingualTextBlock())], verbose_name=_("steps"), blank=True)
    after = models.TextField(_("after submitting"), blank=True)
    after_en = models.TextField(_("after submitting, in English"), blank=True)
    papers = StreamField([("entry", BilingualTextBlock())], verbose_name=_("papers to hand in"), blank=True)

    parent_page_types = ["cms_pages.HomePage"]
    subpage_types: list[str] = []
    template = "cms_pages/how_to_apply.html"
    content_panels = [
        *SitePage.content_panels,
        FieldPanel("steps"),
        FieldPanel("after"),
        FieldPanel("after_en"),
        FieldPanel("papers"),
    ]

    class Meta:
        verbose_name = _("how to apply")

    def get_context(self, request: HttpRequest, *args: Any, **kwargs: Any) -> dict[str, Any]:
        from cms_pages.selectors import terms_in_view

        context = super().get_context(request, *args, **kwargs)
        return {**context, "next_term": next(iter(terms_in_view(at=timezone.now(), limit=1)), None)}

    @property
    def shown_after(self) -> str:
        """What follows, in the reader's language."""
        return str(choose(self.after, self.after_en))

    def body_texts(self) -> list[str]:
        return [plain_text(self.steps), self.after, plain_text(self.papers)]
