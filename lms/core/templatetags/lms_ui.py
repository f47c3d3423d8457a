"""Tags and filters of the design system: docs/design-system.md shows each with its markup."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from functools import lru_cache
from typing import Any

from django import template
from django.conf import settings
from django.core.paginator import Page
from django.core.signals import setting_changed
from django.forms import BaseForm, BoundField, CheckboxInput, PasswordInput
from django.http import QueryDict
from django.template import Context
from django.template.base import Parser, Token
from django.templatetags.static import StaticNode
from django.urls import get_script_prefix
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from wagtail import hooks

from lms.core.exceptions import Refusal
from lms.core.screens import DeskCard, Place

register = template.Library()

WEEKDAYS_ZH = ("周一", "周二", "周三", "周四", "周五", "周六", "周日")
WEEKDAYS_EN = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
MONTHS_EN = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
STATE_ICONS = {
    "done": "check",
    "attention": "clock",
    "danger": "alert",
    "info": "info",
    "neutral": "circle",
}


@lru_cache(maxsize=500)
def static(path: str) -> str:
    """Address of a static file; it cannot change while the process runs."""
    return str(StaticNode.handle_simple(path))


class KeptStaticNode(StaticNode):
    """Django's tag with addresses worked out once."""

    @classmethod
    def handle_simple(cls, path: str) -> str:
        return static(path)


@register.tag("static")
def do_static(parser: Parser, token: Token) -> StaticNode:
    return KeptStaticNode.handle_token(parser, token)


@register.simple_tag
def icon(name: str, label: str = "", css: str = "") -> SafeString:
    """A drawing of the sprite. Decorative unless `label` names it."""
    return _icon(str(name), str(label), str(css))


@lru_cache(maxsize=500, typed=True)
def _icon(name: str, label: str, css: str) -> SafeString:
    classes = f"icon {css}".strip()
    address = f"{static('lms/icons.svg')}#{name}"
    if label:
        return format_html(
            '<svg class="{}" role="img" aria-label="{}"><use href="{}"></use></svg>', classes, label, address
        )
    return format_html(
        '<svg class="{}" aria-hidden="true" focusable="false"><use href="{}"></use></svg>', classes, address
    )


@register.simple_tag
def site_name() -> str:
    """The name in the head of every page and in the title; LMS_SITE_NAMES gives it by language."""
    names = getattr(settings, "LMS_SITE_NAMES", {})
    return str(names.get(get_language(), "")) or str(
        getattr(settings, "LMS_SITE_NAME", "") or getattr(settings, "WAGTAIL_SITE_NAME", "")
    )


def places() -> list[Place]:
    """What the plug-ins registered, in order; worked out once for each language."""
    return list(_places(tuple(hooks.get_hooks("lms_places")), get_language(), get_script_prefix()))


@lru_cache(maxsize=20)
def _places(registered: tuple[Any, ...], language: str | None, prefix: str) -> tuple[Place, ...]:
    found = [hook() for hook in registered]
    return tuple(sorted((place for place in found if place), key=lambda place: place.order))


@register.simple_tag
def desk_url() -> str:
    """Address of the first place: where a signed-in person goes home to."""
    first = places()[:1]
    return first[0].url if first else "/"


@register.inclusion_tag("lms/parts/places.html", takes_context=True)
def lms_places(context: Context, samples: Iterable[Place] | None = None) -> dict[str, Any]:
    """The bottom bar on a phone, the rail on a desk. The longest address that begins the path is the current place."""
    request = context.get("request")
    entries = list(samples) if samples else places()
    wanted = context.get("place") or ""
    path = request.path if request else ""
    matching = [entry for entry in entries if entry.key == wanted] or [
        entry for entry in entries if path.startswith(str(entry.url))
    ]
    current = max(matching, key=lambda entry: len(str(entry.url)), default=None)
    return {"places": entries, "current": current}


@register.inclusion_tag("lms/parts/bar_items.html", takes_context=True)
def lms_bar_items(context: Context, words: bool = False) -> dict[str, Any]:
    """What plug-ins put into the head of the page, unread messages for one."""
    request = context.get("request")
    if request is None or not hasattr(request, "user"):
        return {"items": [], "words": words}
    items = [item for hook in hooks.get_hooks("lms_bar_items") if (item := hook(request))]
    return {"items": items, "words": words}


@register.simple_tag(takes_context=True)
def current_path(context: Context) -> str:
    request = context.get("request")
    return request.get_full_path() if request else "/"


@register.simple_tag
def other_languages() -> list[tuple[str, str]]:
    """The languages one may switch to from here: code and its own name."""
    present = get_language()
    return [(code, name) for code, name in settings.LANGUAGES if code != present]


