"""Writes of the public site: preparing its pages, and keeping what search finds."""

from cms_pages.services.planting import prepare_site
from cms_pages.services.wording import note_words

__all__ = ["note_words", "prepare_site"]
