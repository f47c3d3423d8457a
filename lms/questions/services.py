"""Writes to the bank: each verb is one function."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from lms.core.audit import record_act
from lms.core.exceptions import DomainError, Refusal, refuse
from lms.programmes.models import Course, Programme
from lms.questions.enums import ItemState
from lms.questions.models import Item, ItemVersion
from lms.questions.rules import (
    BODY_KEYS,
    DIFFICULTIES,
    KINDS,
    BodyProblem,
    check_body,
    clean_body,
    item_key,
    search_text,
)
from lms.questions.selectors import current_version, keys_held

FILE_FORMAT = 1
FILE_KEYS = {"format", "items"}
ENTRY_KEYS = {"course", "kind", "difficulty", "state", *BODY_KEYS}


@dataclass(frozen=True)
class LoadOutcome:
    """What a file brought: questions read, added, and already there."""

    read: int
    added: int
    known: int


@transaction.atomic
def add_item(
    course: Course,
    kind: str,
    body: Mapping[str, Any],
    *,
    difficulty: int,
    at: datetime,
    state: str = ItemState.READY,
    actor: Any = None,
) -> Item:
    """A new question with its first version. Refuses every problem of the body at once, and `item_known`."""
    _require_sound(kind, body)
    clean = clean_body(body)
    key = item_key(kind, clean)
    if Item.objects.filter(course=course, key=key).exists():
        raise refuse("item_known", _("This course already has exactly this question."))
    item = Item.objects.create(**_item_fields(course, kind, difficulty, state, clean, at))
    ItemVersion.objects.create(item=item, number=1, body=clean, made_at=at, made_by=actor)
    record_act("lms_questions.add", item, actor=actor, after={"kind": kind, "difficulty": difficulty})
    return item


@transaction.atomic
def revise_item(
    item: Item, body: Mapping[str, Any], *, difficulty: int, at: datetime, expected_version: int, actor: Any = None
) -> ItemVersion:
    """A new version when the body changed; papers already drawn keep theirs.

    An unchanged body adds no version. Refuses every problem of the body, and `item_changed` when somebody else has
    revised it since `expected_version`.
    """
    item = Item.objects.select_for_update().get(pk=item.pk)
    _require_sound(item.kind, body)
    clean, last = clean_body(body), current_version(item)
    if last.number != expected_version:
        raise refuse("item_changed", _("Somebody else has changed this question meanwhile. Open it again."))
    if clean == last.body and item.difficulty == difficulty:
        return last
    before = item.difficulty
    item.difficulty, item.changed_at = difficulty, at
    item.stem, item.search_text = clean["stem"], search_text(clean)
    item.save(update_fields=["difficulty", "changed_at", "stem", "search_text"])
    if clean != last.body:
        last = ItemVersion.objects.create(item=item, number=last.number + 1, body=clean, made_at=at, made_by=actor)
    record_act(
        "lms_questions.revise",
        item,
        actor=actor,
        before={"difficulty": before},
        after={"version": last.number, "difficulty": difficulty},
    )
    return last


@transaction.atomic
def set_item_state(item: Item, state: ItemState, *, at: datetime, actor: Any = None) -> Item:
    """Make an item ready, a draft again, or retired; papers already drawn are not touched. Twice is nothing."""
    item = Item.objects.select_for_update().get(pk=item.pk)
    if item.state == state:
        return item
    before = item.state
    item.state, item.changed_at = state, at
    item.save(update_fields=["state", "changed_at"])
    record_act("lms_questions.set_state", item, actor=actor, before={"state": before}, after={"state": str(state)})
    return item


@transaction.atomic
def load_items(document: Mapping[str, Any], programme: Programme, *, at: datetime, actor: Any = None) -> LoadOutcome:
    """Load a parsed bank file: all or nothing, every error at once, the same file twice adds nothing.

    Each refusal's `figures["place"]` says which entry ("items[3].answer").
    """
    courses = {course.code: course for course in Course.objects.filter(module__programme=programme)}
    problems = _check_document(document, courses)
    if problems:
        raise DomainError(*problems)
    entries: list[Mapping[str, Any]] = document["items"]
    prepared = [(courses[entry["course"]], entry, clean_body(entry)) for entry in entries]
    held = keys_held(programme, (item_key(entry["kind"], body) for _course, entry, body in prepared))
    fresh = [row for row in prepared if (row[0].pk, item_key(row[1]["kind"], row[2])) not in held]
    items = Item.objects.bulk_create(
        Item(**_item_fields(course, entry["kind"], entry["difficulty"], _state(entry), body, at))
        for course, entry, body in fresh
    )
    ItemVersion.objects.bulk_create(
        ItemVersion(item=item, number=1, body=body, made_at=at, made_by=actor)
        for item, (_course, _entry, body) in zip(items, fresh, strict=True)
    )
    outcome = LoadOutcome(len(prepared), len(fresh), len(prepared) - len(fresh))
    record_act("lms_questions.load", programme, actor=actor, after={"read": outcome.read, "added": outcome.added})
    return outcome


def say_problem(problem: BodyProblem) -> str:
    """The problem as a sentence in the reader's language."""
    sentences = {
        "kind_unknown": _("This kind of question is not known."),
        "stem_missing": _("The question has no text."),
        "stem_long": _("The question is longer than %(limit)s characters."),
        "options_two": _("A true-or-false question has exactly two options, this one has %(count)s."),
        "options_few": _("At least two options are needed, there are %(count)s."),
        "options_many": _("At most %(limit)s options are possible, there are %(count)s."),
        "option_empty": _("An option has no text."),
        "option_long": _("An option is longer than %(limit)s characters."),
        "options_repeat": _("Two options say the same."),
        "answer_missing": _("No option is marked as right."),
        "answer_not_indices": _("The answer must be a list of option numbers, counted from 0."),
        "answer_outside": _("The answer names an option that does not exist, or names one twice."),
        "answer_one": _("Exactly one option is right here, %(count)s are marked."),
        "answer_two": _("At least two options must be right in a multiple-choice question."),
        "explanation_long": _("The explanation is longer than %(limit)s characters."),
    }
    return sentences[problem.code] % dict(problem.figures)


