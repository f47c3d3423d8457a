"""Staff scan without network: the learner's code, the queue on the phone, and the upload when the network is back."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, expect

from cms_pages.demo import DEMO_PASSWORD
from tests.e2e.screen import PHONE, Screen
from tests.e2e.site import Site, as_json

CODE, SCANNER = "/attendance/my-code/", "/attendance/scanner/"


def test_a_code_is_scanned_with_the_network_cut_and_reaches_the_sheet(
    site: Site, new_screen: Callable[..., Screen], tmp_path: Path
) -> None:
    session = open_a_session(site)
    learner, assistant = new_screen(size=PHONE), new_screen(size=PHONE)
    learner.sign_in("learner", DEMO_PASSWORD)
    keep_offline(learner, CODE, "[data-code]")
    assistant.sign_in("assistant", DEMO_PASSWORD)
    register(assistant)
    keep_offline(assistant, SCANNER, "[data-work]")

    for screen, path in ((learner, CODE), (assistant, SCANNER)):
        screen.cut_network()
        screen.open(path)
    expect(learner.page.locator("[data-network]").last).to_have_text("没有网络，签到码仍然有效。")
    page = assistant.page
    page.select_option("[data-session]", str(session))
    page.click("[data-kind=in]")
    scan(page, learner.page, tmp_path)
    expect(page.locator("[data-result][data-tone=done]")).to_be_visible()
    expect(page.locator("[data-waiting]")).to_have_attribute("data-count", "1")

    assistant.open(SCANNER)
    expect(page.locator("[data-waiting]")).to_have_attribute("data-count", "1")
    scan(page, learner.page, tmp_path)
    expect(page.locator("[data-result][data-tone=neutral]")).to_be_visible()
    expect(page.locator("[data-queue] li")).to_have_count(1)

    assistant.restore_network()
    expect(page.locator("[data-waiting]")).to_have_attribute("data-count", "0")
    assistant.open(SCANNER)
    page.wait_for_timeout(1000)
    for screen in (learner, assistant):
        screen.fits()
    assert found_and_cancelled(site, session) == {"rows": [["in", "scan", "assistant"]], "scans": 1}


def open_a_session(site: Site) -> int:
    """A session of the learner's whose doors are open now, where nobody has come yet."""
    return int(
        as_json(
            site.shell(
                """
from datetime import timedelta
from django.utils import timezone
from lms.attendance.models import LearnerKey, Session
from lms.people.models import Person
from lms.programmes.selectors import current_enrolment
person = Person.objects.get(user__username="learner")
now, term = timezone.now(), current_enrolment(person.user).term
model = Session.objects.filter(term=term).order_by("pk").first()
LearnerKey.objects.filter(enrolment=current_enrolment(person.user)).delete()  # of a browser of another test
session = Session.objects.create(
    term=term, course=model.course, room="北楼", minutes=90, staff_scan_only=True,
    starts_at=now + timedelta(minutes=1), ends_at=now + timedelta(minutes=91),
    check_in_from=now - timedelta(minutes=30), check_out_until=now + timedelta(minutes=106),
)
print(session.pk)
"""
            )
        )
    )


def keep_offline(screen: Screen, path: str, ready: str) -> None:
    """Open the page until it has settled and its service worker holds a copy."""
    screen.open(path)
    expect(screen.page.locator(ready)).to_be_visible(timeout=30_000)
    screen.page.evaluate("navigator.serviceWorker.ready")


def register(assistant: Screen) -> None:
    page = assistant.open(SCANNER)
    page.fill("#phone-name", "北门一号机")
    page.click("[data-registration] button")
    expect(page.locator("[data-work]")).to_be_visible()


def scan(page: Page, code: Page, folder: Path) -> None:
    """Choose a picture of the learner's screen, as a photo from the gallery."""
    picture = folder / "code.png"
    code.locator("[data-qr]").screenshot(path=picture)
    page.set_input_files("[data-picture]", picture)


def found_and_cancelled(site: Site, session: int) -> Any:
    """What reached the journals; the session leaves the timetable again, for the tests that follow."""
    return as_json(
        site.shell(
            f"""
import json
from lms.attendance.models import CheckEntry, Session, StaffScan
entries = CheckEntry.objects.filter(session={session}).values_list("kind", "method", "actor__username")
print(json.dumps({{"rows": list(entries), "scans": StaffScan.objects.filter(session={session}).count()}}))
Session.objects.filter(pk={session}).update(state="cancelled")
"""
        )
    )


# What this phone holds of an earlier scan of a learner -> what ticking her off by hand says. Only what stands hides it.
EARLIER = (
    ({"outcome": "recorded"}, "neutral"),
    ({"outcome": "refused"}, "done"),
    ({"outcome": "conflict", "hand": False}, "done"),
    ({"outcome": "", "shown": "too_early"}, "done"),
    ({"outcome": "recorded", "scanner": 0}, "done"),
)
PLANT = """
async ([session, earlier]) => {
  const asked = (request) => new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
  const held = await asked(indexedDB.open("lms-attendance", 1));
  const meta = held.transaction("meta").objectStore("meta");
  const roster = await asked(meta.get("roster"));
  const scanner = (await asked(meta.get(`scanner:${roster.user.id}`))).id;
  const seats = roster.sessions.find((one) => one.id === session).seats;
  const learners = roster.learners.filter((one) => seats.includes(one.id)).slice(0, earlier.length);
  const scans = held.transaction("scans", "readwrite");
  learners.forEach(({ id, name }, place) => scans.objectStore("scans").put({
    nonce: String(place).padStart(32, "0"), body: "{}", signature: "", scanner, session, seat: id, kind: "in",
    at: Date.now() - 5000, name, hand: true, shown: "", state: "sent", ...earlier[place],
  }));
  await new Promise((resolve, reject) => { scans.oncomplete = resolve; scans.onerror = reject; });
  held.close();
  return learners.map((one) => [one.name, String(one.number)]);
}
"""


def test_what_does_not_stand_hides_no_later_scan(site: Site, new_screen: Callable[..., Screen]) -> None:
    session = open_a_session(site)
    assistant = new_screen(size=PHONE)
    assistant.sign_in("assistant", DEMO_PASSWORD)
    register(assistant)
    page = assistant.page
    page.select_option("[data-session]", str(session))
    page.click("[data-kind=in]")
    learners = page.evaluate(PLANT, [session, [held for held, _tone in EARLIER]])
    assistant.open(SCANNER)
    page.click("details summary")
    for (name, number), (_held, tone) in zip(learners, EARLIER, strict=True):
        page.fill("#search", number)
        page.locator("[data-matches] li").filter(has_text=name).get_by_role("button").first.click()
        expect(page.locator(f"[data-result][data-tone={tone}]")).to_contain_text(name)
        page.evaluate("document.querySelector('[data-result]').removeAttribute('data-tone')")
    expect(page.locator("[data-waiting]")).to_have_attribute("data-count", "0", timeout=20_000)
    found = found_and_cancelled(site, session)
    assert found == {"rows": [["in", "manual", "assistant"]] * 4, "scans": 4}
