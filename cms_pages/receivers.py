"""A loaded programme gets its public pages; a published page is found by its new words; pictures are drawn ahead."""

from collections.abc import Mapping
from typing import Any

from django.contrib.auth.models import Permission
from wagtail.models import GroupPagePermission

from cms_pages.models import SitePage
from cms_pages.services import note_words, prepare_site
from lms.people.enums import Role
from lms.people.services import role_group

PICTURE = "width-960|format-webp"
EDITOR_RIGHTS = ("add_page", "change_page", "publish_page")


def prepare_pages(sender: Any, *, programme: Any, document: Mapping[str, Any], **kwargs: Any) -> None:
    """programme_loaded: idempotent."""
    home = prepare_site(programme, document)
    editors = role_group(Role.ADMINISTRATOR)
    rights = Permission.objects.filter(content_type__app_label="wagtailcore", codename__in=EDITOR_RIGHTS)
    for right in rights:
        GroupPagePermission.objects.get_or_create(group=editors, page=home, permission=right)


def keep_up(sender: Any, *, instance: Any, **kwargs: Any) -> None:
    """page_published: words for searching, and the pictures a reader will need, so that reading writes nothing."""
    if not isinstance(instance, SitePage):
        return
    note_words(instance)
    for block in getattr(instance, "body", ()):
        if block.block_type == "picture" and block.value.get("image"):
            block.value["image"].get_rendition(PICTURE)
