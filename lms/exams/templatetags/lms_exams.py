"""Clocks with seconds, and the palette of the exam room."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from django import template
from django.utils import timezone
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from lms.exams.enums import LockKind

register = template.Library()


@register.filter
def clock_seconds(value: datetime | None) -> str:
    """08:30:05 in Asia/Shanghai."""
    return f"{timezone.localtime(value):%H:%M:%S}" if value else ""


@register.filter
def duration(seconds: int) -> str:
    """5405 -> 1:30:05"""
    return f"{seconds // 3600}:{seconds // 60 % 60:02d}:{seconds % 60:02d}"


@register.filter
def lock_label(kind: str) -> str:
    """The last thing that happened to a lock, in words."""
    return str(LockKind(kind).label)


@register.simple_tag
def palette_cells(sections: Iterable[Mapping[str, Any]]) -> SafeString:
    """A cell for every question of the paper, with what it says about the answer; written as text, see questions."""
    word, yes, flag = (escape(text) for text in (_("Question"), _("questions answered"), _("marked for later")))
    return mark_safe(  # noqa: S308  # every value is escaped
        "".join(
            f'\n      <li><a class="palette-cell{" is-answered" if row["chosen"] else ""}" href="#{name}" '
            f'data-cell="{name}"><span class="visually-hidden">{word}</span> {row["number"]}'
            f'<span class="visually-hidden" data-cell-state data-yes="{yes}" data-flag="{flag}">'
            f"{yes if row['chosen'] else ''}</span></a></li>"
            for section in sections
            for row in section["rows"]
            for name in (escape(row["question"]["id"]),)
        )
    )
