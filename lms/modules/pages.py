"""The content of a programme as a Wagtail page tree: index, one page a course, lessons under it.

Learners read at /courses/…; a page's own address only leads there. Drafts are previewed in Wagtail's editor.
"""

from typing import Any

from django.core.validators import MinValueValidator
from django.db import models
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from wagtail.admin.panels import FieldPanel
from wagtail.fields import RichTextField, StreamField
from wagtail.images import get_image_model, get_image_model_string
from wagtail.models import Collection, Page, Site
from wagtail.search import index

from lms.modules.blocks import RICH_TEXT, LessonBody

PICTURE = "width-960|format-webp"


class CourseIndexPage(Page):
    """The root of one programme's content; instructors edit below it."""

    programme = models.OneToOneField(
        "lms_programmes.Programme", on_delete=models.PROTECT, related_name="content_page", verbose_name=_("programme")
    )

    subpage_types = ["lms_modules.CoursePage"]
    is_creatable = False

    class Meta:
        verbose_name = _("course section")
        verbose_name_plural = _("course sections")

    def serve(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Leads to the learner's list of courses."""
        return redirect("lms_modules:courses")

    def get_sitemap_urls(self, request: HttpRequest | None = None) -> list[dict[str, Any]]:
        """Course content is for members, not for search engines."""
        return []


class CoursePage(Page):
    """What a course is about; the course itself (code, module, hours) is data of the programme."""

    course = models.OneToOneField(
        "lms_programmes.Course", on_delete=models.PROTECT, related_name="content_page", verbose_name=_("course")
    )
    intro = RichTextField(_("introduction"), features=RICH_TEXT, blank=True)
    cover = models.ForeignKey(
        get_image_model_string(),
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("picture"),
    )

    parent_page_types = ["lms_modules.CourseIndexPage"]
    subpage_types = ["lms_modules.LessonPage"]
    is_creatable = False
    content_panels = [*Page.content_panels, FieldPanel("intro"), FieldPanel("cover")]
    search_fields = [*Page.search_fields, index.SearchField("intro")]

    class Meta:
        verbose_name = _("course page")
        verbose_name_plural = _("course pages")

    def serve(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Leads to the learner's page of the course."""
        return redirect("lms_modules:course", self.course.code)

    def pictures(self) -> list[Any]:
        """The image objects that readers of the page need."""
        return [self.cover] if self.cover else []

    def get_sitemap_urls(self, request: HttpRequest | None = None) -> list[dict[str, Any]]:
        return []


class LessonPage(Page):
    """One lesson; `minutes` is the study time that reading it to the end counts (R2, R15)."""

    minutes = models.PositiveSmallIntegerField(
        _("study minutes"),
        validators=[MinValueValidator(1)],
        help_text=_("Online study time in minutes that counts when the learner has finished the lesson."),
    )
    body = StreamField(LessonBody(), verbose_name=_("content"), blank=True)

    parent_page_types = ["lms_modules.CoursePage"]
    subpage_types: list[str] = []
    template = "lms_modules/preview.html"
    content_panels = [*Page.content_panels, FieldPanel("minutes"), FieldPanel("body")]
    search_fields = [*Page.search_fields, index.SearchField("body")]

    class Meta:
        verbose_name = _("lesson")
        verbose_name_plural = _("lessons")

    def serve(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Leads to the lesson as learners read it."""
        course_page = self.get_parent().specific
        return redirect("lms_modules:lesson", course_page.course.code, self.slug)

    def serve_preview(self, request: HttpRequest, mode_name: str) -> HttpResponse:
        """The draft as a learner will see it, without the button that counts it."""
        request.is_preview = True  # type: ignore[attr-defined]
        return super().serve(request)

    def get_context(self, request: HttpRequest, *args: Any, **kwargs: Any) -> dict[str, Any]:
        """What the preview shows beside the text."""
        parent = self.get_parent()
        return {
            **super().get_context(request, *args, **kwargs),
            "lesson": self,
            "course": parent.specific.course if parent else None,
        }

    def get_sitemap_urls(self, request: HttpRequest | None = None) -> list[dict[str, Any]]:
        return []

    def pictures(self) -> list[Any]:
        """The image objects of the body, as the blocks hold them."""
        blocks = [block for block in self.body if block.block_type == "image"]
        return [image for block in blocks if (image := block.value.get("image")) is not None]


def site_home() -> Page:
    """The page that course content is put under: the default site's home, or the root of the tree without a site."""
    site = Site.objects.filter(is_default_site=True).select_related("root_page").first()
    if site is not None:
        return site.root_page
    return Page.get_first_root_node() or Page.add_root(title="Root")


def content_collection() -> Collection:
    """The collection of course pictures, videos and files; made at first use."""
    name = "课程资料"
    root = Collection.get_first_root_node() or Collection.add_root(name="Root")
    return Collection.objects.filter(name=name, depth=root.depth + 1).first() or root.add_child(name=name)


def add_picture(title: str, file: Any) -> Any:
    """A new image in the course collection."""
    return get_image_model().objects.create(title=title, file=file, collection=content_collection())


def find_picture(title: str) -> Any:
    """The image of that title in the course collection, or None."""
    return get_image_model().objects.filter(title=title, collection=content_collection()).first()


def lesson_url(code: str, slug: str) -> str:
    """Where a learner reads the lesson."""
    return reverse("lms_modules:lesson", args=[code, slug])
