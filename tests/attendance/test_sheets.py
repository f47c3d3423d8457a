"""Sheets to sign: monthly and final, Excel and PDF, equal to the class-hour ledger to the minute."""

from datetime import date
from io import BytesIO
from typing import Any

import openpyxl
import pypdfium2
import pytest
from django.db.models import Sum
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from lms.attendance.enums import CheckKind, LeaveState
from lms.attendance.models import LeaveRequest, Session
from lms.attendance.selectors import months_of, pages, paper_of, session_rows, term_sheet
from lms.attendance.services import (
    Correction,
    check_in,
    close_session,
    confirm_exclusion,
    correct_attendance,
    lift_exclusion,
)
from lms.attendance.services.sheets import draw_session_sheet, draw_sheet
from lms.attendance.views.exports import write_sheet
from lms.people.enums import Role
from lms.programmes.models import Enrolment, HourEntry, Term
from tests import factories
from tests.attendance.factories import a_board, a_learner, a_session, a_timetable, at

pytestmark = pytest.mark.django_db
SHEET = reverse("lms_attendance_admin:term_sheet")


@pytest.fixture
def term() -> Term:
    """A term over two months: ten sessions in March, ten in April; all but the last are closed."""
    found = factories.a_term(starts_on=date(2025, 3, 1), ends_on=date(2025, 4, 30))
    a_timetable(found)
    assistant = factories.staff(Role.ASSISTANT)
    seats = [a_learner(found), a_learner(found), a_learner(found, enrolled_at=at(4, "09:00"))]
    sessions = [a_session(found, starts_at=at(2 + n)) for n in range(10)]
    sessions += [a_session(found, starts_at=at(2 + n).replace(month=4)) for n in range(10)]
    for n, session in enumerate(sessions[:-1]):
        for place, seat in enumerate(seats):
            if (n + place) % 4 and seat.enrolled_at < session.starts_at:
                attend(session, seat, late=7 * place)
        close_session(session, at=session.check_out_until, actor=assistant)
    correct_attendance(sessions[3], [Correction(seats[0], 111)], reason="核对", at=at(30), actor=assistant)
    return found


def attend(session: Session, seat: Enrolment, *, late: int = 0) -> None:
    board = session.boards.first() or a_board(session)
    came = session.starts_at.replace(minute=30 + late)
    for kind, moment in ((CheckKind.IN, came), (CheckKind.OUT, session.ends_at)):
        check_in(session.pk, seat.person.user, kind=kind, nonce=board.nonce, scanned_at=moment, at=moment)


def ledger(term: Term, **conditions: Any) -> dict[int, int]:
    """Seat number -> minutes in the ledger."""
    rows = HourEntry.objects.filter(enrolment__term=term, source="attendance.session", **conditions).order_by()
    return dict(rows.values_list("enrolment__number").annotate(total=Sum("minutes")))


def minutes_in_workbook(content: bytes) -> dict[int, list[int]]:
    """Seat number -> earned, missed, held, scheduled, as a spreadsheet program reads them."""
    page = openpyxl.load_workbook(BytesIO(content), data_only=True).worksheets[0]
    return {row[0]: list(row[-5:-1]) for row in page.iter_rows(min_row=4, values_only=True) if isinstance(row[0], int)}


def text_of(content: bytes) -> list[str]:
    """The text of each page."""
    return [page.get_textpage().get_text_range() for page in pypdfium2.PdfDocument(content)]


@pytest.mark.parametrize(
    ("month", "between"), [("", {}), ("2025-03", {"earned_on__month": 3}), ("2025-04", {"earned_on__month": 4})]
)
def test_excel_and_ledger_agree_to_the_minute(term: Term, month: str, between: dict[str, int]) -> None:
    paper = paper_of(term, term_sheet(term), month=month)
    content = write_sheet(paper, at=at(30), actor=factories.a_user())
    found, credited = minutes_in_workbook(content), ledger(term, **between)
    assert {number: row[0] for number, row in found.items()} == credited
    assert all(earned + missed == held <= scheduled for earned, missed, held, scheduled in found.values())
    page = openpyxl.load_workbook(BytesIO(content), data_only=True).worksheets[0]
    last = next(row for row in page.iter_rows(values_only=True) if row[1] == pgettext("sum", "Total"))
    assert last[-5] == sum(credited.values())


