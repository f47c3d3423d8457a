"""The main job, step by step, by the people who do it: from the class list to a certificate anybody can verify."""

import io
import json
import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pypdfium2
import zxingcpp
from openpyxl import Workbook, load_workbook
from PIL import Image
from playwright.sync_api import expect

from cms_pages.demo import DEMO_PASSWORD
from tests.e2e.screen import DESKTOP, PHONE, PROJECTOR, Screen
from tests.e2e.site import Site, as_json
from tests.factories import an_id_number

HEADINGS = ("姓名", "身份证号", "单位", "手机号", "职务")
NEW_NAME, NEW_PHONE, NEW_PASSWORD = "林晓燕", "13900007001", "wo-de-mima-2025"
PRINT_JSON = "import json; print(json.dumps({}))"


def test_the_main_job(site: Site, new_screen: Callable[..., Screen], tmp_path: Path) -> None:
    assistant = new_screen(size=DESKTOP)
    assistant.sign_in("assistant", DEMO_PASSWORD)
    code = import_a_class_list(assistant, site, tmp_path)
    newcomer = new_screen(size=PHONE)
    activate_and_see_the_desk(newcomer, code)

    short = a_short_sitting(site, new_screen)
    session = a_session_of_one_minute(site)
    check_in_by_the_picture(site, new_screen, newcomer, session)

    learner = new_screen(size=PHONE)
    sit_the_exam_with_a_break(site, new_screen, learner)
    check_out_and_credit(site, assistant, new_screen, newcomer, session)
    the_short_sitting_has_closed(site, short)
    somebody_absent_too_long_is_refused(new_screen)

    term = compose_the_result(site, assistant, new_screen)
    nothing_is_told_before_the_release(learner)
    release_and_issue(new_screen, term)
    read_the_result(learner)
    number, address = certificate_of(learner)
    verify_without_an_account(new_screen, number, address)
    exchange_afterwards(learner, new_screen)


def sheet_of(path: Path, rows: list[tuple[Any, ...]]) -> Path:
    book = Workbook()
    book.active.append(HEADINGS)
    for row in rows:
        book.active.append(row)
    book.save(path)
    return path


def import_a_class_list(assistant: Screen, site: Site, folder: Path) -> str:
    """Step 1: wrong rows are refused one by one and nothing is written; the right list stands as a whole."""
    good = (NEW_NAME, an_id_number(701), "测试单位一", NEW_PHONE, "科员")
    twice = an_id_number(702)
    bad = [
        good,
        ("王一", an_id_number(703)[:-1] + "?", "测试单位一", "13900007003", ""),
        ("王二", "6.10404198503E+17", "测试单位一", "13900007004", ""),
        ("王三", twice, "测试单位一", "13900007005", ""),
        ("王四", twice, "测试单位一", "13900007006", ""),
    ]
    group = a_new_class(site)
    page = assistant.open("/admin/class-list/")
    page.select_option("select[name=group]", value=group)
    page.set_input_files("input[type=file]", sheet_of(folder / "wrong.xlsx", bad))
    page.click("main form button[type=submit]")
    expect(page.locator("tr.refused")).to_have_count(3)
    expect(page.locator("main")).to_contain_text("没有写入")

    assistant.open("/admin/class-list/")
    page.select_option("select[name=group]", value=group)
    page.set_input_files("input[type=file]", sheet_of(folder / "right.xlsx", [good]))
    page.click("main form button[type=submit]")
    page.click("form[action*=confirm] button[type=submit]")
    with page.expect_download() as download:
        page.click("a[href*='/file/'], form[action*='/file/'] button")
    found = load_workbook(io.BytesIO(Path(download.value.path()).read_bytes())).active
    cells = [str(cell) for row in found.iter_rows(values_only=True) for cell in row if cell]
    return next(cell for cell in cells if re.fullmatch(r"\d{8}", cell))


def a_new_class(site: Site) -> str:
    """A class of her own for the newcomer."""
    made = site.shell(
        "from lms.programmes.models import ClassGroup, Term\n"
        "term = Term.objects.get(code='demo')\n"
        "print(ClassGroup.objects.create(term=term, code='Z', name='夜间班', kind='机关班', capacity=50).pk)"
    )
    return made.splitlines()[-1]


