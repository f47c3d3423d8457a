"""The exam room against what happens to browsers: no network, two devices, a false portal, a crash, a lost sign-in."""

import os
import signal
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Error, Page, expect

from cms_pages.demo import DEMO_PASSWORD
from tests.e2e.conftest import CHROMIUM, SWITCHES
from tests.e2e.screen import DESKTOP, PHONE, Screen
from tests.e2e.site import Site, as_json

SAVED, LOCAL = "已保存", "仅在本机"
OPEN = """
from datetime import timedelta
from django.contrib.auth import get_user_model
from django.utils import timezone
from lms.exams.management.commands.open_demo_exam import BLUEPRINT
from lms.exams.services import add_exam, publish_exam
from lms.programmes.models import Term
now, actor = timezone.now(), get_user_model().objects.get(username="examiner")
values = dict(title="网络考试", instructions="", opens_at=now, closes_at=now + timedelta(hours=2), duration_minutes=60,
    late_entry_minutes=None, blueprint=BLUEPRINT)
print(publish_exam(add_exam(Term.objects.get(code="demo"), values, at=now, actor=actor), at=now, actor=actor).pk)
"""
HELD = """
import json
from lms.exams.models import BranchEntry, Sitting
from lms.exams.selectors import saved_state
sitting = Sitting.objects.get(exam={exam}, owner__username="learner")
branch = {{}}
for row in BranchEntry.objects.filter(sitting=sitting).order_by("epoch", "seq"):
    branch |= json.loads(row.answers)
entries = sitting.entries.count()
print(json.dumps({{"saved": saved_state(sitting).answers, "branch": branch, "entries": entries, "pk": sitting.pk}}))
"""
LEFT_ON_DEVICE = """
async () => {
  const database = await new Promise((resolve) => {
    const request = indexedDB.open("lms-exams");
    request.onsuccess = () => resolve(request.result);
  });
  const count = (name) => new Promise((resolve) => {
    const request = database.transaction(name).objectStore(name).count();
    request.onsuccess = () => resolve(request.result);
  });
  const found = { pages: await count("pages"), entries: await count("entries"), keys: await count("keys") };
  database.close();
  const registrations = (await navigator.serviceWorker.getRegistrations()).map((one) => one.scope);
  return { ...found, caches: await caches.keys(), registrations };
}
"""


@pytest.fixture
def exam(site: Site) -> int:
    """An exam that has just opened; the tests that follow see it closed."""
    return int(site.shell(OPEN).splitlines()[-1])


def held(site: Site, exam: int) -> Any:
    """What the server has: the answers that count, those of branches, the number of saves."""
    return as_json(site.shell(HELD.format(exam=exam)))


def enter(screen: Screen, exam: int) -> Page:
    """Sign in and take the pen."""
    page = screen.sign_in("learner", DEMO_PASSWORD)
    screen.open(f"/exams/{exam}/")
    page.click("form[action$='/start/'] button")
    page.wait_for_url("**/exams/sittings/**")
    return ready(page)


def ready(page: Page) -> Page:
    expect(page.locator("html")).to_have_attribute("data-room-ready", "1")
    return page


def choose(page: Page, number: int, choice: int) -> None:
    page.locator(f"#q{number} input[value='{choice}']").check()


def chosen(page: Page) -> dict[str, list[int]]:
    """What the page shows."""
    found: dict[str, list[int]] = page.evaluate(
        """() => Object.fromEntries([...document.querySelectorAll("[data-question]")].map((question) => [question.id,
        [...question.querySelectorAll("input[name]:checked")].map((input) => Number(input.value))])
        .filter(([, choices]) => choices.length))"""
    )
    return found


def status(page: Page) -> Any:
    return page.locator("[data-status]")


def test_a_reload_without_network_shows_the_room_and_everything_is_sent_once(
    site: Site, exam: int, new_screen: Callable[..., Screen]
) -> None:
    screen = new_screen(size=PHONE)
    page = enter(screen, exam)
    choose(page, 1, 0)
    expect(status(page)).to_contain_text(SAVED)
    expect(page.locator("html")).to_have_attribute("data-room-kept", "1")
    screen.cut_network()
    choose(page, 2, 1)
    expect(status(page)).to_contain_text(LOCAL)
    page.reload()
    ready(page)
    assert chosen(page) == {"q1": [0], "q2": [1]}
    expect(page.locator("[data-left]")).to_contain_text("00:5")
    choose(page, 1, 1)
    choose(page, 3, 0)
    expect(status(page)).to_contain_text(LOCAL)
    screen.restore_network()
    expect(status(page)).to_contain_text(SAVED)
    found = held(site, exam)
    assert (found["saved"], found["branch"]) == ({"q1": [1], "q2": [1], "q3": [0]}, {})
    assert 2 <= found["entries"] <= 4
    screen.fits()

    page.click("button[name=submit]")
    page.wait_for_url("**/submit/")
    page.click("main form button[type=submit]")
    page.wait_for_url("**/receipt/")
    expect(page.locator("html")).to_have_attribute("data-sitting-over", "1")
    left = page.evaluate(LEFT_ON_DEVICE)
    assert left == {"pages": 0, "entries": 0, "keys": 0, "caches": [], "registrations": []}
    screen.settle()


