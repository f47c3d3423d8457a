"""What every page of the public site has: an English twin for interface texts, a way here, words for searching."""

from typing import Any

from django.db import models
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from wagtail.admin.panels import FieldPanel, MultiFieldPanel
from wagtail.fields import StreamField
from wagtail.models import Page
from wagtail.search import index

from cms_pages.blocks import BodyBlock, plain_text


def in_english() -> bool:
    """Whether the reader chose English."""
    return (get_language() or "").startswith("en")


def choose(chinese: Any, english: Any) -> Any:
    """The English twin for an English reader where there is one, else the Chinese text."""
    return english if in_english() and english else chinese


class SitePage(Page):
    """What all pages of the public site have. `words` and `plain` are written when a page is published, for searching.

    `prepared_as` names what the loader made; a page that is there is never made again nor overwritten.
    """

    title_en = models.CharField(_("title in English"), max_length=255, blank=True)
    summary = models.TextField(_("summary"), blank=True, help_text=_("One or two sentences for lists and sharing."))
    summary_en = models.TextField(_("summary in English"), blank=True)
    prepared_as = models.CharField(max_length=120, unique=True, null=True, blank=True, editable=False)
    plain = models.TextField(blank=True, editable=False)
    words = models.TextField(blank=True, editable=False)

    is_creatable = False
    search_fields = [*Page.search_fields, index.SearchField("title_en"), index.SearchField("summary")]
    content_panels = [
        *Page.content_panels,
        MultiFieldPanel(
            [FieldPanel("title_en"), FieldPanel("summary"), FieldPanel("summary_en")], _("Title and summary")
        ),
    ]

    @property
    def heading(self) -> str:
        """Title in the reader's language."""
        return str(choose(self.title, self.title_en))

    @property
    def lead(self) -> str:
        """Summary in the reader's language."""
        return str(choose(self.summary, self.summary_en))

    @property
    def content_language(self) -> str:
        """Language of the content when it is not the page's own: screen readers change their voice."""
        return "zh-Hans" if in_english() else ""

    def text_for_search(self) -> str:
        """Everything a reader might look for."""
        return "\n".join([self.title, self.title_en, self.summary, self.summary_en, *self.body_texts()])

    def body_texts(self) -> list[str]:
        """Words of the body; page types with one say which."""
        return []

    def get_context(self, request: HttpRequest, *args: Any, **kwargs: Any) -> dict[str, Any]:
        """The way here, beside what Wagtail gives."""
        from cms_pages.selectors import trail_of

        return {**super().get_context(request, *args, **kwargs), "trail": trail_of(self, request)}

    def get_sitemap_urls(self, request: HttpRequest | None = None) -> list[dict[str, Any]]:
        """The address people really reach the site by."""
        address = self.get_url(request) if request else self.full_url
        location = request.build_absolute_uri(address) if request else address
        return [{"location": location, "lastmod": self.last_published_at or self.latest_revision_created_at}]


class BodyPage(SitePage):
    """A page with a body, and an English one where somebody wrote it."""

    body = StreamField(BodyBlock(), verbose_name=_("body"), blank=True)
    body_en = StreamField(BodyBlock(), verbose_name=_("body in English"), blank=True)

    is_creatable = False
    content_panels = [*SitePage.content_panels, FieldPanel("body"), FieldPanel("body_en")]

    class Meta:
        abstract = True

    @property
    def shown_body(self) -> Any:
        """The body in the reader's language."""
        return choose(self.body, self.body_en)

    @property
    def content_language(self) -> str:
        return "zh-Hans" if in_english() and not self.body_en else ""

    def body_texts(self) -> list[str]:
        return [plain_text(self.body), plain_text(self.body_en)]


class DatedPage(BodyPage):
    """Something published on a day."""

    published_on = models.DateField(_("date"), default=timezone.localdate)

    is_creatable = False
    content_panels = [*SitePage.content_panels, FieldPanel("published_on"), FieldPanel("body"), FieldPanel("body_en")]

    class Meta:
        abstract = True
