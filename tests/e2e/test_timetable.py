"""A session is moved in the week calendar with the mouse, and back again with the keyboard alone."""

from collections.abc import Callable
from datetime import date, timedelta

from playwright.sync_api import Page, expect

from cms_pages.demo import DEMO_PASSWORD
from tests.e2e.screen import DESKTOP, PHONE, Screen
from tests.e2e.site import Site

NEXT = """
from datetime import timedelta
from django.utils import timezone
from lms.attendance.models import Session
from lms.programmes.models import Term
soon = timezone.now() + timedelta(days=1)
found = Session.objects.filter(term__code="demo", state="planned", starts_at__gt=soon).order_by("starts_at")[0]
print(found.pk, found.term_id, timezone.localtime(found.starts_at).strftime("%Y-%m-%d %H:%M"))
"""
WHERE = """
from django.utils import timezone
from lms.attendance.models import Session
print(timezone.localtime(Session.objects.get(pk={pk}).starts_at).strftime("%Y-%m-%d %H:%M"))
"""


def test_a_session_is_moved_by_mouse_and_by_keyboard(site: Site, new_screen: Callable[..., Screen]) -> None:
    pk, term, day, clock = site.shell(NEXT).splitlines()[-1].split()
    sunday = sunday_of(day)
    assistant = new_screen(size=DESKTOP, language="zh-hans")
    assistant.sign_in("assistant", DEMO_PASSWORD)
    week = f"/admin/attendance/timetable/?term={term}&day={day}"

    page = assistant.open(week)
    drag(page, f"[data-move$='/{pk}/move/']", f"[data-day='{sunday}']")
    page.wait_for_url("**/move/?day=*")
    expect(page.locator("input[name=day]")).to_have_value(sunday)
    expect(page.locator("input[name=start]")).to_have_value(clock)
    assert at(site, pk) == f"{day} {clock}"
    page.fill("input[name=reason]", "教室检修")
    page.click("form.lms-form button[type=submit]")
    assistant.settle()
    assert at(site, pk) == f"{sunday} {clock}"

    page.focus(f"a[href='/admin/attendance/sheet/{pk}/move/']")
    page.keyboard.press("Enter")
    page.wait_for_url("**/move/")
    page.fill("input[name=day]", day)
    page.focus("input[name=reason]")
    page.keyboard.press("Enter")
    assistant.settle()
    assert at(site, pk) == f"{day} {clock}"

    phone = new_screen(size=PHONE, language="zh-hans")
    phone.sign_in("assistant", DEMO_PASSWORD)
    phone.open(week)
    expect(phone.page.locator(f"a[href='/admin/attendance/sheet/{pk}/']")).to_be_visible()
    expect(phone.page.locator(".lms-hours")).to_be_hidden()
    phone.fits()


def drag(page: Page, block: str, column: str) -> None:
    """Take the block near its top and let it go at the same height in another column."""
    page.locator(block).scroll_into_view_if_needed()
    source, target = page.locator(block).bounding_box(), page.locator(column).bounding_box()
    assert source is not None
    assert target is not None
    height = source["y"] + 6
    page.mouse.move(source["x"] + 20, height)
    page.mouse.down()
    page.mouse.move(source["x"] + 40, height, steps=4)
    page.mouse.move(target["x"] + 20, height, steps=8)
    page.mouse.up()


def sunday_of(day: str) -> str:
    found = date.fromisoformat(day)
    return (found + timedelta(days=6 - found.weekday())).isoformat()


def at(site: Site, pk: str) -> str:
    return str(site.shell(WHERE.format(pk=pk)).splitlines()[-1])