def test_pdf_and_ledger_agree_to_the_minute(term: Term) -> None:
    paper = paper_of(term, term_sheet(term))
    pages = text_of(draw_sheet(paper, classes="", at=at(30), actor=factories.a_user()))
    assert len(pages) == 2, "20 sessions stand in two blocks"
    credited = ledger(term)
    for row in paper.rows:
        line = f"{row.earned} {row.missed} {row.held} {row.scheduled}"
        assert line in pages[1].replace("\r\n", " ")
        assert row.earned == credited[row.enrolment.number]
        assert all(row.enrolment.person.name in page for page in pages)
    assert str(sum(credited.values())) in pages[1]
    assert all(paper.number in page for page in pages)


def test_months_are_those_of_shanghai_and_add_up_to_the_term(term: Term) -> None:
    a_session(term, starts_at=at(31, "23:50"), room="")
    sheet = term_sheet(term)
    assert months_of(sheet.sessions) == ["2025-03", "2025-04"]
    whole = paper_of(term, sheet).totals
    parts = [paper_of(term, sheet, month=month).totals for month in ("2025-03", "2025-04")]
    assert whole == tuple(map(sum, zip(*parts, strict=True)))
    assert [len(paper_of(term, sheet, month=month).sessions) for month in ("2025-03", "2025-04")] == [11, 10]


def test_the_number_follows_the_data(term: Term) -> None:
    def number(month: str = "") -> str:
        return paper_of(term, term_sheet(term), month=month).number

    first = number()
    assert first == number()
    assert first != number("2025-03")
    session, seat = Session.objects.earliest("starts_at"), term.enrolments.earliest("number")
    correct_attendance(session, [Correction(seat, 179)], reason="早退", at=at(30), actor=factories.a_user())
    assert number() != first


def test_names_are_no_formulas_and_heads_stay(term: Term) -> None:
    person = factories.a_person("=1+1")
    factories.an_enrolment(term, person)
    paper = paper_of(term, term_sheet(term))
    book = openpyxl.load_workbook(BytesIO(write_sheet(paper, at=at(30), actor=factories.a_user())))
    for page in book.worksheets:
        names = [cell for cell in page["B"] if cell.value == "=1+1"]
        assert [cell.data_type for cell in names] == ["s"] or names[0].quotePrefix or names[0].data_type != "f"
        assert page.freeze_panes == "C4"
        assert (page.page_setup.orientation, int(page.page_setup.paperSize)) == ("landscape", 9)
        assert page.print_title_rows == "$3:$3"
        text = [str(cell.value) for row in page.iter_rows() for cell in row if cell.value]
        for wanted in (_("Class assistant (signature):"), _("Person in charge (signature):"), _("Place for the seal")):
            assert wanted in text


def test_the_sheet_of_one_session(term: Term) -> None:
    session = Session.objects.filter(term=term).earliest("starts_at")
    [page] = text_of(draw_session_sheet(session, session_rows(session), at=at(30), actor=factories.a_user()))
    for seat, cell in session_rows(session):
        assert seat.person.name in page
        assert cell.counts is False or f"{cell.proven} / 180" in page


def test_a_rare_character_is_printed_as_its_code_point(term: Term) -> None:
    factories.an_enrolment(term, factories.a_person("张\U000300f1"))
    pages = text_of(draw_sheet(paper_of(term, term_sheet(term)), classes="", at=at(30), actor=factories.a_user()))
    assert "U+300F1" in pages[0]


