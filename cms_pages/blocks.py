"""What editors write pages with."""

from typing import Any

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from wagtail import blocks
from wagtail.images.blocks import ImageChooserBlock

RICH_TEXT = ["bold", "link", "ol", "ul", "document-link"]
PARTS = "cms_pages/blocks/"


class QuoteBlock(blocks.StructBlock):
    """A quotation, of a law for instance, with its source."""

    text = blocks.TextBlock(label=_("Text"))
    source = blocks.CharBlock(label=_("Source"), required=False)

    class Meta:
        icon = "openquote"
        label = _("Quotation")
        template = f"{PARTS}quote.html"


class PictureBlock(blocks.StructBlock):
    """A picture with its description."""

    image = ImageChooserBlock(label=_("Picture"))
    alt = blocks.CharBlock(label=_("Description for people who cannot see it"), required=False)
    caption = blocks.CharBlock(label=_("Caption"), required=False)

    class Meta:
        icon = "image"
        label = _("Picture")
        template = f"{PARTS}picture.html"


class FactBlock(blocks.StructBlock):
    """One line of a list of facts."""

    label = blocks.CharBlock(label=_("Label"))
    value = blocks.CharBlock(label=_("Value"))


class BodyBlock(blocks.StreamBlock):
    """The body of a notice, an article or an ordinary page."""

    heading = blocks.CharBlock(label=_("Heading"), icon="title", template=f"{PARTS}heading.html")
    paragraph = blocks.RichTextBlock(label=_("Text"), icon="pilcrow", features=RICH_TEXT)
    items = blocks.ListBlock(blocks.CharBlock(), label=_("List"), icon="list-ul", template=f"{PARTS}items.html")
    quote = QuoteBlock()
    case = blocks.TextBlock(label=_("Case"), icon="clipboard-list", template=f"{PARTS}case.html")
    picture = PictureBlock()
    facts = blocks.ListBlock(FactBlock(), label=_("Facts"), icon="table", template=f"{PARTS}facts.html")

    class Meta:
        label = _("Body")


class BilingualTextBlock(blocks.StructBlock):
    """A title with a sentence, in Chinese and, where it is known, in English."""

    title = blocks.CharBlock(label=_("Title"))
    text = blocks.TextBlock(label=_("Text"), required=False)
    title_en = blocks.CharBlock(label=_("Title in English"), required=False)
    text_en = blocks.TextBlock(label=_("Text in English"), required=False)

    class Meta:
        icon = "list-ol"
        label = _("Entry")


class QuestionBlock(blocks.StructBlock):
    """A question people ask and its answer."""

    question = blocks.CharBlock(label=pgettext_lazy("FAQ", "Question"))
    answer = blocks.RichTextBlock(label=_("Answer"), features=RICH_TEXT)
    question_en = blocks.CharBlock(label=_("Question in English"), required=False)
    answer_en = blocks.TextBlock(label=_("Answer in English"), required=False)

    class Meta:
        icon = "help"
        label = pgettext_lazy("FAQ", "Question")


class LodgingBlock(blocks.StructBlock):
    """A place to stay near the classrooms (R26): for reference only."""

    name = blocks.CharBlock(label=_("Name of the place"))
    name_en = blocks.CharBlock(label=_("Name in English"), required=False)
    distance = blocks.CharBlock(label=_("Way to the classrooms"))
    distance_en = blocks.CharBlock(label=_("Way in English"), required=False)
    price = blocks.CharBlock(label=_("Price"))
    price_en = blocks.CharBlock(label=_("Price in English"), required=False)
    phone = blocks.CharBlock(label=_("Telephone"))
    remark = blocks.CharBlock(label=_("Remark"), required=False)
    remark_en = blocks.CharBlock(label=_("Remark in English"), required=False)

    class Meta:
        icon = "home"
        label = _("Place to stay")


class ContactBlock(blocks.StructBlock):
    """Whom to call about what."""

    title = blocks.CharBlock(label=_("About what"))
    title_en = blocks.CharBlock(label=_("About what, in English"), required=False)
    phone = blocks.CharBlock(label=_("Telephone"))

    class Meta:
        icon = "mobile-alt"
        label = _("Contact")


def plain_text(value: Any) -> str:
    """Every word of a stream value, block after block; for searching."""
    return "\n".join(part for block in value for part in block.block.get_searchable_content(block.value))
