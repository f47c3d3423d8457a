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

from lms.attendance.enums import CheckKind
from lms.attendance.models import Session
from lms.attendance.selectors import months_of, paper_of, session_rows, term_sheet
from lms.attendance.services import Correction, check_in, close_session, correct_attendance
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


def test_the_screen_takes_the_same_statements_for_4_and_200(
    term: Term, signed_in: Any, django_assert_max_num_queries: Any
) -> None:
    client = signed_in(factories.staff(Role.ASSISTANT))
    client.get(SHEET)

    def statements() -> int:
        with django_assert_max_num_queries(100) as counted:
            assert client.get(SHEET).status_code == 200
        return len(counted)

    few = statements()
    for _n in range(197):
        a_learner(term)
    assert statements() == few
