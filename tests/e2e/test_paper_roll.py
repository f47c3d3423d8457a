"""A roll on paper: printed, typed beside its photo, confirmed by a second person on a phone, read by the learners."""

import io
import re
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import zxingcpp
from PIL import Image, ImageDraw
from playwright.sync_api import expect

from cms_pages.demo import DEMO_PASSWORD
from tests.e2e.screen import DESKTOP, PHONE, Screen
from tests.e2e.site import Site, as_json

SIGNED, LATE = "learner", "learner2"
A_SESSION = """
import json
from datetime import timedelta
from django.contrib.auth import get_user_model
from django.utils import timezone
from lms.attendance.models import Session
from lms.programmes.models import Course, Term
from lms.programmes.selectors import current_enrolment
users, now, term = get_user_model().objects, timezone.now().replace(second=0), Term.objects.get(code="demo")
session = Session.objects.create(
    term=term, course=Course.objects.filter(module__programme=term.programme).order_by("pk")[0], room="南楼 101",
    starts_at=now - timedelta(minutes=100), ends_at=now - timedelta(minutes=10), minutes=90,
    check_in_from=now - timedelta(minutes=130), check_out_until=now + timedelta(minutes=5),
)
seats = {{name: current_enrolment(users.get(username=name)) for name in ("{signed}", "{late}")}}
print(json.dumps({{
    "pk": session.pk, "starts": session.starts_at.isoformat(), "names": {{k: s.person.name for k, s in seats.items()}},
    "seats": {{k: s.pk for k, s in seats.items()}},
}}))
"""
ROWS = """
import json
from lms.attendance.models import CheckEntry, Session
rows = CheckEntry.objects.filter(session={pk}).order_by("enrolment__person__user__username", "kind")
print(json.dumps(list(rows.values_list("enrolment__person__user__username", "kind", "method", "actor__username"))))
"""
CANCEL = """
from lms.attendance.models import Session
Session.objects.filter(pk={pk}).update(state="cancelled", cancel_reason="browser test")
"""


@pytest.fixture
def session(site: Site) -> Iterator[Any]:
    """A session that has just ended and where nothing is on record; cancelled again, so that no other test meets it."""
    found = as_json(site.shell(A_SESSION.format(signed=SIGNED, late=LATE)))
    yield found
    site.shell(CANCEL.format(pk=found["pk"]))


def test_a_roll_is_printed_typed_confirmed_by_a_second_person_and_read_by_the_learner(
    site: Site, session: Any, new_screen: Callable[..., Screen], tmp_path: Path
) -> None:
    assistant = new_screen(size=DESKTOP)
    assistant.sign_in("assistant", DEMO_PASSWORD)
    code = print_the_roll(assistant, session)
    sheet = type_it(assistant, session, a_photo(tmp_path))
    the_typist_cannot_confirm(assistant, sheet)
    assert rows_of(site, session) == []

    second = new_screen(size=PHONE)
    second.sign_in("instructor", DEMO_PASSWORD)
    find_it_by_its_code(second, code)
    confirm_it(second, session)

    by = ["paper", "instructor"]
    assert rows_of(site, session) == [[SIGNED, "in", *by], [SIGNED, "out", *by], [LATE, "in", *by], [LATE, "out", *by]]
    learner = new_screen(size=PHONE)
    learner.sign_in(SIGNED, DEMO_PASSWORD)
    page = learner.open(f"/attendance/sessions/{session['pk']}/")
    expect(page.locator("main .card").first).to_contain_text(clock(session, 0))
    expect(page.locator("main .card").first).to_contain_text(clock(session, 90))
    latecomer = new_screen(size=PHONE)
    latecomer.sign_in(LATE, DEMO_PASSWORD)
    page = latecomer.open("/attendance/")
    own = page.locator("li", has=page.locator(f"a[href='/attendance/sessions/{session['pk']}/']"))
    expect(own).to_contain_text(f"签到 {clock(session, 40)} · 签退 {clock(session, 90)}")
    for screen in (learner, latecomer):
        screen.fits()


def print_the_roll(assistant: Screen, session: Any) -> str:
    """From the sheet to the roll and its PDF, whose QR leads to the roll; its code."""
    page = assistant.open(f"/admin/attendance/sheet/{session['pk']}/")
    page.click("form[action$='/roll/'] button")
    page.wait_for_url(re.compile(r"/admin/attendance/paper/[^/]+/$"))
    code = page.url.rstrip("/").rsplit("/", 1)[1]
    address = page.get_by_role("link", name="打开 PDF 打印").get_attribute("href") or ""
    answer = assistant.context.request.get(address)
    assert (answer.status, answer.headers["content-type"]) == (200, "application/pdf")
    assert answer.body().startswith(b"%PDF-")
    assert code in picture_of(answer.body())
    return code


