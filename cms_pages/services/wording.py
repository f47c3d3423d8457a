"""What search finds of a page."""

from cms_pages.models import SitePage
from lms.core.rules import bigrams


def note_words(page: SitePage) -> None:
    """Keep the page's words for searching, as published. One UPDATE; drafts are not searched."""
    plain = page.text_for_search()
    SitePage.objects.filter(pk=page.pk).update(plain=_without_title(page), words=bigrams(plain))


def _without_title(page: SitePage) -> str:
    """Running text for the excerpt below the title of a result."""
    parts = [page.summary, *page.body_texts()]
    return " ".join(" ".join(parts).split())
