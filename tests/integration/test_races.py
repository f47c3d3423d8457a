"""Two people, or one person twice, at the same moment: the second call runs while the first is not committed yet."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from decimal import Decimal
from threading import Event
from time import sleep
from typing import Any

import pytest
from django.db import connection, transaction

from lms.admissions.services import admit_application, start_application
from lms.attendance.models import AttendanceMark, ClassroomMark, ExclusionDecision
from lms.attendance.selectors import verify_credits
from lms.attendance.services import (
    ClassroomValue,
    Correction,
    close_session,
    confirm_exclusion,
    correct_attendance,
    set_classroom_marks,
)
from lms.certificates.models import Certificate
from lms.certificates.selectors import verify_certificates
from lms.certificates.services import confirm_revocation, issue_certificates, propose_revocation
from lms.core.exceptions import DomainError
from lms.exams.enums import ExamState
from lms.exams.models import MarkEntry, PracticalMark, Sitting
from lms.exams.selectors import verify_answers
from lms.exams.services import (
    PracticalEntry,
    add_exam,
    give_practical_marks,
    mark_expired,
    prepare_papers,
    publish_exam,
    save_answers,
    start_sitting,
    submit_sitting,
    withdraw_exam,
)
from lms.fees.models import MoneyEntry, Refund
from lms.fees.selectors import money_differences
from lms.fees.services import record_payment, request_refund
from lms.grading.models import ResultRelease, ResultVersion
from lms.grading.services import compose_results, release_results
from lms.people.enums import Role
from lms.programmes.models import Enrolment
from lms.programmes.services import enrol_person
from tests import factories
from tests.admissions.factories import INSIDE, a_submitted
from tests.attendance.factories import a_learner, a_session, a_timetable, at
from tests.exams.factories import a_bank, a_sitting, a_started, an_exam, exam_values, right_answers
from tests.grading.factories import AFTER, marks_given

pytestmark = [pytest.mark.postgresql, pytest.mark.django_db(transaction=True)]
OPENS = datetime(2025, 3, 28, 9, 0, tzinfo=factories.ZONE)
MARKS = (96, 84, 78, 86.5, 90)


def overlap(first: Callable[[], Any], second: Callable[[], Any]) -> tuple[Any, Any]:
    """What both gave back, a refusal as its code; `second` begins before `first` is committed."""
    written = Event()

    def hold() -> Any:
        with transaction.atomic():
            try:
                return first()
            finally:
                written.set()
                sleep(0.25)

    def follow() -> Any:
        written.wait(10)
        return second()

    def answered(call: Callable[[], Any]) -> Any:
        try:
            return call()
        except DomainError as refused:
            return refused.code
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        one, two = pool.submit(answered, hold), pool.submit(answered, follow)
        return one.result(20), two.result(20)


def twice(call: Callable[[], Any]) -> tuple[Any, Any]:
    return overlap(call, call)


def a_running() -> Sitting:
    return a_started(an_exam(OPENS), OPENS)


def save(sitting: Sitting, moment: datetime) -> Callable[[], Any]:
    answers, values = right_answers(sitting), {"owner": sitting.owner_id, "epoch": 1, "seq": 1, "answered": 6}
    return lambda: save_answers(sitting.pk, answers, **values, at=moment)


class TestExams:
    def test_handing_in_twice_gives_one_mark(self) -> None:
        sitting = a_running()
        one, two = twice(lambda: submit_sitting(sitting, at=OPENS + timedelta(minutes=9)))
        assert (one.pk, MarkEntry.objects.count()) == (two.pk, 1)

    def test_a_save_while_handing_in_is_refused(self) -> None:
        sitting, moment = a_running(), OPENS + timedelta(minutes=9)
        mark, refused = overlap(lambda: submit_sitting(sitting, at=moment), save(sitting, moment))
        assert (refused, mark.points) == ("submitted", 0)

    def test_handing_in_counts_a_save_that_is_on_its_way(self) -> None:
        sitting, moment = a_running(), OPENS + timedelta(minutes=9)
        receipt, mark = overlap(save(sitting, moment), lambda: submit_sitting(sitting, at=moment))
        assert (receipt.late, mark.mark) == (False, Decimal(100))
        assert list(verify_answers()) == []

    def test_two_examiners_mark_those_who_ran_out_of_time(self) -> None:
        exam = an_exam(OPENS, learners=2)
        for sitting in Sitting.objects.filter(exam=exam):
            start_sitting(sitting, at=OPENS)
        assert sorted(twice(lambda: mark_expired(exam, at=OPENS + timedelta(hours=3)))) == [0, 2]
        assert MarkEntry.objects.count() == 2

    def test_papers_are_drawn_once(self) -> None:
        exam = an_exam(OPENS)
        seat = Enrolment.objects.create(person=factories.a_person(), term=exam.term, number=99, enrolled_at=OPENS)
        assert sorted(twice(lambda: prepare_papers(exam, at=OPENS))) == [0, 1]
        assert Sitting.objects.filter(enrolment=seat).count() == 1

    @pytest.mark.parametrize("enrol_first", [True, False])
    def test_a_seat_given_while_the_exam_is_published_has_its_paper(self, *, enrol_first: bool) -> None:
        term, person = factories.a_term(), factories.a_person()
        a_bank(term, OPENS - timedelta(days=30))
        exam = add_exam(term, exam_values(OPENS), at=OPENS - timedelta(days=2))
        moment = OPENS - timedelta(days=1)
        calls = [lambda: enrol_person(person, term, at=moment), lambda: publish_exam(exam, at=moment)]
        overlap(*(calls if enrol_first else calls[::-1]))
        assert Sitting.objects.filter(exam=exam, enrolment__person=person).count() == 1

    def test_an_exam_somebody_is_starting_is_not_withdrawn(self) -> None:
        exam = an_exam(OPENS)
        sitting = a_sitting(exam)
        started, refused = overlap(
            lambda: start_sitting(sitting, at=OPENS), lambda: withdraw_exam(exam, reason="a slip")
        )
        assert (started.epoch, refused) == (1, "already_started")
        exam.refresh_from_db()
        assert exam.state == ExamState.PUBLISHED

    def test_the_practical_mark_is_given_once(self) -> None:
        seat, examiner = factories.an_enrolment(), factories.staff(Role.EXAMINER)
        entry = PracticalEntry(seat.pk, {"design": Decimal(40), "carrying_out": Decimal(40)}, 0)
        twice(lambda: give_practical_marks(seat.term, [entry], at=OPENS, examiner=examiner))
        assert PracticalMark.objects.count() == 1


class TestAttendance:
    def test_sheets_corrections_marks_and_exclusions(self) -> None:
        term, staff = factories.a_term(), factories.staff(Role.ASSISTANT)
        a_timetable(term)
        session, seat = a_session(term), a_learner(term)
        twice(lambda: close_session(session, at=at(11), actor=staff))
        correction = [Correction(seat, 90)]
        twice(lambda: correct_attendance(session, correction, reason="seen", at=at(12), actor=staff))
        assert sorted(AttendanceMark.objects.values_list("revision", flat=True)) == [1, 2]
        twice(lambda: set_classroom_marks(term, [ClassroomValue(seat, Decimal(80))], at=at(12), actor=staff))
        twice(lambda: confirm_exclusion(seat, reason="absent", at=at(12), actor=staff))
        assert (ClassroomMark.objects.count(), ExclusionDecision.objects.count()) == (1, 1)
        assert list(verify_credits()) == []


class TestResultsAndCertificates:
    def test_each_once(self) -> None:
        term, admin = factories.a_term(), factories.staff(Role.ADMINISTRATOR)
        seats = [factories.an_enrolment(term) for _number in range(3)]
        with marks_given({seat.pk: MARKS for seat in seats}):
            composed = twice(lambda: compose_results(term, at=AFTER).written)
            released = twice(lambda: release_results(term, at=AFTER, actor=admin))
        assert (composed, released) == ((3, 0), (3, "nothing_to_release"))
        assert (ResultVersion.objects.count(), ResultRelease.objects.count()) == (3, 3)
        issued = twice(lambda: len(issue_certificates(term, at=AFTER, actor=admin).issued))
        assert issued == (3, 0)
        assert sorted(Certificate.objects.values_list("serial", flat=True)) == [1, 2, 3]
        held = Certificate.objects.get(serial=1)
        propose_revocation(held, reason="The name is written wrongly", at=AFTER, actor=factories.staff(Role.EXAMINER))
        _revoked, again = twice(lambda: confirm_revocation(held, number=held.number, at=AFTER, actor=admin))
        assert again == "revoked"
        assert list(verify_certificates()) == []

    def test_two_terms_of_one_programme_never_share_a_number(self) -> None:
        programme, admin = factories.a_programme(), factories.staff(Role.ADMINISTRATOR)
        terms = [factories.a_term(programme) for _number in range(2)]
        for term in terms:
            seat = factories.an_enrolment(term)
            with marks_given({seat.pk: MARKS}):
                compose_results(term, at=AFTER)
                release_results(term, at=AFTER, actor=admin)
        one, two = (lambda term=term: issue_certificates(term, at=AFTER, actor=admin).issued for term in terms)
        assert [len(issued) for issued in overlap(one, two)] == [1, 1]
        assert sorted(Certificate.objects.values_list("serial", flat=True)) == [1, 2]


class TestSeatsAndMoney:
    def test_the_last_seat_is_given_once(self) -> None:
        term, reviewer = factories.a_term(capacity=1), factories.staff(Role.REVIEWER)
        factories.a_group(term)
        one, two = a_submitted(term), a_submitted(term)
        answers = overlap(
            lambda: admit_application(one, at=INSIDE, actor=reviewer),
            lambda: admit_application(two, at=INSIDE, actor=reviewer),
        )
        assert answers[1] == "term_full"
        assert Enrolment.objects.filter(term=term).count() == 1

    def test_one_application_is_admitted_once(self) -> None:
        application, reviewer = a_submitted(self.a_term_with_class()), factories.staff(Role.REVIEWER)
        one, two = twice(lambda: admit_application(application, at=INSIDE, actor=reviewer))
        assert (one.enrolment_id, Enrolment.objects.count()) == (two.enrolment_id, 1)

    def a_term_with_class(self) -> Any:
        term = factories.a_term()
        factories.a_group(term)
        return term

    def test_one_draft_a_year(self) -> None:
        person, terms = factories.a_person(), [factories.a_term(), factories.a_term()]
        one, two = overlap(
            *(lambda term=term: start_application(person, term, at=INSIDE, actor=person.user) for term in terms)
        )
        assert (one.term, two) == (terms[0], "already_applied")

    def test_one_seat_for_one_person(self) -> None:
        person, term = factories.a_person(), factories.a_term()
        one, two = twice(lambda: enrol_person(person, term, at=INSIDE))
        assert one == two

    def test_a_payment_with_one_nonce_is_received_once(self) -> None:
        order = enrol_person(factories.a_person(), factories.a_term(), at=INSIDE).order
        finance = factories.staff(Role.FINANCE)
        one, two = twice(lambda: record_payment(order, 90_000, nonce="bank:1", at=INSIDE, actor=finance))
        assert one == two
        assert MoneyEntry.objects.filter(kind="payment").count() == 1
        assert list(money_differences()) == []

    def test_two_payments_never_exceed_what_is_due(self) -> None:
        order = enrol_person(factories.a_person(), factories.a_term(), at=INSIDE).order
        finance = factories.staff(Role.FINANCE)
        _one, two = overlap(
            *(
                lambda nonce=nonce: record_payment(order, 180_000, nonce=nonce, at=INSIDE, actor=finance)
                for nonce in ("bank:1", "bank:2")
            )
        )
        assert two == "too_much"

    def test_the_money_goes_back_once(self) -> None:
        seat = enrol_person(factories.a_person(), factories.a_term(), at=INSIDE)
        order, user = seat.order, seat.person.user
        record_payment(order, 180_000, nonce="bank:1", at=INSIDE, actor=factories.staff(Role.FINANCE))
        one, two = twice(lambda: request_refund(order, reason="moved away", at=INSIDE, actor=user))
        assert one == two
        assert Refund.objects.count() == MoneyEntry.objects.filter(kind="refund").count() == 1
        assert list(money_differences()) == []