def test_the_screen_filters_and_exports(term: Term, signed_in: Any) -> None:
    client = signed_in(factories.staff(Role.ASSISTANT))
    group = factories.a_group(term)
    seat = a_learner(term, group=group)
    assert len(client.get(SHEET, {"term": term.code}).context["paper"].rows) == 4
    assert [row.enrolment for row in client.get(SHEET, {"group": group.pk}).context["paper"].rows] == [seat]
    assert len(client.get(SHEET, {"month": "2025-04"}).context["paper"].sessions) == 10
    assert client.get(SHEET, {"month": "2026-04"}).status_code == 404
    assert [row.enrolment for row in client.get(SHEET, {"limit": "over"}).context["paper"].rows] == [seat]
    assert len(client.get(SHEET, {"status": "corrected"}).context["paper"].rows) == 1
    for kind, start in (("xlsx", b"PK"), ("pdf", b"%PDF")):
        answer = client.get(SHEET, {"export": kind, "month": "2025-03"})
        assert answer.content.startswith(start)
        assert f'filename="attendance-{term.code}-2025-03.{kind}"' in answer["Content-Disposition"]
    session = Session.objects.filter(term=term).earliest("starts_at")
    assert client.get(reverse("lms_attendance_admin:session_paper", args=[session.pk])).content.startswith(b"%PDF")


def test_an_outsider_gets_no_sheet(term: Term, outsider: Any, signed_in: Any) -> None:
    session = Session.objects.filter(term=term).earliest("starts_at")
    for address in (SHEET, reverse("lms_attendance_admin:session_paper", args=[session.pk])):
        assert signed_in(outsider).get(address).status_code in (302, 403)


def _said(rows: Any) -> list[Any]:
    """What rows say, to compare those of a page with those of the whole sheet."""
    return [(row.enrolment.pk, row.standing, list(row.cells)) for row in rows]


@pytest.fixture
def small_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pages, "ROWS", 3)


