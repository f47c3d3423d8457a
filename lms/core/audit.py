"""The one audit trail: who did what to whom, before and after, through Wagtail's log."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.core.exceptions import FieldDoesNotExist
from django.db import models
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.text import capfirst
from django.utils.translation import gettext, pgettext
from wagtail.log_actions import log

from lms.core.templatetags.lms_ui import day, when

ACTIONS: dict[str, Any] = {}
FACTS: dict[str, "Fact"] = {}
NUMBERED, ANY = "#", "*"
ISO = re.compile(r"\d{4}-\d\d-\d\d([ T]\d\d:\d\d.*)?")
SPOKEN = {"True": True, "true": True, "False": False, "false": False, "None": None}


@dataclass(frozen=True)
class Fact:
    """How one key of before/after reads: its name (a text, or a function of the key) and its value in words."""

    label: Any
    words: Callable[[Any], str] | None = None


@dataclass(frozen=True)
class FactLine:
    """One fact of an entry as a person reads it."""

    name: str
    before: str
    after: str


def declare_action(action: str, label: Any) -> None:
    """Make `action` ("lms_attendance.correct") known with its translated label; call from an app's `wagtail_hooks`."""
    ACTIONS[action] = _lazy(label)


def declare_fact(key: str, label: Any, words: Callable[[Any], str] | None = None) -> None:
    """Say how a key of before/after reads; call from an app's `wagtail_hooks`.

    `key` is "lms_attendance.close.minutes" (one act), "lms_attendance.minutes" (every act of the app) or "minutes";
    in place of the name "#" stands for every number and "*" for the rest. Fields of the entry's own model need none.
    """
    FACTS[key] = Fact(label if callable(label) else _lazy(label), words)


def _lazy(label: Any) -> Any:
    """Declared once for all languages: a text that is translated already would stay in the language of the start."""
    if not isinstance(label, Promise):
        raise TypeError(f"“{label}” must be translated lazily (gettext_lazy)")
    return label


def choice_words(choices: type[models.Choices]) -> Callable[[Any], str]:
    """Values of these choices as their labels."""

    def say(value: Any) -> str:
        return str(dict(choices.choices).get(value, "" if value in (None, "none") else value))

    return say


def record_act(
    action: str,
    subject: models.Model,
    *,
    actor: Any = None,
    reason: str = "",
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
) -> None:
    """Write one line of the audit trail, in the caller's transaction.

    Never pass an ID number or a secret in before/after.
    """
    data = {key: value for key, value in (("reason", reason), ("before", before), ("after", after)) if value}
    log(instance=subject, action=action, user=actor, data=data)


def record_acts(action: str, acts: Sequence[tuple[models.Model, dict[str, Any]]], *, actor: Any = None) -> None:
    """One line for each (subject, after) of one kind of subject, in one statement: for imports of many rows."""
    if not acts:
        return
    if action not in ACTIONS:
        raise ValueError(f"{action} is not declared")
    from django.contrib.contenttypes.models import ContentType
    from wagtail.models import ModelLogEntry

    kind, now = ContentType.objects.get_for_model(acts[0][0]), timezone.now()
    ModelLogEntry.objects.bulk_create(
        [
            ModelLogEntry(
                content_type=kind,
                object_id=str(subject.pk),
                label=str(subject),
                action=action,
                timestamp=now,
                data={"after": after} if after else {},
                user=actor,
            )
            for subject, after in acts
        ],
        batch_size=500,
    )


@dataclass(frozen=True)
class Act:
    """One line of the audit trail about a subject, as plain values."""

    action: str
    at: datetime
    reason: str
    before: Mapping[str, Any]
    after: Mapping[str, Any]


def acts_on(model: type[models.Model], keys: Iterable[int], actions: Iterable[str]) -> dict[int, list[Act]]:
    """Key of each subject -> what was done to it by these actions, in order of time. One query, none without keys."""
    from django.contrib.contenttypes.models import ContentType
    from wagtail.models import ModelLogEntry

    wanted = [str(key) for key in keys]
    if not wanted:
        return {}
    kind = ContentType.objects.get_for_model(model)
    rows = ModelLogEntry.objects.filter(content_type=kind, object_id__in=wanted, action__in=list(actions))
    found: dict[int, list[Act]] = {}
    for key, action, at, data in rows.order_by("timestamp", "pk").values_list(
        "object_id", "action", "timestamp", "data"
    ):
        given = data or {}
        found.setdefault(int(key), []).append(
            Act(action, at, given.get("reason") or "", given.get("before") or {}, given.get("after") or {})
        )
    return found


