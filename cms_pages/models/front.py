"""The home page and the page of the programme."""

from typing import Any

from django.db import models
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from wagtail.admin.panels import FieldPanel, MultiFieldPanel
from wagtail.fields import StreamField

from cms_pages.blocks import BilingualTextBlock, plain_text
from cms_pages.models.base import SitePage, choose

SECTIONS = [
    "cms_pages.ProgrammePage",
    "cms_pages.TermIndexPage",
    "cms_pages.ApplyPage",
    "cms_pages.NoticeIndexPage",
    "cms_pages.ArticleIndexPage",
    "cms_pages.FAQPage",
    "cms_pages.LodgingPage",
    "cms_pages.ContactPage",
    "cms_pages.StandardPage",
]


class HomePage(SitePage):
    """The front page: the next registration window first."""

    programme = models.ForeignKey(
        "lms_programmes.Programme",
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="home_pages",
        verbose_name=_("programme"),
    )
    hero_title = models.CharField(_("headline"), max_length=60)
    hero_title_en = models.CharField(_("headline in English"), max_length=120, blank=True)
    hero_lead = models.TextField(_("sentence below it"), blank=True)
    hero_lead_en = models.TextField(_("sentence in English"), blank=True)
    highlights = StreamField([("entry", BilingualTextBlock())], verbose_name=_("highlights"), blank=True)
    organiser = models.CharField(_("organiser"), max_length=120, blank=True)
    organiser_en = models.CharField(_("organiser in English"), max_length=160, blank=True)
    footer = models.TextField(_("words at the foot of every page"), blank=True)
    footer_en = models.TextField(_("words at the foot in English"), blank=True)

    parent_page_types = ["wagtailcore.Page"]
    subpage_types = [*SECTIONS, "lms_modules.CourseIndexPage"]
    max_count = 1
    template = "cms_pages/home.html"
    content_panels = [
        *SitePage.content_panels,
        FieldPanel("programme"),
        MultiFieldPanel(
            [FieldPanel(name) for name in ("hero_title", "hero_title_en", "hero_lead", "hero_lead_en")],
            _("Opening words"),
        ),
        FieldPanel("highlights"),
        MultiFieldPanel(
            [FieldPanel(name) for name in ("organiser", "organiser_en", "footer", "footer_en")], _("Foot of the pages")
        ),
    ]

    class Meta:
        verbose_name = _("home page")

    def route(self, request: HttpRequest, path_components: list[str]) -> Any:
        """Every page below is reached through here: the menu need not read the home page again."""
        request._cms_pages_home = self  # type: ignore[attr-defined]
        return super().route(request, path_components)

    def get_context(self, request: HttpRequest, *args: Any, **kwargs: Any) -> dict[str, Any]:
        from cms_pages.selectors import front_page

        context = super().get_context(request, *args, **kwargs)
        return {**context, **front_page(self, at=timezone.now())}

    def body_texts(self) -> list[str]:
        return [self.hero_title, self.hero_lead, plain_text(self.highlights)]

    @property
    def shown_hero_title(self) -> str:
        """Headline in the reader's language."""
        return str(choose(self.hero_title, self.hero_title_en))

    @property
    def shown_hero_lead(self) -> str:
        """Sentence below the headline in the reader's language."""
        return str(choose(self.hero_lead, self.hero_lead_en))

    @property
    def shown_organiser(self) -> str:
        """Organiser in the reader's language."""
        return str(choose(self.organiser, self.organiser_en))

    @property
    def shown_footer(self) -> str:
        """Words at the foot in the reader's language."""
        return str(choose(self.footer, self.footer_en))


class ProgrammePage(SitePage):
    """The programme: whom it is for, curriculum, assessment, certificate; figures come from the programme itself."""

    programme = models.OneToOneField(
        "lms_programmes.Programme", on_delete=models.PROTECT, related_name="site_page", verbose_name=_("programme")
    )
    sections = StreamField([("entry", BilingualTextBlock())], verbose_name=_("sections"), blank=True)

    parent_page_types = ["cms_pages.HomePage"]
    subpage_types: list[str] = []
    template = "cms_pages/programme.html"
    content_panels = [*SitePage.content_panels, FieldPanel("programme"), FieldPanel("sections")]

    class Meta:
        verbose_name = _("programme page")

    def get_context(self, request: HttpRequest, *args: Any, **kwargs: Any) -> dict[str, Any]:
        from cms_pages.selectors import modules_of

        context = super().get_context(request, *args, **kwargs)
        return {**context, "programme": self.programme, "modules": modules_of(self.programme_id)}

    def body_texts(self) -> list[str]:
        from cms_pages.selectors import modules_of

        courses = [course for module in modules_of(self.programme_id) for course in module.courses]
        return [plain_text(self.sections), *(f"{course.title} {course.summary}" for course in courses)]
