"""Main job, step 3: an instructor writes a lesson with a picture and a video; a learner finishes it and it counts."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from PIL import Image, ImageDraw
from playwright.sync_api import Locator, Page, expect

from cms_pages.demo import DEMO_PASSWORD
from tests.e2e.screen import DESKTOP, PHONE, Screen
from tests.e2e.site import Site, as_json

VIDEO = Path(__file__).resolve().parent.parent / "media" / "lesson.webm"
COURSE, MINUTES = "绩效面谈技巧", 25
TITLE, HEADING = "面谈开场示范", "先倾听，再反馈"
TEXT = "面谈开始时说明目的与时间，请对方先谈自己的工作，再谈考核结果。"
ALT = "两人对坐面谈的示意图"


def test_an_instructor_writes_a_lesson_and_a_learner_finishes_it(
    site: Site, new_screen: Callable[..., Screen], tmp_path: Path
) -> None:
    before = minutes_of_the_learner(site)

    instructor = new_screen(size=DESKTOP)
    instructor.sign_in("instructor", DEMO_PASSWORD)
    open_the_editor(instructor)
    write_the_lesson(instructor, tmp_path)
    publish(instructor)

    learner = new_screen(size=PHONE)
    learner.sign_in("learner", DEMO_PASSWORD)
    finished = open_the_lesson(learner)
    read_it(learner)
    finish_it(learner, finished)

    assert ledger_of_the_lesson(site) == [MINUTES]
    assert minutes_of_the_learner(site) == before + MINUTES


def open_the_editor(instructor: Screen) -> None:
    """From the menu to the lessons, into the course, to a new lesson."""
    page = instructor.page
    page.get_by_role("button", name="课程内容").click()
    page.locator(".sidebar a[href='/admin/course-work/pages/']").click()
    row = page.locator("main tr", has_text=COURSE)
    address = row.locator("a[href$='/edit/']").first.get_attribute("href") or ""
    row.locator(f"a[href='{address.removesuffix('edit/')}']").click()
    page.locator("a[href$='/add_subpage/']").first.click()
    expect(page.locator("form[data-edit-form]")).to_be_visible()


def write_the_lesson(instructor: Screen, folder: Path) -> None:
    """Heading, paragraph, an uploaded picture and an uploaded video."""
    page = instructor.page
    page.fill("#id_title", TITLE)
    page.fill("#id_minutes", str(MINUTES))

    add_block(page, 1, "小标题").locator("input[type=text]").fill(HEADING)
    paragraph = add_block(page, 2, "段落").get_by_role("textbox")
    paragraph.click()
    page.keyboard.insert_text(TEXT)
    expect(paragraph).to_contain_text(TEXT)

    picture = add_block(page, 3, "图片")
    choose_and_upload(page, picture, "image", a_picture(folder), "面谈示意图")
    picture.locator("input[name$='-value-alt']").fill(ALT)
    video = add_block(page, 4, "视频")
    choose_and_upload(page, video, "media", VIDEO, "面谈示范短片")


def add_block(page: Page, number: int, name: str) -> Locator:
    """A new block of that name at the end of the lesson; it becomes the `number`-th."""
    page.locator("button.c-sf-add-button").last.click()
    page.get_by_role("option", name=name, exact=True).click()
    blocks = page.locator("[data-streamfield-child]")
    expect(blocks).to_have_count(number)
    return blocks.nth(number - 1)


def choose_and_upload(page: Page, block: Locator, kind: str, file: Path, title: str) -> None:
    """Through the chooser's upload tab."""
    block.locator("[data-chooser-action-choose]").first.click()
    chooser = page.locator(".modal-dialog")
    chooser.locator("[role=tab][href='#tab-upload'], [role=tab][href*='upload']").click()
    form = chooser.locator("form[enctype='multipart/form-data']:visible")
    form.locator("input[name$='file']").set_input_files(file)
    form.locator("input[name$='title']").fill(title)
    form.locator("[type=submit]").click()
    expect(chooser).to_have_count(0)
    expect(block).to_contain_text(title)


