"""What a lesson is made of: StreamField blocks, each with its template in `templates/lms_modules/blocks/`."""

import json
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from django.template.loader import render_to_string
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from wagtail import blocks
from wagtail.documents.blocks import DocumentChooserBlock
from wagtail.images.blocks import ImageChooserBlock
from wagtailmedia.blocks import VideoChooserBlock

RICH_TEXT = ["bold", "ol", "ul", "link", "document-link"]
#: Kinds whose HTML follows from their text and the language alone, unless the text points to a page or a file.
TEXT_KINDS = {"heading", "paragraph", "list", "law", "case"}
POINTERS = ("linktype", "<embed")
KEPT_TEXTS = 4000


class ImageBlock(blocks.StructBlock):
    """A picture with the words that stand for it when it cannot be seen."""

    image = ImageChooserBlock(label=_("Picture"))
    alt = blocks.CharBlock(label=_("What the picture shows"), help_text=_("Read aloud to those who cannot see it."))
    caption = blocks.CharBlock(label=_("Caption"), required=False)

    class Meta:
        icon = "image"
        label = _("Picture")
        template = "lms_modules/blocks/image.html"


class VideoBlock(blocks.StructBlock):
    """An uploaded video; captions and transcript let those who cannot hear follow it."""

    video = VideoChooserBlock(label=_("Video"))
    captions = blocks.TextBlock(
        label=_("Captions"), required=False, rows=4, help_text=_("WebVTT text; it begins with the line WEBVTT.")
    )
    transcript = blocks.TextBlock(label=_("Transcript"), required=False, rows=4)

    class Meta:
        icon = "media"
        label = _("Video")
        template = "lms_modules/blocks/video.html"


class DocumentBlock(blocks.StructBlock):
    """A file to take along."""

    document = DocumentChooserBlock(label=_("File"))
    title = blocks.CharBlock(label=_("Title"), required=False)

    class Meta:
        icon = "doc-full"
        label = _("File to download")
        template = "lms_modules/blocks/document.html"


class LawBlock(blocks.StructBlock):
    """A quotation of law, set in the serif that is kept for it."""

    text = blocks.TextBlock(label=_("Wording"), rows=4)
    source = blocks.CharBlock(label=_("Law or regulation"), required=False)
    article = blocks.CharBlock(label=_("Article"), required=False)

    class Meta:
        icon = "openquote"
        label = _("Quotation of law")
        template = "lms_modules/blocks/law.html"


class CaseBlock(blocks.StructBlock):
    """A case or worked example, set apart from the text."""

    title = blocks.CharBlock(label=_("Title"), required=False)
    text = blocks.RichTextBlock(label=_("Text"), features=RICH_TEXT)

    class Meta:
        icon = "group"
        label = _("Case")
        template = "lms_modules/blocks/case.html"


class LessonBody(blocks.StreamBlock):
    """All blocks a teacher may use."""

    heading = blocks.CharBlock(label=_("Heading"), icon="title", template="lms_modules/blocks/heading.html")
    paragraph = blocks.RichTextBlock(
        label=_("Paragraph"), features=RICH_TEXT, icon="pilcrow", template="lms_modules/blocks/paragraph.html"
    )
    list = blocks.ListBlock(
        blocks.CharBlock(label=_("Point")), label=_("List"), icon="list-ul", template="lms_modules/blocks/list.html"
    )
    image = ImageBlock()
    video = VideoBlock()
    document = DocumentBlock()
    law = LawBlock()
    case = CaseBlock()

    class Meta:
        template = "lms_modules/blocks/body.html"

    def render(self, value: Any, context: Mapping[str, Any] | None = None) -> SafeString:
        """As the template does, but what was drawn before is not drawn again.

        The HTML of a text is kept under the text itself, so a changed text is a new one. `pictures` in the context
        (image id -> rendition) spares reading the images; a picture that is not in it is drawn from its block.
        """
        pictures = (context or {}).get("pictures") or {}
        pieces = []
        for place, raw in enumerate(value.raw_data):
            kind, given = raw["type"], raw["value"]
            if kind in TEXT_KINDS and not any(pointer in (text := json.dumps(given)) for pointer in POINTERS):
                pieces.append(text_html(kind, text, get_language()))
            elif kind == "image" and (rendition := pictures.get(given.get("image"))):
                drawn = (rendition.url, rendition.width, rendition.height)
                pieces.append(figure_html(*drawn, given.get("alt", ""), given.get("caption", "")))
            else:
                pieces.append(value[place].render(context=context))
        return format_html_join("", "{}", ((piece,) for piece in pieces))


@lru_cache(maxsize=KEPT_TEXTS)
def text_html(kind: str, text: str, language: str | None) -> SafeString:
    """One block of text, given as the JSON it is stored as."""
    block = _body().child_blocks[kind]
    return block.render(block.to_python(json.loads(text)))


@lru_cache(maxsize=KEPT_TEXTS)
def figure_html(url: str, width: int, height: int, alt: str, caption: str) -> SafeString:
    """One picture in page size."""
    picture = {"url": url, "width": width, "height": height}
    return render_to_string("lms_modules/blocks/figure.html", {"picture": picture, "alt": alt, "caption": caption})


@lru_cache
def _body() -> LessonBody:
    return LessonBody()
