"""Filters for showing questions."""

from django import template

register = template.Library()


@register.filter
def letter(number: int) -> str:
    """1 -> A, 2 -> B, …"""
    return "ABCDEFGHIJ"[int(number) - 1]