# forms


@register.inclusion_tag("lms/parts/field.html")
def field(bound: BoundField, hint: str = "", label: str = "", css: str = "") -> dict[str, Any]:
    """A form field with label, hint and errors tied to it; the ids are Django's own (`…_helptext`, `…_error`)."""
    widget = bound.field.widget
    attrs: dict[str, str | bool] = {"placeholder": ""} if widget.attrs.get("placeholder") == bound.label else {}
    described = []
    if hint.strip() or (not hint and bound.help_text):
        described.append(f"{bound.auto_id}_helptext")
    if bound.errors:
        described.append(f"{bound.auto_id}_error")
    if described and not widget.use_fieldset:
        attrs["aria-describedby"] = " ".join(described)
    if isinstance(widget, PasswordInput):
        attrs |= {"data-reveal": "", "data-reveal-show": _("Show"), "data-reveal-hide": _("Hide")}
    return {
        "field": bound,
        "control": bound.as_widget(attrs=attrs),
        "label": label or bound.label,
        "hint": hint.strip() if hint else bound.help_text,
        "is_choice": isinstance(widget, CheckboxInput),
        "is_group": widget.use_fieldset,
        "described": " ".join(described),
        "optional": not bound.field.required and not isinstance(widget, CheckboxInput),
        "css": css,
    }


@register.inclusion_tag("lms/parts/error_summary.html")
def error_summary(*forms: BaseForm) -> dict[str, Any]:
    """Every error of one or several forms, each a link to its field. Draws nothing when there is none."""
    general: list[str] = []
    entries: list[tuple[str, str, str]] = []
    for form in forms:
        if not form or not getattr(form, "is_bound", False):
            continue
        general += [str(error) for error in form.non_field_errors()]
        for bound in form:
            target = bound.id_for_label or bound.auto_id
            entries += [(target, str(bound.label).rstrip(".。:："), str(error)) for error in bound.errors]
    return {"general": general, "entries": entries, "count": len(general) + len(entries)}


# states, pages


@register.simple_tag
def state_badge(state: Any, label: str = "", icon_name: str = "") -> SafeString:
    """An icon and a word. `state`: done, attention, danger, info, neutral, or has `state` and `state_label`."""
    tone = str(getattr(state, "state", state) or "neutral")
    word = label or getattr(state, "state_label", "")
    tone = tone if tone in STATE_ICONS else "neutral"
    return _badge(tone, str(word), str(icon_name))


@lru_cache(maxsize=500, typed=True)  # a text marked safe and the same text unmarked are two
def _badge(tone: str, word: str, icon_name: str) -> SafeString:
    return format_html('<span class="badge badge-{}">{}{}</span>', tone, icon(icon_name or STATE_ICONS[tone]), word)


@register.inclusion_tag("lms/parts/pagination.html", takes_context=True)
def pagination(context: Context, page: Page, parameter: str = "page") -> dict[str, Any]:
    """Previous and next with the rest of the query kept."""
    request = context.get("request")

    def address(number: int) -> str:
        query = request.GET.copy() if request else None
        if query is None:
            return f"?{parameter}={number}"
        query[parameter] = str(number)
        return f"?{query.urlencode()}"

    return {
        "page": page,
        "previous_url": address(page.previous_page_number()) if page.has_previous() else "",
        "next_url": address(page.next_page_number()) if page.has_next() else "",
    }


@register.simple_tag(takes_context=True)
def query_with(context: Context, **changes: Any) -> str:
    """The present query string with some values replaced; an empty value removes its key."""
    request = context.get("request")
    query = request.GET.copy() if request else QueryDict(mutable=True)
    for key, value in changes.items():
        query.pop(key, None)
        if value not in (None, ""):
            query[key] = str(value)
    return f"?{query.urlencode()}"


@register.inclusion_tag("lms/parts/desk_card.html")
def desk_card(card: DeskCard, level: int = 3) -> dict[str, Any]:
    """A plug-in's card on the desk; `level` is the rank of its heading."""
    return {"card": card, "level": level, "is_now": card.zone == "now"}


@register.inclusion_tag("lms/parts/refusals.html")
def refusals(found: Refusal | Iterable[Refusal], title: str = "") -> dict[str, Any]:
    """Why something is not allowed: sentence, explanation and rule of each refusal; nothing when there is none."""
    return {"refusals": [found] if isinstance(found, Refusal) else list(found or ()), "title": title}


# figures and dates