def test_pages_together_say_what_the_whole_sheet_says(
    term: Term, signed_in: Any, small_pages: None, django_assert_max_num_queries: Any
) -> None:
    group = factories.a_group(term)
    for number in range(5):
        a_learner(term, group=group if number % 2 else None)
    sessions, seats = list(Session.objects.order_by("pk")), list(term.enrolments.order_by("pk"))
    sessions[-2].groups.add(group)
    assistant = factories.staff(Role.ASSISTANT)
    LeaveRequest.objects.create(
        session=sessions[0], enrolment=seats[4], reason="会议", asked_at=at(1), state=LeaveState.APPROVED
    )
    correct_attendance(sessions[3], [Correction(seats[0], None)], reason="撤回", at=at(30), actor=assistant)
    client = signed_in(assistant)
    for asked in ({}, {"status": "absent"}, {"limit": "near"}, {"status": "leave"}, {"q": "张"}, {"group": group.pk}):
        answers = [client.get(SHEET, {**asked, "page": number}) for number in (1, 2, 3)]
        count = answers[0].context["page"].paginator.count
        shown = [answer.context["paper"].rows for answer in answers[: -(-count // 3)]]
        whole = client.get(SHEET, {**asked, "export": "xlsx"}).content
        assert list(minutes_in_workbook(whole)) == [row.enrolment.number for rows in shown for row in rows]
        numbers = {row.enrolment.pk for rows in shown for row in rows}
        expected = [row for row in term_sheet(term).rows if row.enrolment.pk in numbers]
        assert [said for rows in shown for said in _said(rows)] == _said(expected), asked
        assert len(numbers) == count > 0
    assert client.get(SHEET).context["page"].paginator.count == 8


@pytest.mark.parametrize(
    ("asked", "page"), [("abc", 1), ("0", 2), ("-1", 2), ("2", 2), ("999", 2), ("9" * 30, 2), ("²", 1), ("", 1)]
)
@pytest.mark.parametrize("status", ["", "absent"])
def test_no_page_is_an_error(term: Term, signed_in: Any, small_pages: None, asked: str, page: int, status: str) -> None:
    for _n in range(2):
        a_learner(term)
    answer = signed_in(factories.staff(Role.ASSISTANT)).get(SHEET, {"page": asked, "status": status})
    assert answer.status_code == 200
    assert answer.context["page"].number == page
    assert len(answer.context["paper"].rows) == (3 if page == 1 else 2)


def test_nobody_who_matches_is_one_empty_page(term: Term, signed_in: Any) -> None:
    client = signed_in(factories.staff(Role.ASSISTANT))
    for asked in ({"q": "没有这个人"}, {"q": "没有\x00这个人", "status": "late"}, {"group": "9" * 30}, {"group": "x"}):
        answer = client.get(SHEET, {**asked, "page": 7})
        assert answer.context["paper"].rows == []
        assert _("Nobody matches.") in answer.content.decode()


def test_the_check_number_is_that_of_everybody_who_matches(term: Term, signed_in: Any, small_pages: None) -> None:
    client = signed_in(factories.staff(Role.ASSISTANT))
    number = paper_of(term, term_sheet(term)).number
    assert number in client.get(SHEET).content.decode(), "one page has them all"
    a_learner(term)
    number = paper_of(term, term_sheet(term)).number
    first = client.get(SHEET, {"page": 1, "term": term.pk}).content.decode()
    assert number not in first
    assert "number=1" in first
    for page in (1, 2):
        answer = client.get(SHEET, {"page": page, "number": 1}).content.decode()
        assert number in answer
        assert f"page={3 - page}" in answer
        assert "page=" not in answer.partition("export=pdf")[2].partition('"')[0]
    march = paper_of(term, term_sheet(term), month="2025-03").number
    assert march in client.get(SHEET, {"number": 1, "month": "2025-03"}).content.decode()


def test_links_to_other_pages_keep_the_filters(term: Term, signed_in: Any, small_pages: None) -> None:
    a_learner(term)
    client = signed_in(factories.staff(Role.ASSISTANT))
    text = client.get(SHEET, {"status": "absent", "month": "2025-03", "term": term.code}).content.decode()
    assert f'href="?status=absent&amp;month=2025-03&amp;term={term.code}&amp;page=2"' in text
    assert f'href="?status=absent&amp;month=2025-03&amp;export=xlsx&amp;term={term.pk}"' in text


def test_names_are_text_and_the_excluded_are_marked(term: Term, signed_in: Any) -> None:
    seat = factories.an_enrolment(term, factories.a_person("<b>张</b>"))
    assistant = factories.staff(Role.ASSISTANT)
    confirm_exclusion(seat, reason="缺课", at=at(30), actor=factories.staff(Role.ADMINISTRATOR))
    text = signed_in(assistant).get(SHEET).content.decode()
    assert "&lt;b&gt;张&lt;/b&gt; <span" in text
    assert "<b>张" not in text
    assert text.count(f">{_('Excluded')}</span>") == 1
    lift_exclusion(seat, reason="复核", at=at(31), actor=factories.staff(Role.ADMINISTRATOR))
    text = signed_in(assistant).get(SHEET).content.decode()
    assert f">{_('Excluded')}</span>" not in text
    assert f">{_('over the limit')}</span>" in text


SHELL = reverse("lms_attendance_admin:leave")


@pytest.mark.parametrize("asked", [{}, {"page": 2}, {"status": "absent", "limit": "near", "q": "张"}])
def test_the_screen_takes_the_same_statements_for_3_and_200(
    term: Term, signed_in: Any, django_assert_max_num_queries: Any, asked: dict[str, Any]
) -> None:
    """At most ten of its own, besides those of every page of the back office."""
    a_group = factories.a_group(term)
    a_group.assistants.add(factories.staff(Role.ASSISTANT))
    client = signed_in(factories.staff(Role.ASSISTANT))

    def statements(address: str, **asked: Any) -> list[str]:
        client.get(address, asked)
        with django_assert_max_num_queries(100) as counted:
            assert client.get(address, asked).status_code == 200
        return [query["sql"] for query in counted.captured_queries]

    few = statements(SHEET, **{**asked, "page": 1})
    for _n in range(197):
        a_learner(term)
    many = statements(SHEET, **asked)
    assert len(many) == len(few)
    own = [sql for sql in many if "lms_" in sql]
    assert len(own) <= 10 + bool(asked.get("status")), own
    assert len(many) - len(own) == len([sql for sql in statements(SHELL) if "lms_" not in sql])
