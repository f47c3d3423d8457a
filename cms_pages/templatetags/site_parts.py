"""Parts of the public site that stand on every page, also on those of other apps."""

from datetime import date
from typing import Any

from django import template
from django.http import HttpRequest
from django.template import Context
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from wagtail.models import Page

from cms_pages.models.base import choose
from cms_pages.selectors import SiteMenu, site_menu
from lms.core.templatetags.lms_ui import day

register = template.Library()
TONES = {
    "open": "info",
    "full": "attention",
    "soon": "neutral",
    "closed": "neutral",
    "running": "done",
    "ended": "neutral",
}
ICONS = {"open": "edit", "full": "people", "soon": "calendar", "closed": "lock", "running": "course", "ended": "check"}


@register.simple_tag(takes_context=True)
def menu_of_site(context: Context) -> SiteMenu:
    """Home page and menu entries; nothing without a request (an error page drawn by hand)."""
    request = context.get("request")
    return site_menu(request) if isinstance(request, HttpRequest) else SiteMenu(None)


@register.simple_tag(takes_context=True)
def address_of(context: Context, page: Page) -> str:
    """Address of a page on this site."""
    return page.get_url(context.get("request")) or "/"


@register.simple_tag(takes_context=True)
def here(context: Context, page: Page) -> str:
    """`page` for the present page, `true` for a section the present page stands in, else nothing."""
    present = context.get("page")
    if not isinstance(present, Page) or not (present.path or "").startswith(page.path):
        return ""
    return "page" if present.path == page.path else "true"


@register.simple_tag
def days(first: date, last: date) -> SafeString:
    """From day to day; the year of the last day only when it is another one."""
    ends = day(last, "short" if last.year == first.year else "year")
    parts = (day(first, "year"), pgettext("between two dates", "to"), ends)
    return format_html('<span><span class="nowrap">{}</span> {} <span class="nowrap">{}</span></span>', *parts)


@register.filter
def said(block: Any, name: str) -> Any:
    """A block's text in the reader's language."""
    return choose(block.get(name), block.get(f"{name}_en"))


@register.filter
def phase_label(phase: str) -> str:
    """What a phase is called."""
    return {
        "open": _("Registration open"),
        "full": _("All seats taken"),
        "soon": _("Registration not yet open"),
        "closed": _("Registration closed"),
        "running": _("In session"),
        "ended": _("Ended"),
    }[phase]


@register.filter
def phase_tone(phase: str) -> str:
    """Tone of the badge."""
    return TONES[phase]


@register.filter
def phase_icon(phase: str) -> str:
    """Drawing of the badge."""
    return ICONS[phase]