def picture_of(pdf: bytes) -> str:
    """What the QR code on the first page says."""
    import pypdfium2

    page = pypdfium2.PdfDocument(pdf)[0].render(scale=3).to_pil()
    found = zxingcpp.read_barcodes(page)
    assert len(found) == 1
    return found[0].text


def type_it(assistant: Screen, session: Any, photo: Path) -> str:
    """One learner with a tick, one with times, an impossible time in between; the photo stands beside. Its address."""
    page, seats = assistant.page, session["seats"]
    page.set_input_files("input[type=file]", photo)
    expect(page.locator("[data-photo] img")).to_be_visible()
    page.check(f"input[name=p{seats[SIGNED]}]")
    page.fill(f"input[name=i{seats[LATE]}]", "23:59")
    page.click("form[data-roll] button[type=submit]")
    expect(page.locator(f"#e{seats[LATE]}")).to_be_visible()
    expect(page.locator(f"input[name=p{seats[SIGNED]}]")).to_be_checked()
    expect(page.locator("[data-photo] img")).to_be_visible()
    page.fill(f"input[name=i{seats[LATE]}]", clock(session, 40))
    page.fill(f"input[name=o{seats[LATE]}]", clock(session, 90).replace(":", ""))
    expect(page.locator("[data-count]")).to_contain_text("2 /")
    page.click("form[data-roll] button[type=submit]")
    page.wait_for_url("**/attendance/paper/sheets/**")
    return page.url.removeprefix(assistant.address)


def the_typist_cannot_confirm(assistant: Screen, sheet: str) -> None:
    """There is no button, and whoever sends it all the same is told why not."""
    page = assistant.open(sheet)
    expect(page.locator("main")).to_contain_text("此表由您录入，须由另一位")
    expect(page.locator("button[value=confirm]")).to_have_count(0)
    page.evaluate(
        "token => { const form = document.createElement('form'); form.method = 'post';"
        " for (const [name, value] of [['csrfmiddlewaretoken', token], ['act', 'confirm']]) {"
        "   const field = document.createElement('input');"
        "   field.name = name; field.value = value; form.append(field); }"
        " document.body.append(form); form.submit(); }",
        page.locator("input[name=csrfmiddlewaretoken]").first.input_value(),
    )
    expect(page.locator("body")).to_contain_text("此表由您本人录入")
    expect(page.locator("main .w-status").first).to_contain_text("待第二人确认")


def find_it_by_its_code(second: Screen, code: str) -> None:
    """On a phone, by the code that stands on the paper, as somebody types it."""
    page = second.open("/admin/attendance/paper/")
    second.fits()
    page.fill("input[name=code]", f" {code[:4].lower()} {code[4:].lower()}")
    page.locator("form", has=page.locator("input[name=code]")).get_by_role("button").click()
    page.wait_for_url("**/attendance/paper/sheets/**")


def confirm_it(second: Screen, session: Any) -> None:
    """Lines and photo can be compared on a phone; one press, and the sheet of the session shows who was there."""
    page = second.page
    second.settle()
    second.fits()
    for name in session["names"].values():
        expect(page.locator("tr", has_text=name)).to_contain_text("写入")
    picture = page.locator(".lms-photo img")
    picture.scroll_into_view_if_needed()
    assert picture.evaluate("image => image.complete && image.naturalWidth > 300")
    page.click("button[value=confirm]")
    page.wait_for_url(f"**/admin/attendance/sheet/{session['pk']}/**")
    expect(page.locator("body")).to_contain_text("签到表已确认并计入记录")
    second.settle()
    second.fits()


def a_photo(folder: Path) -> Path:
    """A photo of a paper with lines, as a phone makes it."""
    paper = Image.new("RGB", (1200, 1600), "#f2efe8")
    pen = ImageDraw.Draw(paper)
    for line in range(20):
        pen.line((80, 200 + 60 * line, 1120, 205 + 60 * line), fill="#222", width=3)
    photo, kept = folder / "roll.jpg", io.BytesIO()
    paper.save(kept, "JPEG", quality=85)
    photo.write_bytes(kept.getvalue())
    return photo


def clock(session: Any, minutes: int) -> str:
    """So many minutes after the start, as the wall clock in the room shows it."""
    moment = datetime.fromisoformat(session["starts"]) + timedelta(minutes=minutes)
    return f"{moment + timedelta(hours=8):%H:%M}" if moment.utcoffset() == timedelta(0) else f"{moment:%H:%M}"


def rows_of(site: Site, session: Any) -> list[list[str]]:
    found: list[list[str]] = as_json(site.shell(ROWS.format(pk=session["pk"])))
    return found
