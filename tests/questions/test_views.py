"""The bank in the back office."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from lms.people.enums import Role
from lms.questions.models import Item
from lms.questions.services import add_item
from tests import factories

pytestmark = pytest.mark.django_db
SPACE = "lms_questions_backoffice"


@pytest.fixture
def examiner(signed_in):
    return signed_in(factories.staff(Role.EXAMINER))


@pytest.fixture
def course():
    return factories.a_course(factories.a_programme(), "T1")


def an_item(course, noon, stem="绩效考核等次有哪些", number=0):
    options = [f"甲{number}", "乙", "丙"]
    values = {"stem": stem, "options": options, "answer": [0], "explanation": "见条例"}
    return add_item(course, "single", values, difficulty=1, at=noon)


def form_data(course, **changes):
    return {
        "course": course.pk, "kind": "single", "difficulty": 2, "stem": "新题", "explanation": "",
        "option_0": "甲", "option_1": "乙", "right_1": "on", **changes,
    }  # fmt: skip


def test_search_finds_any_chinese_substring_and_filters(examiner, course, noon):
    an_item(course, noon)
    an_item(course, noon, stem="面谈应当如何准备")
    found = examiner.get(reverse(f"{SPACE}:index"), {"q": "面谈"}).content.decode()
    assert "面谈应当如何准备" in found
    assert "绩效考核等次" not in found
    filtered = examiner.get(reverse(f"{SPACE}:index"), {"kind": "multiple"}).content.decode()
    assert "面谈应当如何准备" not in filtered


def test_a_question_is_added_corrected_and_previewed(examiner, course):
    wrong = examiner.post(reverse(f"{SPACE}:add"), form_data(course, stem="", right_1=""))
    text = wrong.content.decode()
    assert wrong.status_code == 200
    assert 'value="甲"' in text
    assert not Item.objects.exists()
    examiner.post(reverse(f"{SPACE}:add"), form_data(course))
    item = Item.objects.get()
    assert item.versions.get().body == {"stem": "新题", "options": ["甲", "乙"], "answer": [1], "explanation": ""}
    changed = form_data(course, stem="改过的题", version=1)
    assert examiner.post(reverse(f"{SPACE}:edit", args=[item.pk]), changed).status_code == 302
    assert item.versions.count() == 2
    preview = examiner.get(reverse(f"{SPACE}:preview", args=[item.pk])).content.decode()
    assert "改过的题" in preview
    assert "checked" not in preview


def test_a_true_or_false_question_needs_no_option_texts(examiner, course):
    data = form_data(course, kind="truefalse", option_0="", option_1="", right_1="", right_0="on")
    examiner.post(reverse(f"{SPACE}:add"), data)
    assert Item.objects.get().versions.get().body["options"] == ["正确", "错误"]


def test_states_change_by_post(examiner, course, noon):
    item = an_item(course, noon)
    examiner.post(reverse(f"{SPACE}:set_state", args=[item.pk]), {"state": "retired"})
    item.refresh_from_db()
    assert item.state == "retired"


def test_the_list_costs_the_same_with_three_and_two_hundred(examiner, course, noon):
    def queries():
        with CaptureQueriesContext(connection) as captured:
            assert examiner.get(reverse(f"{SPACE}:index")).status_code == 200
        return len(captured)

    for number in range(3):
        an_item(course, noon, number=number)
    examiner.get(reverse(f"{SPACE}:index"))
    few = queries()
    for number in range(3, 200):
        an_item(course, noon, number=number)
    assert queries() == few


ADDRESSES = [("index", False), ("overview", False), ("add", False), ("edit", True), ("preview", True)]


@pytest.mark.parametrize(("name", "needs_item"), ADDRESSES)
def test_only_the_right_roles_come_in(examiner, course, noon, signed_in, outsider, name, needs_item):
    address = reverse(f"{SPACE}:{name}", args=[an_item(course, noon).pk] if needs_item else [])
    assert examiner.get(address).status_code == 200
    assert signed_in(factories.staff(Role.FINANCE)).get(address).status_code == 403
    assert signed_in(outsider).get(address).status_code in (302, 403)
    assert Client().get(address).status_code == 302


def test_an_instructor_reads_and_does_not_write(course, noon, signed_in):
    item = an_item(course, noon)
    instructor = signed_in(factories.staff(Role.INSTRUCTOR))
    assert instructor.get(reverse(f"{SPACE}:edit", args=[item.pk])).status_code == 200
    assert instructor.post(reverse(f"{SPACE}:edit", args=[item.pk]), form_data(course)).status_code == 403
    assert instructor.get(reverse(f"{SPACE}:add")).status_code == 403
