"""What every screen of exams in the back office needs."""

from collections.abc import Sequence
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

SPACE = "lms_exams_backoffice"


def screen(title: str, *, above: Sequence[tuple[str, str]] | None = None, **more: Any) -> dict[str, Any]:
    """What every screen needs; `above` are the screens between the home and this one, the exams by default."""
    above = ((f"{SPACE}:index", _("Exams")),) if above is None else above
    crumbs = [{"url": reverse(name), "label": label} for name, label in (("wagtailadmin_home", _("Home")), *above)]
    crumbs.append({"url": "", "label": title})
    return {"header_title": title, "page_title": title, "header_icon": "form", "breadcrumbs_items": crumbs, **more}
