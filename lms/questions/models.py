"""Items of the bank and their versions."""

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from lms.core.journals import Journal
from lms.questions.enums import Difficulty, ItemKind, ItemState


class Item(models.Model):
    """A question. What it says stands in its versions; `search_text` and `stem` repeat the latest for lists."""

    course = models.ForeignKey(
        "lms_programmes.Course", on_delete=models.PROTECT, related_name="items", verbose_name=_("course")
    )
    kind = models.CharField(_("question kind"), max_length=12, choices=ItemKind)
    difficulty = models.PositiveSmallIntegerField(_("difficulty"), choices=Difficulty, default=Difficulty.MEDIUM)
    state = models.CharField(_("state"), max_length=8, choices=ItemState, default=ItemState.DRAFT)
    key = models.CharField(max_length=64, editable=False)
    stem = models.TextField(_("question"), editable=False)
    search_text = models.TextField(editable=False)
    made_at = models.DateTimeField(_("made at"))
    changed_at = models.DateTimeField(_("changed at"))

    class Meta:
        verbose_name = _("question")
        verbose_name_plural = _("questions")
        ordering = ["course", "kind", "difficulty", "pk"]
        indexes = [models.Index(fields=["course", "kind", "difficulty", "state"], name="lms_questions_by_use")]
        constraints = [
            models.UniqueConstraint(fields=["course", "key"], name="lms_questions_item_once"),
            models.CheckConstraint(condition=Q(difficulty__range=(1, 3)), name="lms_questions_difficulty"),
        ]

    def __str__(self) -> str:
        return self.stem if len(self.stem) <= 60 else f"{self.stem[:59]}…"


class ItemVersion(Journal):
    """What an item said from one change to the next; append-only. The highest number is current."""

    item = models.ForeignKey(Item, on_delete=models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField(_("version"))
    body: Any = models.JSONField(_("body"))
    made_at = models.DateTimeField(_("made at"))
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        verbose_name = _("version of a question")
        verbose_name_plural = _("versions of questions")
        ordering = ["item", "number"]
        constraints = [models.UniqueConstraint(fields=["item", "number"], name="lms_questions_version_once")]

    def __str__(self) -> str:
        return f"{self.item_id} v{self.number}"
