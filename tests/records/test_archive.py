"""The trainee archive and the report of a term (R21, R29)."""

from decimal import Decimal
from io import BytesIO
from typing import Any

import openpyxl
import pytest
from django.urls import reverse

from lms.certificates.services import issue_certificates
from lms.people.enums import Role
from lms.programmes.enums import EnrolmentState, HourKind
from lms.programmes.models import Term
from lms.programmes.services import set_credit
from lms.records.selectors import archive_rows, archive_seats, term_report
from tests.factories import a_person, a_term, a_unit, an_enrolment, staff
from tests.grading.factories import AFTER, a_released_result


@pytest.fixture(autouse=True)
def no_gates(settings: Any) -> None:
    settings.LMS_GRADING_RESULT_GATES = []


def a_lived_term() -> Term:
    """One who passed with a certificate, one who failed, one who left."""
    term = a_term()
    passed = an_enrolment(term, a_person("张伟", unit=a_unit("测试局")))
    failed = an_enrolment(term, a_person("李娜"))
    an_enrolment(term, a_person("王芳"), state=EnrolmentState.WITHDRAWN)
    set_credit(passed, 45 * 70, kind=HourKind.OFFLINE, source="t", reference="1", earned_on=term.starts_on, at=AFTER)
    set_credit(passed, 45 * 18, kind=HourKind.ONLINE, source="t", reference="2", earned_on=term.starts_on, at=AFTER)
    a_released_result(passed)
    a_released_result(failed, 50, 50, 50, 50, 50)
    issue_certificates(term, at=AFTER, actor=staff(Role.ADMINISTRATOR))
    return term


@pytest.mark.django_db
class TestReport:
    def test_the_figures_of_a_term(self) -> None:
        report = term_report(a_lived_term())
        assert (report.seats, report.left, report.completed) == (2, 1, 1)
        assert (report.outcomes["passed"], report.outcomes["failed"]) == (1, 1)
        assert (report.pass_rate, report.average) == (Decimal("50.0"), Decimal("68.76"))
        assert (report.certificates, report.revoked) == (1, 0)
        assert (report.offline_minutes, report.online_minutes) == (70 * 45, 18 * 45)

    def test_a_term_without_results(self) -> None:
        report = term_report(a_term())
        assert (report.seats, report.pass_rate, report.average) == (0, None, None)

    def test_on_screen_and_as_workbook(self, signed_in: Any) -> None:
        client = signed_in(staff(Role.SUPERVISOR))
        address = reverse("lms_records_admin:report", args=[a_lived_term().pk])
        assert "50.0 %" in client.get(address).content.decode()
        page = openpyxl.load_workbook(BytesIO(client.get(address, {"export": "xlsx"}).content)).active
        assert "50.0 %" in [row[1].value for row in page.rows]


@pytest.mark.django_db
class TestArchive:
    def test_rows(self) -> None:
        term = a_lived_term()
        first = archive_rows(list(archive_seats(term=term)))[0]
        assert (first.offline_minutes, first.online_minutes) == (70 * 45, 18 * 45)
        assert first.result is not None
        assert first.certificate is not None

    @pytest.mark.parametrize(
        ("wanted", "names"),
        [("zw", ["张伟"]), ("测试局", ["张伟"]), ("XYJX-2025-00001", ["张伟"]), ("李", ["李娜"]), ("赵", [])],
    )
    def test_search(self, wanted: str, names: list[str]) -> None:
        a_lived_term()
        assert [seat.person.name for seat in archive_seats(text=wanted)] == names

    def test_the_list_and_one_trainee(self, signed_in: Any) -> None:
        term = a_lived_term()
        client = signed_in(staff(Role.SUPERVISOR))
        page = client.get(reverse("lms_records_admin:index"), {"term": term.pk}).content.decode()
        assert "70 / 72" in page
        assert "XYJX-2025-00001" in page
        person = term.enrolments.get(person__name="张伟").person
        page = client.get(reverse("lms_records_admin:trainee", args=[person.pk])).content.decode()
        assert "87.52" in page
        assert person.id_number not in page
        book = client.get(reverse("lms_records_admin:index"), {"export": "xlsx"})
        sheet = openpyxl.load_workbook(BytesIO(book.content)).active
        assert [cell.value for cell in sheet[2]][4:7] == ["70", "18", "87.52"]

    def test_the_wrong_role_is_refused(self, signed_in: Any) -> None:
        term, person = a_term(), a_person()
        for name, args in (("index", []), ("trainee", [person.pk]), ("report", [term.pk])):
            address = reverse(f"lms_records_admin:{name}", args=args)
            assert signed_in(staff(Role.FINANCE)).get(address).status_code == 403
            assert signed_in(a_person().user).get(address).status_code == 302
            assert signed_in(staff(Role.SUPERVISOR)).post(address).status_code == 405

    def test_the_list_costs_the_same_with_3_and_200_rows(
        self, signed_in: Any, django_assert_max_num_queries: Any
    ) -> None:
        client, term = signed_in(staff(Role.SUPERVISOR)), a_lived_term()
        address = reverse("lms_records_admin:index")
        client.get(address)
        with django_assert_max_num_queries(15) as few:
            client.get(address)
        for _number in range(197):
            an_enrolment(term)
        with django_assert_max_num_queries(len(few.captured_queries)):
            client.get(address)
