"""The walk of those who learn and of anybody who looks at the public site."""

from collections.abc import Callable

import pytest

from tests.e2e.screen import DESKTOP, PHONE, PROJECTOR
from tests.e2e.walk import ON_SQLITE, ZOOMED, Walker, wander

pytestmark = ON_SQLITE


@pytest.mark.slow
@pytest.mark.parametrize("username", ["", "learner"], ids=["public", "learner"])
def test_pages_in_every_form(new_walker: Callable[..., Walker], username: str) -> None:
    """Phone, desktop, projector, 200 %, dark and English."""
    pages = wander(new_walker(PHONE, username), "/desk/" if username else "/")
    assert len(pages) >= 12, pages
    desktop, english = new_walker(DESKTOP, username), new_walker(PHONE, username, "en")
    for path in pages:
        english.look(path)
        desktop.look(path)
        desktop.also_dark()
        for size in (PROJECTOR, ZOOMED, DESKTOP):
            desktop.also_at(size)


@pytest.mark.slow
@pytest.mark.parametrize("username", ["alumnus", "absentee"])
def test_pages_of_other_learners(new_walker: Callable[..., Walker], username: str) -> None:
    """The same screens in other states."""
    walker = new_walker(PHONE, username)
    pages = wander(walker, "/desk/", also=(DESKTOP, PHONE))
    assert len(pages) >= 12, pages