def test_two_devices_lose_nothing_and_merge_nothing_by_themselves(
    site: Site, exam: int, new_screen: Callable[..., Screen]
) -> None:
    older, newer, examiner = new_screen(size=PHONE), new_screen(size=DESKTOP), new_screen(size=DESKTOP)
    old = enter(older, exam)
    choose(old, 1, 0)
    expect(status(old)).to_contain_text(SAVED)
    older.cut_network()
    choose(old, 1, 1)
    choose(old, 2, 1)
    expect(status(old)).to_contain_text(LOCAL)
    new = enter(newer, exam)
    assert chosen(new) == {"q1": [0]}
    choose(new, 2, 0)
    expect(status(new)).to_contain_text(SAVED)
    older.allowed_statuses.add(409)
    older.restore_network()
    expect(old.locator("[data-frozen]")).to_be_visible()
    expect(old.locator("[data-branch-sent]")).to_be_visible()
    expect(old.locator("[data-branch-list]")).to_have_text("1, 2")
    expect(old.locator("#q3 input").first).to_be_disabled()
    older.fits()
    choose(new, 3, 0)
    expect(status(new)).to_contain_text(SAVED)
    new.click("button[name=submit]")
    new.wait_for_url("**/submit/")
    new.click("main form button[type=submit]")
    new.wait_for_url("**/receipt/")
    expect(new.locator("main")).to_contain_text("另一台设备")
    found = held(site, exam)
    assert found["saved"] == {"q1": [0], "q2": [0], "q3": [0]}
    assert found["branch"] == {"q1": [1], "q2": [1]}

    examiner.sign_in("examiner", DEMO_PASSWORD)
    page = examiner.open(f"/admin/exams/sittings/{found['pk']}/branches/")
    expect(page.locator(".exam-branch tbody tr")).to_have_count(2)
    page.fill("input[name=reason]", "换机前的答案，核对无误")
    page.click("button[value=adopted]")
    examiner.settle()
    assert held(site, exam)["saved"] == {"q1": [1], "q2": [1], "q3": [0]}
    newer.settle()


def test_a_captive_portal_acknowledges_nothing(site: Site, exam: int, new_screen: Callable[..., Screen]) -> None:
    screen = new_screen(size=PHONE)
    page = enter(screen, exam)
    said: list[str] = []
    page.expose_function("heard", lambda words: said.append(words))
    page.evaluate(
        """() => new MutationObserver(() => heard(document.querySelector("[data-status]").textContent))
        .observe(document.querySelector("[data-status]"), { childList: true, characterData: true, subtree: true })"""
    )
    portals = [
        {"body": "<html><body>Sign in to the network</body></html>", "content_type": "text/html"},
        {"body": '{"seq": 1, "epoch": 1, "sitting": 1, "receipt": "ok"}', "content_type": "application/json"},
        {"body": "null", "content_type": "application/json"},
    ]
    asked: list[int] = []

    def answer(route: Any) -> None:
        asked.append(1)
        route.fulfill(status=200, **portals[len(asked) % len(portals)])

    page.route("**/save/", answer)
    choose(page, 1, 0)
    expect(status(page)).to_contain_text(LOCAL)
    for _half_second in range(80):
        if len(asked) >= 3:
            break
        page.wait_for_timeout(500)
    assert len(asked) >= 3
    assert not any(SAVED in words for words in said)
    assert held(site, exam)["entries"] == 0
    page.unroute("**/save/")
    expect(status(page)).to_contain_text(SAVED)
    assert held(site, exam)["saved"] == {"q1": [0]}


