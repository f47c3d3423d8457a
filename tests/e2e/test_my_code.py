"""The learner's personal code where an answer is lost: the key that the server knows is the key the phone keeps."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Route, expect

from cms_pages.demo import DEMO_PASSWORD
from tests.e2e.screen import PHONE, Screen
from tests.e2e.site import Site, as_json

LEARNER = "learner2"
KEYS = """
import json
from django.contrib.auth import get_user_model
from lms.attendance.models import LearnerKey
from lms.programmes.selectors import current_enrolment
keys = LearnerKey.objects.filter(enrolment=current_enrolment(get_user_model().objects.get(username="{user}")))
{act}
print(json.dumps([[key.public_key, key.approved_at is not None, key.retired_at is None] for key in keys]))
"""


@pytest.mark.parametrize("again", ["reload"])
def test_a_lost_answer_makes_no_second_key(site: Site, new_screen: Callable[..., Screen], again: str) -> None:
    keys_of(site, "keys.delete()")  # of a browser of another test
    phone = new_screen(size=PHONE, service_workers="block")
    phone.sign_in(LEARNER, DEMO_PASSWORD)
    lost: list[int] = []

    def lose(route: Route) -> None:
        lost.append(route.fetch().status)
        route.abort()

    phone.page.route("**/attendance/my-code/key/", lose)
    page = phone.open("/attendance/my-code/")
    expect(page.locator("[data-my-code]")).to_have_attribute("data-network", "offline")
    expect(page.locator("[data-code]")).to_be_hidden()
    assert lost == [200]
    installed = keys_of(site)
    assert [key[1:] for key in installed] == [[True, True]]

    phone.page.unroute("**/attendance/my-code/key/")
    if again == "reload":
        page.reload()
    else:
        phone.open("/attendance/")
        page.go_back()
    expect(page.locator("[data-code]")).to_be_visible()
    expect(page.locator("[data-my-code]")).to_have_attribute("data-said", "ready")
    phone.settle()
    phone.fits()
    assert keys_of(site) == installed
    # What the test did to the answer is no fault of the page; anything else still is.
    phone.faults[:] = [fault for fault in phone.faults if "ERR_FAILED" not in fault]


def keys_of(site: Site, act: str = "") -> list[Any]:
    """[public key, approved, in use] of every key of the learner's seat."""
    found: list[Any] = as_json(site.shell(KEYS.format(user=LEARNER, act=act)))
    return found