def activate_and_see_the_desk(newcomer: Screen, code: str) -> None:
    """Step 2: a phone, a code from the assistant, a password, and then one desk."""
    page = newcomer.open("/me/activate/")
    page.fill("input[name=phone]", NEW_PHONE)
    page.fill("input[name=code]", code)
    page.fill("input[name=password]", NEW_PASSWORD)
    page.fill("input[name=again]", NEW_PASSWORD)
    page.click("main button[type=submit]")
    newcomer.settle()
    for box in page.locator("main input[type=checkbox]").all():
        box.check()
    page.click("main form button[type=submit]")
    page.wait_for_url("**/desk/")
    newcomer.settle()
    expect(page.locator("main")).to_contain_text(NEW_NAME)
    expect(page.locator("main")).to_contain_text("学时")
    newcomer.fits()


def a_session_of_one_minute(site: Site) -> int:
    """A session of one class minute at the door now, for the new class.

    It is put beside the timetable: at some hours of the day everybody has a session of the demo term.
    """
    return int(
        site.shell(
            "from datetime import timedelta\n"
            "from django.utils import timezone\n"
            "from lms.attendance.models import Session\n"
            "from lms.programmes.models import Course, Term\n"
            "term = Term.objects.get(code='demo')\n"
            "course = Course.objects.get(module__programme=term.programme, code='T1')\n"
            "starts = timezone.now() + timedelta(seconds=40)\n"
            "session = Session.objects.create(term=term, course=course, room='二号教室', minutes=1,\n"
            "    starts_at=starts, ends_at=starts + timedelta(minutes=1), check_out_required=True,\n"
            "    check_in_from=starts - timedelta(minutes=30), check_out_until=starts + timedelta(minutes=16))\n"
            "session.groups.set(term.groups.filter(code='Z'))\n"
            "print(session.pk)"
        ).splitlines()[-1]
    )


def check_in_by_the_picture(site: Site, new_screen: Callable[..., Screen], newcomer: Screen, session: int) -> None:
    """Step 4: the code is read from the picture on the projector and confirmed on the phone."""
    board = new_screen(size=PROJECTOR)
    board.sign_in("assistant", DEMO_PASSWORD)
    page = board.open(f"/admin/attendance/sheet/{session}/")
    page.click("form[action$='/open/'] button")
    page.wait_for_url("**/attendance/board/**")
    board.settle()
    read_and_confirm(board, newcomer, "已签到")
    expect(page.locator("[data-latest]")).to_contain_text(NEW_NAME)
    site.boards = {session: board}  # type: ignore[attr-defined]


def read_and_confirm(board: Screen, phone: Screen, outcome: str) -> None:
    address = decode(board.page.screenshot())
    assert address.startswith(board.address)
    page = phone.open(address.removeprefix(board.address))
    page.click("main form button[type=submit]")
    expect(page.locator("main")).to_contain_text(outcome)
    phone.settle()
    phone.fits()


def decode(picture: bytes) -> str:
    """The text of the only QR code in a PNG."""
    codes = zxingcpp.read_barcodes(Image.open(io.BytesIO(picture)))
    assert len(codes) == 1, f"{len(codes)} codes in the picture"
    return codes[0].text


def check_out_and_credit(
    site: Site, assistant: Screen, new_screen: Callable[..., Screen], newcomer: Screen, session: int
) -> None:
    """Step 4, later: out by the same way; closing the sheet puts the minute into the ledger."""
    board: Screen = site.boards[session]  # type: ignore[attr-defined]
    ends = f"from lms.attendance.models import Session; print(Session.objects.get(pk={session}).ends_at.timestamp())"
    time.sleep(max(0.0, float(site.shell(ends).splitlines()[-1]) + 1 - time.time()))
    board.page.click("button[name=kind][value=out]")
    expect(board.page.locator("button[name=kind][value=out]")).to_have_attribute("aria-pressed", "true")
    board.settle()
    read_and_confirm(board, newcomer, "已签退")
    page = assistant.open(f"/admin/attendance/sheet/{session}/")
    page.click(f"main a[href='/admin/attendance/sheet/{session}/close/']")
    page.click("main form[method=post] button[type=submit]")
    assistant.settle()
    ledger = as_json(
        site.shell(
            "from lms.programmes.models import HourEntry\n"
            f"rows = HourEntry.objects.filter(source='attendance.session', reference='{session}',"
            f" enrolment__person__phone='{NEW_PHONE}')\n" + PRINT_JSON.format("[row.minutes for row in rows]")
        )
    )
    assert ledger == [1]
    newcomer.open("/attendance/")
    expect(newcomer.page.locator("main")).to_contain_text("0.02")
    newcomer.fits()


