"""Adding, revising, retiring and loading questions."""

import json
import tomllib
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, transaction

import lms.questions
from lms.core.exceptions import DomainError
from lms.programmes.enums import ModuleKind
from lms.questions.enums import ItemState
from lms.questions.models import Item, ItemVersion
from lms.questions.selectors import current_version, ready_pool
from lms.questions.services import add_item, load_items, revise_item, set_item_state
from tests import factories

pytestmark = pytest.mark.django_db
DEMO = Path(lms.questions.__file__).parent / "data" / "demo-bank.toml"


def body(**changes):
    return {"stem": "题干", "options": ["甲", "乙"], "answer": [1], "explanation": "解析", **changes}


def entry(**changes):
    return {**body(), "course": "T1", "kind": "single", "difficulty": 1, **changes}


@pytest.fixture
def course():
    return factories.a_course(factories.a_programme("bank"), "T1")


def test_a_changed_text_is_a_new_version_and_an_unchanged_one_is_not(course, noon):
    item = add_item(course, "single", body(), difficulty=1, at=noon)
    assert revise_item(item, body(), difficulty=1, at=noon, expected_version=1).number == 1
    assert revise_item(item, body(stem="新题干"), difficulty=3, at=noon, expected_version=1).number == 2
    item.refresh_from_db()
    assert (item.stem, item.difficulty) == ("新题干", 3)
    assert [version.body["stem"] for version in item.versions.all()] == ["题干", "新题干"]
    with pytest.raises(DomainError) as caught:
        revise_item(item, body(stem="又改"), difficulty=3, at=noon, expected_version=1)
    assert caught.value.code == "item_changed"


def test_versions_cannot_be_changed_in_the_database(course, noon):
    add_item(course, "single", body(), difficulty=1, at=noon)
    with pytest.raises(DatabaseError), transaction.atomic():
        ItemVersion.objects.update(number=7)


def test_a_wrong_body_is_refused_with_every_reason(course, noon):
    with pytest.raises(DomainError) as caught:
        add_item(course, "single", body(stem="", answer=[]), difficulty=1, at=noon)
    assert [refusal.code for refusal in caught.value.refusals] == ["stem_missing", "answer_missing"]
    assert not Item.objects.exists()


def test_the_same_question_twice_in_a_course_is_refused(course, noon):
    add_item(course, "single", body(), difficulty=1, at=noon)
    with pytest.raises(DomainError) as caught:
        add_item(course, "single", body(explanation="别的"), difficulty=2, at=noon)
    assert caught.value.code == "item_known"


def test_only_ready_items_in_their_latest_version_are_drawn(course, noon):
    item = add_item(course, "single", body(), difficulty=1, at=noon)
    retired = add_item(course, "single", body(stem="旧题"), difficulty=1, at=noon)
    add_item(course, "single", body(stem="草稿"), difficulty=1, at=noon, state=ItemState.DRAFT)
    set_item_state(retired, ItemState.RETIRED, at=noon)
    revise_item(item, body(stem="新题干"), difficulty=2, at=noon, expected_version=1)
    (found,) = ready_pool(course.module.programme)
    assert (found.item_id, found.version_id, found.body["stem"]) == (item.pk, current_version(item).pk, "新题干")
    assert (found.course, found.module, found.kind, found.difficulty) == ("T1", "theory", "single", 2)


def test_a_file_is_loaded_once(course, noon):
    document = {"format": 1, "items": [entry(), entry(stem="第二题")]}
    first = load_items(document, course.module.programme, at=noon)
    second = load_items(document, course.module.programme, at=noon)
    assert [(first.added, first.known), (second.added, second.known)] == [(2, 0), (0, 2)]


def test_every_error_of_a_file_is_told_with_its_place_and_nothing_is_loaded(course, noon):
    items = [entry(), entry(course="X9", stem=""), entry(kind="essay", difficulty=9), "text", entry(), entry(note=1)]
    with pytest.raises(DomainError) as caught:
        load_items({"format": 2, "items": items, "more": 1}, course.module.programme, at=noon)
    places = [(refusal.figures["place"], refusal.code) for refusal in caught.value.refusals]
    assert places == [
        ("more", "key_unknown"),
        ("format", "format_unknown"),
        ("items[1].course", "course_unknown"),
        ("items[1].stem", "stem_missing"),
        ("items[2].difficulty", "difficulty_outside"),
        ("items[2].kind", "kind_unknown"),
        ("items[3]", "entry_not_table"),
        ("items[4]", "item_twice"),
        ("items[5].note", "key_unknown"),
        ("items[5]", "item_twice"),
    ]
    assert not Item.objects.exists()


def test_the_shipped_bank_is_sound(noon):
    programme = factories.a_programme("demo")
    for kind, letter in ((ModuleKind.THEORY, "T"), (ModuleKind.PRACTICE, "P"), (ModuleKind.CASE, "C")):
        for number in range(1, 5):
            factories.a_course(programme, f"{letter}{number}", kind=kind)
    document = tomllib.loads(DEMO.read_text(encoding="utf-8"))
    assert load_items(document, programme, at=noon).added == 132
    assert len(ready_pool(programme)) == 132


def test_the_command_prints_json_and_fails_with_every_error(course, tmp_path):
    file = tmp_path / "bank.toml"
    file.write_text('format = 1\n[[items]]\ncourse = "T1"\nkind = "single"\ndifficulty = 1\nstem = "?"\n')
    out = StringIO()
    with pytest.raises(CommandError, match="2 errors"):
        call_command("load_items", file, "--json", stdout=out)
    told = json.loads(out.getvalue())
    assert (told["added"], [error["place"] for error in told["errors"]]) == (0, ["items[0].options", "items[0].answer"])
    with pytest.raises(CommandError, match="Known: bank"):
        call_command("load_items", file, "--programme", "other")
    with pytest.raises(CommandError):
        call_command("load_items", tmp_path / "missing.toml")
