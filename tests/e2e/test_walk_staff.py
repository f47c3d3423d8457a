"""The walk of the staff: everything the menu of each role leads to."""

from collections.abc import Callable

import pytest

from cms_pages.demo import STAFF
from tests.e2e.screen import DESKTOP, PHONE
from tests.e2e.walk import ON_SQLITE, Walker, kind_of, wander

pytestmark = ON_SQLITE


@pytest.fixture(scope="module")
def seen_on_a_phone() -> set[str]:
    return set()


@pytest.mark.slow
@pytest.mark.parametrize("username", [person.username for person in STAFF])
def test_back_office(new_walker: Callable[..., Walker], seen_on_a_phone: set[str], username: str) -> None:
    """Everything the menu of the role leads to; each kind of page once on a phone, whoever opens it."""
    pages = wander(new_walker(DESKTOP, username), "/admin/", within="/admin/")
    assert len(pages) >= 5, pages
    phone = new_walker(PHONE, username)
    for path in pages:
        if kind_of(path) not in seen_on_a_phone:
            phone.look(path)
            seen_on_a_phone.add(kind_of(path))
