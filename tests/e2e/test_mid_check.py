"""A page that lies open learns of the check during class by itself: on phone and desk, and after a dead network."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from cms_pages.demo import DEMO_PASSWORD
from tests.e2e.screen import DESKTOP, PHONE, PROJECTOR, Screen
from tests.e2e.site import Site, as_json

LEARNER = "learner2"
COMES = 25_000  # eight to eleven seconds between two questions, and what a busy machine adds
A_SESSION = """
from datetime import timedelta
from django.contrib.auth import get_user_model
from django.utils import timezone
from lms.attendance.enums import CheckKind
from lms.attendance.models import Session
from lms.attendance.services import check_in, open_board
from lms.programmes.models import Course, Term
users, now, term = get_user_model().objects, timezone.now(), Term.objects.get(code="demo")
session = Session.objects.create(
    term=term, course=Course.objects.filter(module__programme=term.programme).order_by("pk")[0], room="西楼 205",
    starts_at=now - timedelta(minutes=5), ends_at=now + timedelta(minutes=95), minutes=90, mid_check_minutes=5,
    check_in_from=now - timedelta(minutes=35), check_out_until=now + timedelta(minutes=110),
)
board = open_board(session, at=now, actor=users.get(username="assistant"))
user = users.get(username="{user}")
check_in(session.pk, user, kind=CheckKind.IN, nonce=board.nonce, scanned_at=now, at=now)
print(session.pk)
"""
START = """
from django.contrib.auth import get_user_model
from django.utils import timezone
from lms.attendance.models import Session
from lms.attendance.services import start_prompt
start_prompt(
    Session.objects.get(pk={pk}), at=timezone.now(), actor=get_user_model().objects.get(username="assistant")
)
"""
ANSWERS = """
import json
from lms.attendance.models import CheckEntry, Session
rows = CheckEntry.objects.filter(session={pk}, kind="mid").values_list("enrolment__person__user__username", "method")
print(json.dumps(list(rows)))
Session.objects.filter(pk={pk}).update(state="cancelled", cancel_reason="browser test")
"""


@pytest.fixture
def session(site: Site) -> Iterator[int]:
    """A session under way where the learner has come; cancelled again, so that no other test meets it."""
    pk = int(site.shell(A_SESSION.format(user=LEARNER)).splitlines()[-1])
    yield pk
    site.shell(ANSWERS.format(pk=pk))


def test_it_appears_without_a_reload_is_answered_and_the_board_counts_it(
    site: Site, session: int, new_screen: Callable[..., Screen]
) -> None:
    phone, desk, board = new_screen(size=PHONE), new_screen(size=DESKTOP), new_screen(size=PROJECTOR)
    for screen, path in ((phone, "/attendance/"), (desk, "/desk/")):
        screen.sign_in(LEARNER, DEMO_PASSWORD)
        lies_open(screen.open(path))
    board.sign_in("assistant", DEMO_PASSWORD)
    projector = board.open(f"/attendance/board/{session}/")
    projector.click(".board-more summary")
    projector.click("[data-may-prompt] button")
    expect(projector.locator(".board-call")).to_contain_text("课中核验")
    expect(projector.locator("[data-present]")).to_have_text("0")

    for screen in (phone, desk):
        page = screen.page
        expect(page.locator("#mid")).to_contain_text("课中核验进行中", timeout=COMES)
        expect(page.locator("[data-mid-said]")).to_contain_text("课中核验进行中")
        expect(page.locator("[data-mid-left]")).to_contain_text("剩余")
        expect(page.locator(".mid-jump")).to_be_hidden()
        assert page.evaluate("document.activeElement === document.body"), "the focus was taken away"
        assert page.evaluate("window.liesOpen"), "the page was loaded again"
        screen.fits()
        flawless(page)
    page = phone.page
    expect(page.locator("input[name=code]:visible")).to_have_count(1)
    page.fill("#mid input[name=code]", projector.locator("[data-typed]").inner_text())
    page.click("#mid button[type=submit]")
    page.wait_for_url("**/sessions/*/mid/**")

    expect(projector.locator("[data-present]")).to_have_text("1")
    expect(desk.page.locator("main")).to_contain_text("您的课中核验应答已于", timeout=COMES)
    expect(desk.page.locator("#mid")).to_have_count(0)
    assert desk.page.evaluate("window.liesOpen")
    flawless(desk.page)
    assert as_json(site.shell(ANSWERS.format(pk=session))) == [[LEARNER, "typed"]]


def test_a_dead_network_makes_no_noise_and_the_check_comes_when_it_is_back(
    site: Site, session: int, new_screen: Callable[..., Screen]
) -> None:
    phone = new_screen(size=PHONE, language="en")
    phone.sign_in(LEARNER, DEMO_PASSWORD)
    lies_open(phone.open("/attendance/"))
    asked = questions_of(phone.page)
    phone.context.set_offline(True)  # and not `cut_network`: a request that fails stays a fault
    site.shell(START.format(pk=session))
    phone.page.wait_for_timeout(11_500)
    assert asked == []
    expect(phone.page.locator("#mid")).to_have_count(0)

    phone.restore_network()
    expect(phone.page.locator("#mid")).to_contain_text("A check during class is under way", timeout=9_000)
    phone.page.evaluate("scrollTo(0, document.body.scrollHeight)")
    expect(phone.page.locator(".mid-jump")).to_be_visible()
    phone.fits()
    phone.page.click(".mid-jump")
    expect(phone.page.locator("#mid input[name=code]")).to_be_focused()
    expect(phone.page.locator("#mid")).to_be_in_viewport()
    assert phone.page.evaluate("window.liesOpen")


def test_it_is_asked_now_and_then_and_not_at_all_when_nobody_looks_or_nothing_can_come(
    site: Site, session: int, new_screen: Callable[..., Screen]
) -> None:
    phone = new_screen(size=PHONE)
    phone.sign_in(LEARNER, DEMO_PASSWORD)
    phone.page.clock.install()
    page = phone.open("/attendance/")
    asked = questions_of(page)
    let_pass(page, seconds=100)
    assert 8 <= len(asked) <= 14, len(asked)

    look_away(page, hidden=True)
    asked.clear()
    let_pass(page, seconds=60)
    assert asked == []
    look_away(page, hidden=False)
    let_pass(page, seconds=3)
    assert len(asked) == 1

    site.shell(START.format(pk=session))
    let_pass(page, seconds=12)
    expect(page.locator("#mid")).to_have_count(1)
    page.route("**/attendance/watch/", lambda route: route.fulfill(json={"state": "over", "rest": None}))
    let_pass(page, seconds=12)
    expect(page.locator("#mid")).to_have_count(0)
    asked.clear()
    let_pass(page, seconds=120)
    assert asked == [], "another session of the demo may run, so the answer that there is none comes from here"


def lies_open(page: Page) -> None:
    page.evaluate("window.liesOpen = true")


def questions_of(page: Page) -> list[str]:
    """Every question of this page from now on."""
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url) if "/attendance/watch/" in request.url else None)
    return asked


def let_pass(page: Page, *, seconds: int) -> None:
    """The clock of the page goes on, with a moment for the answers after each second of it."""
    for _second in range(seconds):
        page.clock.run_for(1_000)
        page.wait_for_timeout(30)


def look_away(page: Page, *, hidden: bool) -> None:
    """As when the phone goes dark, or comes back."""
    page.evaluate(
        "hidden => { Object.defineProperty(document, 'hidden', {value: hidden, configurable: true});"
        " document.dispatchEvent(new Event('visibilitychange')); }",
        hidden,
    )


def flawless(page: Page) -> None:
    """What came in later is as accessible as what was there."""
    found: Any = page.evaluate("axe.run(document, {resultTypes: ['violations']}).then(found => found.violations)")
    assert [violation["id"] for violation in found] == []
