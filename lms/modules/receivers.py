"""A loaded programme gets its page tree and instructors their rights on it; published lessons get their pictures."""

from typing import Any

from django.contrib.auth.models import Permission
from wagtail.models import (
    CollectionViewRestriction,
    GroupCollectionPermission,
    GroupPagePermission,
    PageViewRestriction,
)

from lms.modules.pages import PICTURE, CourseIndexPage, CoursePage, LessonPage, content_collection
from lms.modules.services import prepare_tree
from lms.people.enums import Role
from lms.people.services import role_group

PAGE_RIGHTS = ("add_page", "change_page", "publish_page")
FILE_RIGHTS = {
    "wagtailimages": ("add_image", "change_image", "choose_image"),
    "wagtaildocs": ("add_document", "change_document", "choose_document"),
    "wagtailmedia": ("add_media", "change_media"),
}


def prepare_content(sender: Any, programme: Any, **kwargs: Any) -> None:
    """programme_loaded: idempotent."""
    open_to_members(prepare_tree(programme))


def open_to_members(index: CourseIndexPage) -> None:
    """Members only may follow page and file addresses; instructors may write, publish and upload."""
    PageViewRestriction.objects.get_or_create(page=index, restriction_type=PageViewRestriction.LOGIN)
    collection = content_collection()
    CollectionViewRestriction.objects.get_or_create(
        collection=collection, restriction_type=CollectionViewRestriction.LOGIN
    )
    instructors = role_group(Role.INSTRUCTOR)
    for right in _rights("wagtailcore", PAGE_RIGHTS):
        GroupPagePermission.objects.get_or_create(group=instructors, page=index, permission=right)
    for app, names in FILE_RIGHTS.items():
        for right in _rights(app, names):
            GroupCollectionPermission.objects.get_or_create(group=instructors, collection=collection, permission=right)


def make_renditions(sender: Any, instance: CoursePage | LessonPage, **kwargs: Any) -> None:
    """page_published: the pictures a reader will need are made now, so that reading writes nothing."""
    for picture in instance.pictures():
        picture.get_rendition(PICTURE)


def _rights(app: str, names: tuple[str, ...]) -> Any:
    return Permission.objects.filter(content_type__app_label=app, codename__in=names)