@register.filter
def class_hours(minutes: Any, minutes_per_hour: int = 45) -> str:
    """Minutes, also exact fractions of them, as class hours: at most two decimals, half up, no idle zeros (R2)."""
    if minutes in (None, ""):
        return ""
    exact = Fraction(minutes) / int(minutes_per_hour)
    hours = (Decimal(exact.numerator) / exact.denominator).quantize(Decimal("0.01"), ROUND_HALF_UP)
    text = f"{hours:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


@register.filter
def money(fen: Any) -> str:
    """Fen as yuan: ¥1,800.00, with a real minus sign."""
    if fen in (None, ""):
        return ""
    amount = Decimal(int(fen)) / 100
    sign = "−" if amount < 0 else ""
    return f"{sign}¥{abs(amount):,.2f}"


def _is_chinese() -> bool:
    return (get_language() or "").startswith("zh")


def _local(value: date | datetime) -> date | datetime:
    if isinstance(value, datetime) and timezone.is_aware(value):
        return timezone.localtime(value)
    return value


def _say_day(value: date, with_year: bool) -> str:
    weekday = value.weekday()
    if _is_chinese():
        year = f"{value.year}年" if with_year else ""
        return f"{year}{value.month}月{value.day}日 {WEEKDAYS_ZH[weekday]}"
    year = f" {value.year}" if with_year else ""
    return f"{WEEKDAYS_EN[weekday]} {value.day} {MONTHS_EN[value.month - 1]}{year}"


def _wants_year(value: date, choice: str) -> bool:
    if choice in ("year", "short"):
        return choice == "year"
    return value.year != timezone.localdate().year


@register.filter
def day(value: date | datetime | None, choice: str = "") -> str:
    """10月8日 周三 / Wed 8 Oct. Another year than this one is named; "year" forces it, "short" leaves it out."""
    if not value:
        return ""
    local = _local(value)
    return _say_day(local, _wants_year(local, choice))


@register.filter
def when(value: datetime | date | None, choice: str = "") -> str:
    """10月8日 周三 08:30 / Wed 8 Oct 08:30, in Asia/Shanghai."""
    if not value:
        return ""
    local = _local(value)
    text = _say_day(local, _wants_year(local, choice))
    return f"{text} {local:%H:%M}" if isinstance(local, datetime) else text


@register.filter
def clock_time(value: datetime | None) -> str:
    """08:30"""
    return f"{_local(value):%H:%M}" if value else ""


@register.simple_tag
def moment(value: datetime | date | None, choice: str = "") -> SafeString:
    """`when` inside a <time> that machines can read."""
    if not value:
        return mark_safe("")
    return format_html('<time datetime="{}">{}</time>', _local(value).isoformat(), when(value, choice))


@register.simple_tag
def moments(first: datetime, last: datetime) -> SafeString:
    """From one moment to another; the day is said once where it is the same: 10月8日 周三 09:00–11:30."""
    if _local(first).timetuple()[:3] != _local(last).timetuple()[:3]:
        return format_html("{} – {}", moment(first), moment(last))
    return format_html('{}–<time datetime="{}">{}</time>', moment(first), _local(last).isoformat(), clock_time(last))


@register.filter
def until(value: datetime | None) -> str:
    """`when` for an end: midnight is 24:00 of the day before, as people say it."""
    if not value:
        return ""
    local = timezone.localtime(value)
    if (local.hour, local.minute) != (0, 0):
        return when(value)
    return f"{day(local - timedelta(days=1))} 24:00"


@register.filter
def who(user: Any) -> str:
    """The real name of an account (`user.person`, where people are installed), its login name when it has none."""
    if user is None or user == "":
        return ""
    return str(getattr(getattr(user, "person", None), "name", "") or user.get_username())


@register.filter
def masked(value: Any) -> str:
    """Only the ends of an identity or telephone number; a short text keeps its first character."""
    text = str(value or "")
    if len(text) >= 15:
        return f"{text[:3]}{'*' * (len(text) - 7)}{text[-4:]}"
    if len(text) >= 7:
        return f"{text[:3]}{'*' * (len(text) - 7)}{text[-4:]}"
    return f"{text[:1]}{'*' * max(len(text) - 1, 0)}"


@register.filter
def initial(name: Any) -> str:
    """The character that stands in an avatar: the family name of a Chinese name."""
    text = str(name or "").strip()
    return text[:1].upper()


@register.filter
def lookup(mapping: Mapping[Any, Any] | None, key: Any) -> Any:
    return mapping.get(key) if mapping else None


def _forget(**_changed: Any) -> None:
    """Settings change in tests only."""
    for kept in (static, _icon, _badge, _places):
        kept.cache_clear()


setting_changed.connect(_forget, dispatch_uid="lms_ui.forget")