def open_exam(site: Site, *, minutes: int, title: str) -> int:
    return int(
        site.shell(
            "from datetime import timedelta\n"
            "from django.contrib.auth import get_user_model\n"
            "from django.utils import timezone\n"
            "from lms.exams.services import add_exam, publish_exam\n"
            "from lms.exams.management.commands.open_demo_exam import BLUEPRINT\n"
            "from lms.programmes.models import Term\n"
            "now = timezone.now()\n"
            "actor = get_user_model().objects.get(username='examiner')\n"
            f"values = dict(title='{title}', instructions='', opens_at=now.replace(microsecond=0),\n"
            "    closes_at=now + timedelta(hours=3),\n"
            f"    duration_minutes={minutes}, late_entry_minutes=None, blueprint=BLUEPRINT)\n"
            "exam = add_exam(Term.objects.get(code='demo'), values, at=now, actor=actor)\n"
            "print(publish_exam(exam, at=now, actor=actor).pk)"
        ).splitlines()[-1]
    )


def a_short_sitting(site: Site, new_screen: Callable[..., Screen]) -> tuple[Screen, float]:
    """Step 5, the deadline: somebody starts an exam of one minute, answers once and walks away."""
    exam = open_exam(site, minutes=1, title="短考试")
    screen = new_screen(size=PHONE)
    page = screen.sign_in("learner2", DEMO_PASSWORD)
    screen.open(f"/exams/{exam}/")
    page.click("form[action$='/start/'] button")
    page.wait_for_url("**/exams/sittings/**")
    page.locator("fieldset.question input").first.check()
    expect(page.locator("[data-status]")).to_contain_text("已保存")
    return screen, time.time() + 60


def the_short_sitting_has_closed(site: Site, short: tuple[Screen, float]) -> None:
    """No worker runs; the page says that the time is over and what was saved counts."""
    screen, deadline = short
    time.sleep(max(0.0, deadline + 2 - time.time()))
    sitting = re.search(r"/sittings/(\d+)/", screen.page.url)
    assert sitting
    page = screen.open(f"/exams/sittings/{sitting[1]}/receipt/")
    expect(page.locator("main")).to_contain_text("时间已到")
    expect(page.locator("main")).to_contain_text("1 / ")


