"""The board on the projector, where the presenter's clock jumps by hours: scanned, answered, cut off and back."""

import io
import json
import re
from collections.abc import Callable, Iterator

import pytest
import zxingcpp
from PIL import Image
from playwright.sync_api import expect

from cms_pages.demo import DEMO_PASSWORD
from tests.e2e.screen import PHONE, PROJECTOR, Screen
from tests.e2e.site import Site

LEARNER = "learner2"
WRONG_CLOCK = """
(() => {
  const Real = Date, wrong = () => Real.now() + (Math.floor(Real.now() / 1000) % 2 ? 3600000 : -3600000);
  window.Date = class extends Real {
    constructor(...parts) { parts.length ? super(...parts) : super(wrong()); }
    static now() { return wrong(); }
  };
})();
"""
A_SESSION = """
from datetime import timedelta
from django.utils import timezone
from lms.attendance.models import Session
from lms.programmes.models import Course, Term
now, term = timezone.now(), Term.objects.get(code="demo")
session = Session.objects.create(
    term=term, course=Course.objects.filter(module__programme=term.programme).order_by("pk")[0], room="阶梯教室",
    starts_at=now - timedelta(minutes=5), ends_at=now + timedelta(minutes=95), minutes=90, mid_check_minutes=5,
    check_in_from=now - timedelta(minutes=35), check_out_until=now + timedelta(minutes=110),
)
print(session.pk)
"""
CANCEL = """
from lms.attendance.models import Session
Session.objects.filter(pk={pk}).update(state="cancelled", cancel_reason="browser test")
"""
ENTRIES = """
import json
from lms.attendance.models import CheckEntry
rows = CheckEntry.objects.filter(session={pk}, enrolment__person__user__username="{user}").order_by("pk")
print(json.dumps(list(rows.values_list("kind", "method"))))
"""


@pytest.fixture
def session(site: Site) -> Iterator[int]:
    """A session under way with five minutes for the check during class; cancelled again, so that no walk meets it."""
    pk = int(site.shell(A_SESSION).splitlines()[-1])
    yield pk
    site.shell(CANCEL.format(pk=pk))


def test_a_board_is_scanned_answered_cut_off_and_comes_back(
    site: Site, session: int, new_screen: Callable[..., Screen]
) -> None:
    board, phone = new_screen(size=PROJECTOR), new_screen(size=PHONE)
    board.context.add_init_script(WRONG_CLOCK)
    board.sign_in("assistant", DEMO_PASSWORD)
    phone.sign_in(LEARNER, DEMO_PASSWORD)
    open_the_board(board, session)

    scan_and_confirm(board, phone)
    expect(board.page.locator("[data-present]")).to_have_text("1")
    expect(board.page.locator("[data-latest] li")).to_have_count(1)

    answer_the_check_during_class(board, phone)
    expect(board.page.locator("[data-present]")).to_have_text("1")

    cut_off_and_back(board)
    fall_out_of_the_sign_in(board)
    found = json.loads(site.shell(ENTRIES.format(pk=session, user=LEARNER)).splitlines()[-1])
    assert found == [["in", "qr"], ["mid", "typed"]]


def open_the_board(board: Screen, session: int) -> None:
    """From the sheet to a code of at least 45 % of the height; nothing is smaller than 28 px or outside the screen."""
    page = board.open(f"/admin/attendance/sheet/{session}/")
    page.click("form[action$='/open/'] button")
    page.wait_for_url("**/attendance/board/**")
    board.settle()
    box = page.locator("[data-qr]").bounding_box()
    assert box is not None
    assert box["height"] >= 0.45 * PROJECTOR["height"]
    sizes = page.evaluate(
        "[...document.querySelectorAll('.board *')].filter(part => part.offsetParent && !part.children.length"
        " && part.textContent.trim()).map(part => parseFloat(getComputedStyle(part).fontSize))"
    )
    assert min(sizes) >= 28
    high, wide = page.evaluate("[document.documentElement.scrollHeight, document.documentElement.scrollWidth]")
    assert (high, wide) == (PROJECTOR["height"], PROJECTOR["width"])


def scan_and_confirm(board: Screen, phone: Screen) -> None:
    """The code in the picture of the screen is good although the presenter's clock is wrong."""
    address = decode(board)
    assert address is not None
    page = phone.open(address.removeprefix(board.address))
    page.click("main form button[type=submit]")
    expect(page.locator("main")).to_contain_text("已签到")
    phone.settle()
    phone.fits()


def answer_the_check_during_class(board: Screen, phone: Screen) -> None:
    """One press of the assistant turns the board; the learner types the six digits."""
    page = board.page
    page.click(".board-more summary")
    page.click("[data-may-prompt] button")
    expect(page.locator(".board-call")).to_contain_text(re.compile(r"课中核验：请在 \d\d:\d\d 前扫码，剩余 \d 分钟"))
    board.settle()
    own = phone.open("/attendance/")
    expect(own.locator("#mid")).to_contain_text("课中核验进行中")
    phone.fits()
    own.fill("#mid input[name=code]", page.locator("[data-typed]").inner_text())
    own.click("#mid button[type=submit]")
    own.wait_for_url("**/sessions/*/mid/**")
    phone.settle()
    phone.fits()


def cut_off_and_back(board: Screen) -> None:
    """Without a network the old code cannot be read any more and the board says so; then a new one comes by itself."""
    page = board.page
    old = page.locator("[data-typed]").inner_text()
    board.context.set_offline(True)
    expect(page.locator("[data-say=offline]")).to_be_visible(timeout=6_000)
    page.wait_for_timeout(200)
    assert decode(board) is None
    board.context.set_offline(False)
    expect(page.locator("[data-say=online]")).to_be_visible(timeout=6_000)
    expect(page.locator("[data-typed]")).not_to_have_text(old)
    assert decode(board) is not None
    board.faults[:] = [fault for fault in board.faults if "ERR_INTERNET_DISCONNECTED" not in fault]


def fall_out_of_the_sign_in(board: Screen) -> None:
    """A sign-in that has expired is told, with the way back."""
    board.context.clear_cookies(name="sessionid")
    expect(board.page.locator("[data-say=signed-out] a")).to_be_visible(timeout=8_000)
    assert decode(board) is None


def decode(board: Screen) -> str | None:
    """The text of the only QR code on the screen; None when none can be read."""
    codes = zxingcpp.read_barcodes(Image.open(io.BytesIO(board.page.screenshot())))
    assert len(codes) <= 1
    return codes[0].text if codes else None