def _require_sound(kind: str, body: Mapping[str, Any]) -> None:
    problems = check_body(kind, body)
    if problems:
        raise DomainError(*(Refusal(p.code, say_problem(p), figures={**p.figures, "part": p.part}) for p in problems))


def _item_fields(
    course: Course, kind: str, difficulty: int, state: str, body: Mapping[str, Any], at: datetime
) -> dict[str, Any]:
    return {
        "course": course,
        "kind": kind,
        "difficulty": difficulty,
        "state": state,
        "key": item_key(kind, body),
        "stem": body["stem"],
        "search_text": search_text(body),
        "made_at": at,
        "changed_at": at,
    }


def _state(entry: Mapping[str, Any]) -> str:
    return str(entry.get("state", ItemState.READY))


def _check_document(document: Mapping[str, Any], courses: Mapping[str, Course]) -> list[Refusal]:
    found = [_at(key, "key_unknown", _("Unknown key.")) for key in sorted(set(document) - FILE_KEYS)]
    if document.get("format") != FILE_FORMAT:
        found.append(_at("format", "format_unknown", _("This file format is not known; format = 1 is expected.")))
    entries = document.get("items")
    if not isinstance(entries, list) or not entries:
        return [*found, _at("items", "items_missing", _("The file holds no questions."))]
    seen: dict[tuple[str, str], int] = {}
    for number, entry in enumerate(entries):
        found += _check_entry(f"items[{number}]", entry, courses)
        if isinstance(entry, dict) and entry.get("kind") in KINDS:
            mark = (str(entry.get("course")), item_key(entry["kind"], clean_body(entry)))
            if mark in seen:
                text = _("The same question stands already at items[%(first)s].") % {"first": seen[mark]}
                found.append(_at(f"items[{number}]", "item_twice", text))
            seen.setdefault(mark, number)
    return found


def _check_entry(place: str, entry: Any, courses: Mapping[str, Course]) -> Sequence[Refusal]:
    if not isinstance(entry, dict):
        return [_at(place, "entry_not_table", _("An entry must be a table."))]
    found = [_at(f"{place}.{key}", "key_unknown", _("Unknown key.")) for key in sorted(set(entry) - ENTRY_KEYS)]
    if str(entry.get("course")) not in courses:
        text = _("The programme has no course “%(code)s”.") % {"code": entry.get("course", "")}
        found.append(_at(f"{place}.course", "course_unknown", text))
    if entry.get("difficulty") not in DIFFICULTIES or isinstance(entry.get("difficulty"), bool):
        found.append(_at(f"{place}.difficulty", "difficulty_outside", _("The difficulty must be 1, 2 or 3.")))
    if _state(entry) not in ItemState.values:
        found.append(_at(f"{place}.state", "state_unknown", _("The state must be draft, ready or retired.")))
    problems = check_body(str(entry.get("kind")), entry)
    return found + [_at(f"{place}.{problem.part}", problem.code, say_problem(problem)) for problem in problems]


def _at(place: str, code: str, sentence: str) -> Refusal:
    return Refusal(code, sentence, figures={"place": place})