class FactReader:
    """Facts of audit entries in words. What it looked up it remembers: make one for each page or export."""

    def __init__(self) -> None:
        self._seen: dict[tuple[type[models.Model], str], str] = {}

    def lines(self, action: str, model: type[models.Model] | None, data: Any) -> list[FactLine]:
        """Every fact of an entry that is not as it was; a name nobody declared is shown as it is written."""
        held = data if isinstance(data, dict) else {}
        before, after = _part(held, "before"), _part(held, "after")
        found = []
        for key in dict.fromkeys([*before, *after]):
            if key in before and before[key] == after.get(key, ""):
                continue
            fact = self._fact(action, model, key)
            say = fact.words or _plain
            label = fact.label(key) if callable(fact.label) else fact.label
            found.append(FactLine(str(label), _said(say, before.get(key)), _said(say, after.get(key))))
        return found

    def _fact(self, action: str, model: type[models.Model] | None, key: str) -> Fact:
        declared = _declared(action, NUMBERED if key.isdigit() else key)
        return declared or self._own(model, key) or _declared(action, ANY) or _undeclared(key)

    def _own(self, model: type[models.Model] | None, key: str) -> Fact | None:
        try:
            field: Any = model._meta.get_field(key) if model else None
        except FieldDoesNotExist:
            return None
        if field is None or not hasattr(field, "verbose_name"):
            return FACTS.get(key)
        choices = dict(getattr(field, "flatchoices", ()))
        if choices:
            return Fact(capfirst(field.verbose_name), lambda value: str(choices.get(value, value)))
        if field.is_relation:
            return Fact(capfirst(field.verbose_name), lambda value: self._object(field.related_model, value))
        return Fact(capfirst(field.verbose_name))

    def _object(self, model: type[models.Model], key: Any) -> str:
        place = (model, str(key))
        if place not in self._seen:
            held = model._default_manager.filter(pk=key).first() if str(key).isdigit() else None
            self._seen[place] = str(held or key)
        return self._seen[place]


def _part(data: Mapping[str, Any], name: str) -> dict[str, Any]:
    found = data.get(name)
    return found if isinstance(found, dict) else {}


def _declared(action: str, key: str) -> Fact | None:
    app = action.partition(".")[0]
    return FACTS.get(f"{action}.{key}") or FACTS.get(f"{app}.{key}")


def numbered(number: str) -> str:
    """How a learner of a term is called by number."""
    return pgettext("learner in a term", "No. %(number)s") % {"number": number}


def _undeclared(key: str) -> Fact:
    return Fact(numbered(key)) if key.isdigit() else FACTS.get(key) or Fact(key)


def _said(say: Callable[[Any], str], value: Any) -> str:
    return "" if value is None or value == "" else say(value)


def _plain(value: Any) -> str:
    if isinstance(value, str):
        value = SPOKEN.get(value, value)
    if isinstance(value, bool):
        return gettext("yes") if value else gettext("no")
    if isinstance(value, Mapping):
        return listed(f"{_undeclared(str(key)).label} {_plain(part)}" for key, part in value.items())
    if isinstance(value, list | tuple):
        return listed(_plain(part) for part in value)
    if isinstance(value, str) and ISO.fullmatch(value):
        return _moment(value)
    return "" if value is None else str(value)


def listed(parts: Iterable[str]) -> str:
    """Texts in a row, in the way of the language."""
    return pgettext("between the items of a list", ", ").join(parts)


def _moment(text: str) -> str:
    try:
        return when(datetime.fromisoformat(text), "year") if len(text) > len("2025-03-01") else _day(text)
    except ValueError:
        return text


def _day(text: str) -> str:
    return day(date.fromisoformat(text), "year")
