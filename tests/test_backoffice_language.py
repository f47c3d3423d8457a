"""Wagtail's own words in the back office: Chinese where its catalogue has none, and only the help that helps."""

import re
from typing import Any

import pytest
from django.urls import reverse

from lms.people.enums import Role
from tests import factories

pytestmark = pytest.mark.django_db
ENGLISH = (
    "Go to the first error",
    "Save your changes",
    "match your query",
    "New: ",
    "Shortcuts",
    "What's new",
    "Sort by ",
)


@pytest.mark.parametrize("path", ["/admin/units/", "/admin/units/?q=zzzz", "/admin/units/new/", "/admin/account/"])
def test_no_english_of_wagtail_is_left(signed_in: Any, path: str) -> None:
    client = signed_in(factories.staff(Role.ADMINISTRATOR))
    page = client.get(path)
    assert page.status_code == 200
    text = re.sub(r"<script.*?</script>", "", page.content.decode(), flags=re.DOTALL)
    assert [words for words in ENGLISH if words in text] == []


def test_a_refused_form_points_at_the_error_in_chinese(signed_in: Any) -> None:
    page = signed_in(factories.staff(Role.ADMINISTRATOR)).post("/admin/units/new/", {"name": ""}).content.decode()
    assert "转到第一处错误" in page


def test_only_who_edits_pages_is_offered_the_guide_to_pages(signed_in: Any) -> None:
    home = reverse("wagtailadmin_home")
    finance = signed_in(factories.staff(Role.FINANCE)).get(home).content.decode()
    assert "guide.wagtail.org" not in finance
    editor = signed_in(factories.a_user("editor", is_staff=True, is_superuser=True)).get(home).content.decode()
    assert "editor-guide" in editor
    assert "whats-new" not in editor


def test_nobody_is_asked_for_a_time_zone(signed_in: Any) -> None:
    page = signed_in(factories.staff(Role.FINANCE)).get("/admin/account/").content.decode()
    assert "current_time_zone" not in page