def a_picture(folder: Path) -> Path:
    picture = Image.new("RGB", (1200, 675), "#f4ede0")
    drawing = ImageDraw.Draw(picture)
    drawing.ellipse((250, 200, 450, 400), fill="#2e6b4f")
    drawing.ellipse((750, 200, 950, 400), fill="#8a5a1c")
    picture.save(folder / "interview.png")
    return folder / "interview.png"


def publish(instructor: Screen) -> None:
    page = instructor.page
    footer = page.locator("footer")
    footer.locator("[data-w-dropdown-target=toggle]").click()
    page.locator("button[name=action-publish]").click()
    page.wait_for_url(re.compile(r"/admin/pages/\d+/$"))
    expect(page.locator("main tr", has_text=TITLE)).to_contain_text("在用")


def open_the_lesson(learner: Screen) -> int:
    """From the bar to the courses, the course, the lesson; how many lessons of the course were finished before."""
    page = learner.page
    page.locator("nav a[href='/courses/']:visible").first.click()
    page.locator("main a", has_text=COURSE).first.click()
    learner.settle()
    learner.fits()
    entry = page.locator("main li", has_text=TITLE)
    expect(entry).to_contain_text(str(MINUTES))
    finished = page.locator("main .lesson-done").count()
    entry.get_by_role("link").click()
    page.wait_for_url("**/courses/*/*/")
    learner.settle()
    return finished


def read_it(learner: Screen) -> None:
    """Words, picture and video are there, and fit the phone."""
    page = learner.page
    expect(page.locator("h1")).to_have_text(TITLE)
    expect(page.locator("article h2")).to_have_text(HEADING)
    expect(page.locator("article")).to_contain_text(TEXT)
    picture = page.get_by_role("img", name=ALT)
    picture.scroll_into_view_if_needed()
    wait_until(page, "article img", "part.complete && part.naturalWidth > 0")
    video = page.locator("article video")
    video.scroll_into_view_if_needed()
    wait_until(page, "article video", "part.readyState >= HTMLMediaElement.HAVE_METADATA")
    facts: dict[str, Any] = video.evaluate("part => ({seconds: part.duration, width: part.videoWidth})")
    assert facts["seconds"] > 0
    assert facts["width"] > 0
    learner.fits()


def wait_until(page: Page, selector: str, condition: str) -> None:
    page.wait_for_function(
        f"selector => {{ const part = document.querySelector(selector); return {condition}; }}", arg=selector
    )


def finish_it(learner: Screen, finished: int) -> None:
    """At the end of the lesson the learner says so; the course shows it and there is nothing left to press."""
    page = learner.page
    lesson = page.url
    page.locator("form[action$='/complete/'] button").click()
    expect(page.locator(".notice, [role=status]").filter(has_text=TITLE).first).to_be_visible()
    learner.settle()
    page.goto(lesson)
    learner.settle()
    expect(page.locator("main")).to_contain_text("已学完")
    expect(page.locator("form[action$='/complete/']")).to_have_count(0)
    page.locator(".crumbs a").last.click()
    learner.settle()
    expect(page.locator("main .lesson-done")).to_have_count(finished + 1)
    learner.fits()


def ledger_of_the_lesson(site: Site) -> list[int]:
    return as_json(
        site.shell(
            "import json\n"
            "from lms.modules.models import LessonPage\n"
            "from lms.programmes.models import HourEntry\n"
            f"lesson = LessonPage.objects.get(title='{TITLE}')\n"
            "rows = HourEntry.objects.filter(enrolment__person__user__username='learner', reference=str(lesson.pk),"
            " source='modules.lesson')\n"
            "print(json.dumps([row.minutes for row in rows]))"
        )
    )


def minutes_of_the_learner(site: Site) -> int:
    return as_json(
        site.shell(
            "from lms.programmes.models import Enrolment\n"
            "from lms.programmes.selectors import minutes_earned\n"
            "seat = Enrolment.objects.get(person__user__username='learner', term__code='demo')\n"
            "print(minutes_earned(seat))"
        )
    )
