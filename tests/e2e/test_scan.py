"""The tap on a bad network: it goes on by itself, ends clearly, and a reload or going back finds the same record."""

import time
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import expect

from cms_pages.demo import DEMO_PASSWORD
from tests.e2e.screen import PHONE, Screen
from tests.e2e.site import Site, as_json

LEARNER = "learner2"
A_SESSION = """
import json
from datetime import timedelta
from django.contrib.auth import get_user_model
from django.utils import timezone
from lms.attendance.models import Session
from lms.attendance.services import open_board
from lms.attendance.tokens import board_code
from lms.core.conf import core_settings
from lms.programmes.models import Course, Term
now, term = timezone.now(), Term.objects.get(code="demo")
session = Session.objects.create(
    term=term, course=Course.objects.filter(module__programme=term.programme).order_by("pk")[0], room="东楼",
    starts_at=now + timedelta(minutes=30), ends_at=now + timedelta(minutes=120), minutes=90,
    check_in_from=now - timedelta(minutes=5), check_out_until=now + timedelta(minutes=135),
)
board = open_board(session, at=now, actor=get_user_model().objects.get(username="assistant"))
codes = {}
for step in range(200):
    at = now + timedelta(seconds=5 * step)
    codes[int(at.timestamp()) // 5] = board_code(
        core_settings.CODE_KEY, session.pk, "in", board.nonce, at=at, seconds=5
    )
print(json.dumps({"pk": session.pk, "codes": codes}))
"""
ROWS = """
from lms.attendance.models import CheckEntry, Session
print(CheckEntry.objects.filter(session={pk}, enrolment__person__user__username="{user}").count())
Session.objects.filter(pk={pk}).update(state="cancelled", cancel_reason="browser test")
"""


@pytest.fixture
def session(site: Site) -> Any:
    """A session whose door is open, with the codes its board shows in the next quarter of an hour."""
    return as_json(site.shell(A_SESSION))


def test_a_tap_without_network_goes_on_by_itself_and_ends_at_one_record(
    site: Site, session: Any, new_screen: Callable[..., Screen]
) -> None:
    phone = new_screen(size=PHONE)
    phone.sign_in(LEARNER, DEMO_PASSWORD)
    page = phone.open(f"/attendance/scan/{session['codes'][str(int(time.time()) // 5)]}/")
    expect(page.locator("h1")).to_have_text("签到")
    scanned = page.url
    phone.cut_network()
    page.dblclick("main form button[type=submit]")
    expect(page.locator("[data-outcome]")).to_contain_text("网络不通")
    expect(page.locator("[data-outcome]")).to_contain_text("扫码时间已经记下")
    phone.fits()
    phone.restore_network()
    expect(page.locator("[data-outcome] h2")).to_contain_text("已签到")
    phone.settle()
    phone.fits()
    assert page.url.endswith(f"/attendance/sessions/{session['pk']}/in/")

    page.reload()
    expect(page.locator("h1")).to_contain_text("已签到")
    phone.open(scanned.removeprefix(phone.address))
    expect(page.locator("h1")).to_contain_text("签到")
    assert page.url.endswith(f"/attendance/sessions/{session['pk']}/in/?again=1")
    assert int(site.shell(ROWS.format(pk=session["pk"], user=LEARNER)).split()[-1]) == 1
