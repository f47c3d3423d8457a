"""Before and near the end of an exam: the check of the device, the opening, and what is said at 10, 5 and 1 minutes."""

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import expect

from cms_pages.demo import DEMO_PASSWORD
from tests.e2e.screen import DESKTOP, PHONE, Screen
from tests.e2e.site import Site

AN_EXAM = """
from datetime import timedelta
from django.contrib.auth import get_user_model
from django.utils import timezone
from lms.exams.management.commands.open_demo_exam import BLUEPRINT
from lms.exams.services import add_exam, publish_exam
from lms.programmes.models import Term
now = timezone.now()
values = dict(title="候考", instructions="", opens_at=now + timedelta(seconds={opens_in}),
    closes_at=now + timedelta(hours=3), duration_minutes=60, late_entry_minutes=None, blueprint=BLUEPRINT)
actor = get_user_model().objects.get(username="examiner")
exam = add_exam(Term.objects.get(code="demo"), values, at=now, actor=actor)
print(publish_exam(exam, at=now, actor=actor).pk)
"""
NEAR_THE_END = """
from datetime import timedelta
from django.utils import timezone
from lms.exams.models import Sitting
sittings = Sitting.objects.filter(exam={exam}).exclude(started_at=None)
sittings.update(deadline=timezone.now() + timedelta(seconds={seconds}))
"""
FILED_AWAY = """
from lms.exams.models import Exam
Exam.objects.filter(pk={exam}).update(state="closed")
"""
TWO_DAYS_FAST = "const now = Date.now; Date.now = () => now() + 2 * 86400000;"
NO_STORAGE = "indexedDB.open = () => { throw new DOMException('no', 'InvalidStateError'); };"


@pytest.fixture
def exam(site: Site) -> Iterator[Callable[[int], int]]:
    """`exam(opens_in)` -> its key; filed away again, so that no other test meets it."""
    made: list[int] = []

    def make(opens_in: int) -> int:
        made.append(int(site.shell(AN_EXAM.format(opens_in=opens_in)).splitlines()[-1]))
        return made[-1]

    yield make
    for pk in made:
        site.shell(FILED_AWAY.format(exam=pk))


def test_the_page_checks_the_device_and_shows_the_start_by_itself(
    exam: Callable[[int], int], new_screen: Callable[..., Screen]
) -> None:
    screen = new_screen(size=PHONE)
    page = screen.sign_in("learner2", DEMO_PASSWORD)
    pk = exam(25)
    screen.open(f"/exams/{pk}/")
    expect(page.locator("[data-check-sum]")).to_have_text("本设备一切就绪。")
    assert page.locator("[data-check-row]").evaluate_all("rows => rows.map(row => row.dataset.state)") == ["fine"] * 4
    expect(page.locator("[data-opens-in]")).to_contain_text("00:00:")
    expect(page.locator("form[action$='/start/'] button")).to_be_visible(timeout=60_000)
    screen.fits()


def test_what_is_to_be_mended_is_said_in_words(exam: Callable[[int], int], new_screen: Callable[..., Screen]) -> None:
    screen = new_screen(size=DESKTOP)
    page = screen.sign_in("learner2", DEMO_PASSWORD)
    pk = exam(3600)
    page.add_init_script(TWO_DAYS_FAST + NO_STORAGE)
    screen.open(f"/exams/{pk}/")
    expect(page.locator("[data-check-row=storage]")).to_contain_text("无痕")
    expect(page.locator("[data-check-row=clock]")).to_contain_text("快 2880 分钟")
    states = page.locator("[data-check-row]").evaluate_all("rows => rows.map(row => row.dataset.state)")
    assert states == ["fine", "mend", "note", "fine"]
    expect(page.locator("[data-opens-in]")).to_contain_text("00:5")
    screen.cut_network()
    page.click("[data-check-again]")
    expect(page.locator("[data-check-row=network]")).to_contain_text("服务器没有回应")
    screen.restore_network()


def test_ten_five_and_one_minutes_are_said_without_taking_the_focus(
    site: Site, exam: Callable[[int], int], new_screen: Callable[..., Screen]
) -> None:
    screen = new_screen(size=DESKTOP)
    page = screen.sign_in("learner2", DEMO_PASSWORD)
    pk = exam(-5)
    screen.open(f"/exams/{pk}/")
    page.click("form[action$='/start/'] button")
    page.wait_for_url("**/exams/sittings/**")
    first = page.locator("fieldset.question input").first
    first.check()
    first.focus()
    expect(page.locator("[data-announce]")).to_have_attribute("aria-live", "polite")
    for minutes, words in ((10, "还剩 10 分钟"), (5, "还剩 5 分钟"), (1, "还剩 1 分钟")):
        site.shell(NEAR_THE_END.format(exam=pk, seconds=minutes * 60 + 2))
        expect(page.locator("[data-announce]")).to_contain_text(words, timeout=40_000)
        assert first.evaluate("input => input === document.activeElement")