def test_a_browser_that_was_killed_has_everything_again(
    site: Site, exam: int, browser: Browser, tmp_path: Path
) -> None:
    for number, page in enumerate(persistent(browser, site, tmp_path / "profile")):
        sign_in_again(page)
        if number == 0:
            page.goto(f"/exams/{exam}/")
            page.click("form[action$='/start/'] button")
            page.wait_for_url("**/exams/sittings/**")
            ready(page)
            room = page.url
            page.route("**/save/", lambda route: route.abort())
            for question in range(1, 6):
                choose(page, question, question % 2)
            page.wait_for_timeout(1000)
            assert held(site, exam)["entries"] == 0
        else:
            page.goto(room)
            ready(page)
            assert chosen(page) == {f"q{question}": [question % 2] for question in range(1, 6)}
            expect(status(page)).to_contain_text(SAVED)
            assert held(site, exam)["saved"] == chosen(page)


def sign_in_again(page: Page) -> None:
    """A browser that was killed may have lost its cookies, as it writes them down now and then only."""
    page.goto("/accounts/login/")
    if page.locator("input[name=login]").count():
        page.fill("input[name=login]", "learner")
        page.fill("input[name=password]", DEMO_PASSWORD)
        page.click("main button[type=submit]")
        page.wait_for_url(lambda url: "/login/" not in url)


def persistent(browser: Browser, site: Site, profile: Path) -> Iterator[Page]:
    """Twice a browser with this profile; the first one is killed at once, as by a power cut."""
    for number in range(2):
        context = browser.browser_type.launch_persistent_context(
            profile, executable_path=CHROMIUM, args=SWITCHES, base_url=site.address, locale="zh-CN"
        )
        yield context.pages[0]
        if number == 0:
            kill_all_of(profile)
            with suppress(Error):  # of a browser that is gone there is nothing left to close
                context.close()
        else:
            context.close()


def kill_all_of(profile: Path) -> None:
    """SIGKILL to every process of the browser that was started with this profile."""
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                command = (entry / "cmdline").read_bytes()
            except OSError:
                continue
            if f"--user-data-dir={profile}".encode() in command:
                try:
                    os.kill(int(entry.name), signal.SIGKILL)
                except ProcessLookupError:
                    continue


def test_a_sign_in_that_ran_out_is_renewed_beside_the_room(
    site: Site, exam: int, new_screen: Callable[..., Screen]
) -> None:
    screen = new_screen(size=PHONE)
    page = enter(screen, exam)
    screen.context.clear_cookies(name="sessionid")
    choose(page, 1, 0)
    expect(status(page)).to_contain_text(SAVED)
    choose(page, 2, 1)
    page.click("button[name=submit]")
    expect(page.locator("dialog[data-sign-in]")).to_be_visible()
    screen.fits()
    with screen.context.expect_page() as opened:
        page.click("dialog[data-sign-in] a")
    other = opened.value
    other.fill("input[name=login]", "learner")
    other.fill("input[name=password]", DEMO_PASSWORD)
    other.click("main button[type=submit]")
    expect(other.locator("[data-signed-in]")).to_be_visible()
    page.wait_for_url("**/submit/")
    assert held(site, exam)["saved"] == {"q1": [0], "q2": [1]}
    other.wait_for_timeout(700)
    screen.settle()


def test_answers_that_never_reached_the_server_come_as_a_file(
    site: Site, exam: int, new_screen: Callable[..., Screen], tmp_path: Path
) -> None:
    screen, desk = new_screen(size=PHONE), new_screen(size=DESKTOP)
    page = enter(screen, exam)
    page.evaluate("document.querySelector('[data-room]').dataset.fileAfter = '1'")
    screen.cut_network()
    choose(page, 1, 1)
    choose(page, 2, 0)
    expect(page.locator("[data-file]")).to_be_visible()
    screen.fits()
    with page.expect_download() as downloading:
        page.click("[data-save-file]")
    file = tmp_path / "answers.lmsexam"
    downloading.value.save_as(file)
    assert b"q1" not in file.read_bytes()

    desk.sign_in("examiner", DEMO_PASSWORD)
    for _time in range(2):
        there = desk.open(f"/admin/exams/sittings/{held(site, exam)['pk']}/branches/")
        there.set_input_files("#answer-file", file)
        there.click("form[action$='/file/'] button")
        desk.settle()
    found = held(site, exam)
    assert (found["saved"], found["branch"], found["entries"]) == ({}, {"q1": [1], "q2": [0]}, 0)
    screen.restore_network()
    expect(status(page)).to_contain_text(SAVED)
    assert held(site, exam)["saved"] == {"q1": [1], "q2": [0]}
