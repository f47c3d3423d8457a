"""The learner's personal code where an answer is lost: the key that the server knows is the key the phone keeps."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Route, expect

from cms_pages.demo import DEMO_PASSWORD
from tests.e2e.screen import PHONE, Screen
from tests.e2e.site import Site, as_json

WITHOUT_A_PHONE = """
from django.utils import timezone
from lms.attendance.models import CheckEntry, LearnerKey
from lms.people.selectors import consents_due
from lms.people.services import give_consents
from lms.programmes.models import Enrolment
known = [*CheckEntry.objects.exclude(device=""), *LearnerKey.objects.all()]
seats = Enrolment.objects.filter(term__code="demo", state="active", person__user__username__startswith="u")
seat = seats.exclude(pk__in=[row.enrolment_id for row in known]).order_by("pk")[0]
now, user = timezone.now(), seat.person.user
user.set_password("{password}")
user.save(update_fields=["password"])
give_consents(seat.person, consents_due(seat.person, at=now), at=now)
print(user.username)
"""
KEYS = """
import json
from django.contrib.auth import get_user_model
from lms.attendance.models import LearnerKey
from lms.programmes.selectors import current_enrolment
keys = LearnerKey.objects.filter(enrolment=current_enrolment(get_user_model().objects.get(username="{user}")))
print(json.dumps([[key.public_key, key.approved_at is not None, key.retired_at is None] for key in keys]))
"""


@pytest.fixture
def learner(site: Site) -> str:
    """Somebody who has used no phone yet: on a phone other than she checked in with, a first key waits for approval."""
    return site.shell(WITHOUT_A_PHONE.format(password=DEMO_PASSWORD)).splitlines()[-1]


@pytest.mark.parametrize("again", ["reload", "back"])
def test_a_lost_answer_makes_no_second_key(
    site: Site, learner: str, new_screen: Callable[..., Screen], again: str
) -> None:
    phone = new_screen(size=PHONE, service_workers="block")
    phone.sign_in(learner, DEMO_PASSWORD)
    lost: list[int] = []

    def lose(route: Route) -> None:
        lost.append(route.fetch().status)
        route.abort()

    phone.page.route("**/attendance/my-code/key/", lose)
    page = phone.open("/attendance/my-code/")
    expect(page.locator("[data-my-code]")).to_have_attribute("data-network", "offline")
    expect(page.locator("[data-code]")).to_be_hidden()
    assert lost == [200]
    installed = keys_of(site, learner)
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
    assert keys_of(site, learner) == installed
    # What the test did to the answer is no fault of the page; anything else still is.
    phone.faults[:] = [fault for fault in phone.faults if "ERR_FAILED" not in fault]


def keys_of(site: Site, user: str) -> list[Any]:
    """[public key, approved, in use] of every key of the learner's seat."""
    found: list[Any] = as_json(site.shell(KEYS.format(user=user)))
    return found
