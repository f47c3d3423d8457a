"""Questions, lodging, contacts."""

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from wagtail.admin.panels import FieldPanel
from wagtail.fields import StreamField

from cms_pages.blocks import ContactBlock, LodgingBlock, QuestionBlock, plain_text
from cms_pages.models.base import SitePage, choose


class FAQPage(SitePage):
    """Questions people ask."""

    questions = StreamField([("question", QuestionBlock())], verbose_name=pgettext_lazy("FAQ", "questions"), blank=True)

    parent_page_types = ["cms_pages.HomePage"]
    subpage_types: list[str] = []
    template = "cms_pages/faq.html"
    content_panels = [*SitePage.content_panels, FieldPanel("questions")]

    class Meta:
        verbose_name = _("frequent questions")

    def body_texts(self) -> list[str]:
        return [plain_text(self.questions)]


class LodgingPage(SitePage):
    """Where one may stay: for reference, nothing is arranged (R26)."""

    places = StreamField([("place", LodgingBlock())], verbose_name=_("places to stay"), blank=True)
    note = models.TextField(_("note"), blank=True)
    note_en = models.TextField(_("note in English"), blank=True)

    parent_page_types = ["cms_pages.HomePage"]
    subpage_types: list[str] = []
    template = "cms_pages/lodging.html"
    content_panels = [*SitePage.content_panels, FieldPanel("places"), FieldPanel("note"), FieldPanel("note_en")]

    class Meta:
        verbose_name = _("lodging")

    @property
    def shown_note(self) -> str:
        """The note in the reader's language."""
        return str(choose(self.note, self.note_en))

    def body_texts(self) -> list[str]:
        return [plain_text(self.places), self.note]


class ContactPage(SitePage):
    """Whom to call, and when."""

    hours = models.CharField(_("office hours"), max_length=120, blank=True)
    hours_en = models.CharField(_("office hours in English"), max_length=120, blank=True)
    entries = StreamField([("entry", ContactBlock())], verbose_name=_("contacts"), blank=True)

    parent_page_types = ["cms_pages.HomePage"]
    subpage_types: list[str] = []
    template = "cms_pages/contact.html"
    content_panels = [
        *SitePage.content_panels,
        FieldPanel("hours"),
        FieldPanel("hours_en"),
        FieldPanel("entries"),
    ]

    class Meta:
        verbose_name = _("contact page")

    @property
    def shown_hours(self) -> str:
        """Hours in the reader's language."""
        return str(choose(self.hours, self.hours_en))

    def body_texts(self) -> list[str]:
        return [self.hours, plain_text(self.entries)]