def sit_the_exam_with_a_break(site: Site, new_screen: Callable[..., Screen], learner: Screen) -> None:
    """Step 5: answer half, close the browser, sign in elsewhere, find every answer and the right time, hand in."""
    keys = right_answers(site)
    first = new_screen(size=PHONE)
    page = first.sign_in("learner", DEMO_PASSWORD)
    first.open("/exams/")
    page.locator("main a", has_text="理论考试").first.click()
    page.click("form[action$='/start/'] button")
    page.wait_for_url("**/exams/sittings/**")
    room = page.url.removeprefix(first.address)
    questions = page.locator("fieldset.question")
    total = questions.count()
    for number in range(total // 2):
        answer(questions.nth(number), keys)
    expect(page.locator("[data-answered]")).to_have_text(str(total // 2))
    expect(page.locator("[data-status]")).to_contain_text("已保存")
    page.wait_for_timeout(2500)
    deadline = page.get_attribute("[data-room]", "data-deadline")
    first.fits()
    first.context.close()

    page = learner.sign_in("learner", DEMO_PASSWORD)
    learner.open(room)
    if page.locator("[data-room]").count() == 0:
        page.click("form[action$='/start/'] button")
        page.wait_for_url("**/exams/sittings/**")
    learner.settle()
    if page.locator("[data-frozen]").is_visible():
        page.click("[data-frozen] button")
        learner.settle()
    assert page.get_attribute("[data-room]", "data-deadline") == deadline
    expect(page.locator("[data-answered]")).to_have_text(str(total // 2))
    questions = page.locator("fieldset.question")
    for number in range(total // 2, total):
        answer(questions.nth(number), keys)
    expect(page.locator("[data-answered]")).to_have_text(str(total))
    page.click("button[name=submit]")
    page.wait_for_url("**/submit/")
    learner.settle()
    page.click("main form button[type=submit]")
    page.wait_for_url("**/receipt/")
    learner.settle()
    expect(page.locator("main")).to_contain_text(f"{total} / {total}")


def right_answers(site: Site) -> dict[str, list[str]]:
    """Stem -> texts of the right options, from the bank behind the screens."""
    return as_json(
        site.shell(
            "from lms.questions.models import ItemVersion\n"
            + PRINT_JSON.format(
                "{v.body['stem']: [v.body['options'][n] for n in v.body['answer']] for v in ItemVersion.objects.all()}"
            )
        )
    )


def answer(question: Any, keys: dict[str, list[str]]) -> None:
    stem = question.locator("legend").inner_text()
    right = next(options for text, options in keys.items() if " ".join(text.split()) in " ".join(stem.split()))
    labels = question.locator("label.choice")
    texts = [" ".join(text.split()) for text in labels.all_inner_texts()]
    for option in right:
        wanted = " ".join(option.split())
        places = [place for place, text in enumerate(texts) if text == wanted or text.endswith(f". {wanted}")]
        assert places, (wanted, texts)
        labels.nth(places[0]).click()


def somebody_absent_too_long_is_refused(new_screen: Callable[..., Screen]) -> None:
    """Step 6, R12: the reason stands on the screen and there is no button to start."""
    screen = new_screen(size=PHONE)
    page = screen.sign_in("absentee", DEMO_PASSWORD)
    screen.open("/exams/")
    page.locator("main a", has_text="理论考试").first.click()
    screen.settle()
    expect(page.locator("main")).to_contain_text("已取消考核资格")
    expect(page.locator("main")).to_contain_text("R12")
    expect(page.locator("form[action$='/start/']")).to_have_count(0)
    screen.fits()


def compose_the_result(site: Site, assistant: Screen, new_screen: Callable[..., Screen]) -> int:
    """Step 6: classroom and practical marks are entered and the result composed; the number of the term."""
    facts = as_json(
        site.shell(
            "from lms.programmes.models import Enrolment\n"
            "seat = Enrolment.objects.get(person__user__username='learner', term__code='demo')\n"
            + PRINT_JSON.format("{'seat': seat.pk, 'term': seat.term_id, 'name': seat.person.name}")
        )
    )
    hand_in_and_mark_assignments(site, facts["seat"])
    page = assistant.open(f"/admin/attendance/classroom/?term={facts['term']}")
    page.fill(f"#mark-{facts['seat']}", "90")
    page.fill("#reason", "课堂发言积极，补记成绩")
    page.click("main form[method=post] button[type=submit]")
    assistant.settle()

    examiner = new_screen(size=DESKTOP)
    page = examiner.sign_in("examiner", DEMO_PASSWORD)
    examiner.open(f"/admin/exams/practical/{facts['term']}/")
    row = page.locator("tr", has_text=facts["name"]).first
    for field, mark in zip(row.locator("input[type=number], input[inputmode]").all(), ("45", "40"), strict=False):
        field.fill(mark)
    page.click("button:has-text('保存全部')")
    examiner.settle()
    examiner.open(f"/admin/results/{facts['term']}/")
    page.click("form[action$='/compose/'] button")
    examiner.settle()
    row = page.locator("tr", has_text=facts["name"]).first
    expect(row).to_contain_text("85.00")
    expect(row).to_contain_text("合格")
    return facts["term"]


def nothing_is_told_before_the_release(learner: Screen) -> None:
    for path in ("/results/", "/certificates/"):
        page = learner.open(path)
        expect(page.locator("main")).not_to_contain_text("30 % ×")
        expect(page.locator("main a[href$='/pdf/']")).to_have_count(0)


def release_and_issue(new_screen: Callable[..., Screen], term: int) -> None:
    """Steps 6 and 7: a named administrator releases what was composed, then issues the certificates."""
    admin = new_screen(size=DESKTOP)
    page = admin.sign_in("admin", DEMO_PASSWORD)
    admin.open(f"/admin/results/{term}/")
    page.click(f"main a[href='/admin/results/{term}/release/']")
    page.click("main form[method=post] button[type=submit]")
    page.wait_for_url(f"**/admin/results/{term}/")
    expect(page.locator(f"main a[href='/admin/results/{term}/release/']")).to_have_count(0)
    admin.open(f"/admin/certificates/terms/{term}/")
    page.click("form[action$='/issue/'] button")
    admin.settle()
    expect(page.locator("form[action$='/issue/']")).to_have_count(0)


def hand_in_and_mark_assignments(site: Site, seat: int) -> None:
    """What is not part of this job's screens: the assignments still missing are handed in and marked."""
    site.shell(
        "from decimal import Decimal\n"
        "from django.contrib.auth import get_user_model\n"
        "from django.utils import timezone\n"
        "from lms.modules.enums import SubmissionKind\n"
        "from lms.modules.models import Assignment, Submission\n"
        "from lms.modules.services import mark_work, submit_work\n"
        "from lms.programmes.models import Enrolment\n"
        "now, actor = timezone.now(), get_user_model().objects.get(username='instructor')\n"
        f"seat = Enrolment.objects.select_related('term').get(pk={seat})\n"
        "for work in Assignment.objects.filter(term=seat.term):\n"
        "    held = Submission.objects.filter(enrolment=seat, assignment=work)\n"
        "    done = held.filter(kind=SubmissionKind.FINAL).order_by('-revision').first() or submit_work(\n"
        "        seat, work, '考核方案要点：目标、指标、程序、结果运用。', kind=SubmissionKind.FINAL,\n"
        "        revision=held.count() + 1, at=now)\n"
        "    if not done.marks.exists():\n"
        "        mark_work(done, Decimal(88), revision=1, at=now, actor=actor)\n"
    )


def read_the_result(learner: Screen) -> None:
    """Step 6: the learner sees the total with its arithmetic."""
    page = learner.open("/results/")
    expect(page.locator("main")).to_contain_text("合格")
    expect(page.locator("main")).to_contain_text("85.00")
    expect(page.locator("main")).to_contain_text("30 % ×")
    learner.fits()


def certificate_of(learner: Screen) -> tuple[str, str]:
    """Step 7: the PDF in Chinese, and the address in its QR code."""
    page = learner.open("/certificates/")
    learner.fits()
    number = re.search(r"XYJX-\d{4}-\d{5}", page.locator("main").inner_text())
    assert number
    with page.expect_download() as download:
        page.evaluate(
            "const a = document.querySelector(\"a[href$='/pdf/']\"); a.setAttribute('download', ''); a.click()"
        )
    document = pypdfium2.PdfDocument(Path(download.value.path()).read_bytes())
    text = document[0].get_textpage().get_text_range()
    assert number[0] in text
    picture = document[0].render(scale=3).to_pil()
    codes = zxingcpp.read_barcodes(picture)
    assert len(codes) == 1
    return number[0], codes[0].text


def verify_without_an_account(new_screen: Callable[..., Screen], number: str, address: str) -> None:
    """Step 7: anybody, on a phone, in Chinese and in English."""
    for language, word in (("", "有效"), ("en", "alid")):
        screen = new_screen(size=PHONE, language=language)
        page = screen.open(address.removeprefix(screen.address))
        expect(page.locator("main")).to_contain_text(number)
        expect(page.locator("main")).to_contain_text(word)
        expect(page.locator("main")).to_contain_text("*")
        screen.fits()


def exchange_afterwards(alumnus: Screen, new_screen: Callable[..., Screen]) -> None:
    """Step 8: a thread, an answer, a resource found by a Chinese word and downloaded."""
    page = alumnus.open("/exchange/forum/")
    page.locator("main a[href*='/boards/']").first.click()
    alumnus.settle()
    page.locator("a[href$='/new/']").first.click()
    page.fill("input[name=title]", "绩效面谈怎样开头")
    page.fill("textarea[name=body]", "第一次做**绩效面谈**，开头几句怎么说合适？")
    page.click("main form button.btn-primary[type=submit]")
    page.wait_for_url("**/threads/**")
    alumnus.settle()
    thread = page.url.removeprefix(alumnus.address).split("#")[0].split("?")[0]

    other = new_screen(size=DESKTOP)
    page = other.sign_in("learner2", DEMO_PASSWORD)
    other.open(thread)
    page.fill("textarea[name=body]", "先谈对方做得好的一件具体的事。")
    page.click("#reply form button[type=submit]")
    other.settle()
    page = alumnus.open(thread)
    expect(page.locator("main")).to_contain_text("先谈对方做得好的一件具体的事")

    page = alumnus.open("/exchange/library/?q=" + "面谈")
    alumnus.fits()
    page.locator("main .list a[href*='/library/']").first.click()
    alumnus.settle()
    with page.expect_download() as download:
        page.click("form[action$='/download/'] button")
    assert Path(download.value.path()).stat().st_size > 500
    assert json.dumps(download.value.suggested_filename)
