"""Showing questions."""

from collections.abc import Collection, Mapping
from typing import Any

from django import template
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

register = template.Library()
LETTERS = "ABCDEFGHIJ"


@register.filter
def letter(number: int) -> str:
    """1 -> A, 2 -> B, …"""
    return LETTERS[int(number) - 1]


@register.simple_tag
def question_field(
    question: Mapping[str, Any], number: int, chosen: Collection[int] = (), *, locked: bool = False
) -> SafeString:
    """One question with its choices; `question`: id, kind, stem, options, points; `chosen`: positions already chosen.

    Written as text: a paper of 50 questions has 200 choices, and a template takes ten times as long for them.
    """
    name, kind, picked = escape(question["id"]), question["kind"], set(chosen or ())
    points = _("%(points)s points") % {"points": question["points"]}
    note = f"{_kind_note(kind)} · {escape(points)}"
    choices = "".join(
        _choice(name, kind, place, option, chosen=place in picked, locked=locked)
        for place, option in enumerate(question["options"])
    )
    return mark_safe(  # noqa: S308  # every value is escaped above and below
        f'<fieldset class="question" id="{name}" data-question="{name}" data-kind="{escape(kind)}" tabindex="-1">\n'
        f'  <legend class="question-stem"><span class="question-number">{number}.</span> {escape(question["stem"])}\n'
        f'    <span class="question-note">{note}</span>\n'
        f'  </legend>\n  <div class="choices">{choices}\n  </div>\n</fieldset>\n'
    )


def _choice(name: str, kind: str, place: int, option: str, *, chosen: bool, locked: bool) -> str:
    sort = "checkbox" if kind == "multiple" else "radio"
    marks = (" checked" if chosen else "") + (" disabled" if locked else "")
    mark = "" if kind == "truefalse" else f"{LETTERS[place]}. "
    return (
        f'\n    <label class="choice"><input type="{sort}" name="{name}" value="{place}"{marks} autocomplete="off">'
        f'<span><span class="question-letter">{mark}</span>{escape(option)}</span></label>'
    )


def _kind_note(kind: str) -> str:
    if kind == "multiple":
        return escape(_("several are right"))
    return escape(_("true or false") if kind == "truefalse" else _("one is right"))
