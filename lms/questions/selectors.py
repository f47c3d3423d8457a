"""Reads of the bank."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import F, Max, QuerySet

from lms.programmes.models import Programme
from lms.questions.enums import ItemState
from lms.questions.models import Item, ItemVersion


@dataclass(frozen=True)
class PoolItem:
    """A ready item in its current version, as a paper is drawn from it."""

    item_id: int
    version_id: int
    course: str
    module: str
    kind: str
    difficulty: int
    body: dict[str, Any]


def current_version(item: Item) -> ItemVersion:
    """The latest version of the item."""
    return ItemVersion.objects.filter(item=item).order_by("-number")[0]


def versions_of(item: Item) -> QuerySet[ItemVersion]:
    """Every version, newest first, with its writer."""
    return ItemVersion.objects.filter(item=item).select_related("made_by__person").order_by("-number")


def ready_pool(programme: Programme) -> list[PoolItem]:
    """Every ready item of the programme in its current version, in order of its key: one query.

    `course` is the course's code, `module` the module's kind. The order does not depend on row numbers.
    """
    rows = (
        ItemVersion.objects.filter(item__state=ItemState.READY, item__course__module__programme=programme)
        .annotate(latest=Max("item__versions__number"))
        .filter(number=F("latest"))
        .order_by("item__key", "pk")
        .values_list(
            "item_id",
            "pk",
            "item__course__code",
            "item__course__module__kind",
            "item__kind",
            "item__difficulty",
            "body",
        )
    )
    return [PoolItem(*row) for row in rows]


def keys_held(programme: Programme, keys: Iterable[str]) -> set[tuple[int, str]]:
    """(course id, key) of those questions that the bank has already."""
    rows = Item.objects.filter(course__module__programme=programme, key__in=list(keys))
    return set(rows.values_list("course_id", "key"))
