"""Filters for clocks with seconds."""

from datetime import datetime

from django import template
from django.utils import timezone

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
