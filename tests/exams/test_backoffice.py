"""Setting, watching and marking in the back office; who comes in."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from lms.core.exceptions import DomainError, Refusal
from lms.exams.models import Exam, MarkEntry, PaperKey, PracticalMark, Sitting
from lms.exams.selectors import practical_marks
from lms.exams.services import (
    PracticalEntry,
    close_exam,
    give_practical_marks,
    prepare_papers,
    publish_exam,
    save_answers,
    start_sitting,
    withdraw_exam,
)
from lms.people.enums import Role
from lms.programmes.services import enrol_person
from lms.questions.models import Item
from tests import factories as base
from tests.exams import factories

pytestmark = pytest.mark.django_db
SPACE = "lms_exams_backoffice"


def refuse_second(enrolment):
    return Refusal("absent", "缺课超过三分之一", rule="R12") if enrolment.number % 2 == 0 else None


@pytest.fixture
def examiner():
    return base.staff(Role.EXAMINER)


@pytest.fixture
def desk(examiner, signed_in):
    return signed_in(examiner)


def form_data(term, **changes):
    lines = [("course:T1", "single", 3, "20"), ("", "truefalse", 4, "10")]
    data = {
        "term": term.pk, "title": "新考试", "opens_at": "2030-03-29T09:00", "closes_at": "2030-03-29T11:00",
        "duration_minutes": 90, "late_entry_minutes": "", "shuffle_questions": "on", "marking_policy": "all",
        "audience": "all", "signal_policy": "record", "signal_limit": 3,
        "lines-TOTAL_FORMS": 3, "lines-INITIAL_FORMS": 0, "lines-2-kind": "single",
    }  # fmt: skip
    for number, (source, kind, count, points) in enumerate(lines):
        row = {"source": source, "kind": kind, "count": count, "points": points}
        data |= {f"lines-{number}-{name}": value for name, value in row.items()}
    return data | changes


def test_an_exam_is_set_published_and_withdrawn(desk, noon):
    term = base.a_term()
    factories.a_bank(term, noon, truths=4)
    base.an_enrolment(term)
    assert desk.post(reverse(f"{SPACE}:add"), form_data(term)).status_code == 302
    exam = Exam.objects.get()
    assert exam.blueprint == [
        {"kind": "single", "count": 3, "points": "20", "course": "T1"},
        {"kind": "truefalse", "count": 4, "points": "10"},
    ]
    desk.post(reverse(f"{SPACE}:act", args=[exam.pk]), {"act": "publish"})
    exam.refresh_from_db()
    assert (exam.state, exam.sittings.count(), PaperKey.objects.count()) == ("published", 1, 1)
    assert desk.get(reverse(f"{SPACE}:edit", args=[exam.pk])).status_code == 302
    desk.post(reverse(f"{SPACE}:act", args=[exam.pk]), {"act": "withdraw", "reason": "日期有误"})
    exam.refresh_from_db()
    assert (exam.state, exam.sittings.count()) == ("draft", 0)


def test_a_wrong_exam_is_shown_again_with_what_was_typed(desk, noon):
    term = base.a_term()
    base.a_course(term.programme, "T1")
    page = desk.post(reverse(f"{SPACE}:add"), form_data(term, closes_at="2030-03-29T08:00", **{"lines-0-points": "19"}))
    assert page.status_code == 200
    assert 'value="新考试"' in page.content.decode()
    assert len(page.context["form"].non_field_errors()) == 1
    assert "closes_at" in page.context["form"].errors
    assert not Exam.objects.exists()


def test_an_exam_the_bank_cannot_fill_is_not_published(noon):
    exam = factories.an_exam(noon)
    withdraw_exam(exam, reason="试卷调整")
    Item.objects.filter(kind="truefalse").update(state="retired")
    with pytest.raises(DomainError) as caught:
        publish_exam(exam, at=noon - timedelta(hours=1))
    assert [refusal.figures for refusal in caught.value.refusals] == [{"row": 3, "wanted": 2, "available": 0}]


def test_papers_stay_and_late_seats_get_theirs(noon):
    exam = factories.an_exam(noon)
    paper = Sitting.objects.get().paper
    Item.objects.update(state="retired", stem="改过")
    assert prepare_papers(exam, at=noon) == 0
    assert Sitting.objects.get().paper == paper
    Item.objects.update(state="ready")
    enrol_person(base.a_person("李丽"), exam.term, at=noon)
    assert Sitting.objects.count() == 2


def test_papers_for_many_cost_the_same_number_of_statements(noon):
    exam = factories.an_exam(noon)

    def draw(learners):
        for _number in range(learners):
            base.an_enrolment(exam.term)
        with CaptureQueriesContext(connection) as captured:
            assert prepare_papers(exam, at=noon) == learners
        return len(captured)

    draw(1)
    assert draw(3) == draw(40)


def test_an_exam_somebody_started_is_not_withdrawn_and_closes_only_after_its_window(noon):
    exam = factories.an_exam(noon)
    factories.a_started(exam, noon)
    with pytest.raises(DomainError) as caught:
        withdraw_exam(exam, reason="x")
    assert caught.value.code == "already_started"
    with pytest.raises(DomainError) as caught:
        close_exam(exam, at=exam.closes_at + timedelta(seconds=60))
    assert caught.value.code == "still_open"
    assert close_exam(exam, at=exam.closes_at + timedelta(seconds=61)).state == "closed"


def test_the_live_list_shows_who_writes_and_costs_the_same_for_many(desk):
    exam = factories.an_exam(timezone.now() - timedelta(minutes=5), learners=3)
    sitting = factories.a_started(exam, timezone.now())
    save_answers(sitting.pk, {"q1": [0]}, owner=sitting.owner_id, epoch=1, seq=1, answered=1, at=timezone.now())
    address = reverse(f"{SPACE}:live_list", args=[exam.pk])

    def queries():
        with CaptureQueriesContext(connection) as captured:
            assert "1 / 6" in desk.get(address).content.decode()
        return len(captured)

    queries()
    few = queries()
    for _number in range(40):
        base.an_enrolment(exam.term)
    prepare_papers(exam, at=timezone.now())
    assert queries() == few


def test_results_export_and_marking_of_expired_sittings(desk):
    opened = timezone.now() - timedelta(hours=3)
    exam = factories.an_exam(opened, learners=2)
    sitting = factories.a_sitting(exam)
    start_sitting(sitting, at=opened)
    save_answers(sitting.pk, factories.right_answers(sitting), owner=sitting.owner_id, epoch=1, seq=1, at=opened)
    address = reverse(f"{SPACE}:results", args=[exam.pk])
    assert desk.get(address).context["unmarked"] == 1
    desk.post(reverse(f"{SPACE}:mark", args=[exam.pk]))
    assert MarkEntry.objects.get().mark == Decimal(100)
    page = desk.get(address, {"export": "csv"})
    rows = b"".join(page.streaming_content).decode().strip().splitlines()
    assert len(rows) == 3
    assert [Decimal(cell) for cell in rows[1].split(",")[-2:]] == [Decimal(100), Decimal(100)]
    assert rows[2].endswith(",,")


def entry(seat, design, carrying_out, revision=0, reason=""):
    points = None if design is None else {"design": Decimal(design), "carrying_out": Decimal(carrying_out)}
    return PracticalEntry(seat.pk, points, revision, reason)


def test_practical_marks_are_given_changed_with_a_reason_and_taken_back(noon, examiner):
    term = base.a_term()
    seat, other = base.an_enrolment(term), base.an_enrolment(term)
    give_practical_marks(term, [entry(seat, 0, 0), entry(other, None, None)], at=noon, examiner=examiner)
    marks = practical_marks(term)
    assert marks[seat.pk].value == Decimal(0)
    assert other.pk not in marks
    assert give_practical_marks(term, [entry(seat, 0, 0, revision=1)], at=noon, examiner=examiner) == []
    with pytest.raises(DomainError) as caught:
        give_practical_marks(term, [entry(seat, 40, 35, revision=1)], at=noon, examiner=examiner)
    assert caught.value.code == "reason_missing"
    give_practical_marks(term, [entry(seat, 40, "35.5", revision=1, reason="登记有误")], at=noon, examiner=examiner)
    assert practical_marks(term)[seat.pk].value == Decimal("75.5")
    with pytest.raises(DomainError) as caught:
        give_practical_marks(term, [entry(seat, 1, 1, revision=1, reason="旧页面")], at=noon, examiner=examiner)
    assert caught.value.code == "mark_changed"
    give_practical_marks(term, [entry(seat, None, None, revision=2, reason="撤回")], at=noon, examiner=examiner)
    assert practical_marks(term)[seat.pk].value is None
    assert PracticalMark.objects.count() == 3


def test_practical_marks_of_a_class_stand_or_fall_together(noon, examiner, settings):
    settings.LMS_EXAMS_ADMISSION_GATES = ["tests.exams.test_backoffice.refuse_second"]
    term = base.a_term()
    seats = [base.an_enrolment(term, number=number) for number in (1, 2, 3)]
    wrong = [entry(seats[0], 51, 10), entry(seats[1], 40, 40), entry(seats[2], 40, 40)]
    with pytest.raises(DomainError) as caught:
        give_practical_marks(term, wrong, at=noon, examiner=examiner)
    found = [(refusal.code, refusal.figures["enrolment"]) for refusal in caught.value.refusals]
    assert found == [("points_outside", seats[0].pk), ("absent", seats[1].pk)]
    assert not PracticalMark.objects.exists()


def test_the_entry_screen_keeps_what_was_typed_and_saves_all(desk):
    term = base.a_term()
    seats = [base.an_enrolment(term), base.an_enrolment(term)]
    address = reverse(f"{SPACE}:practical_entry", args=[term.pk])
    data = {}
    for seat, design in zip(seats, ("45", "60"), strict=True):
        data |= {f"e{seat.pk}-revision": 0, f"e{seat.pk}-design": design, f"e{seat.pk}-carrying_out": "40"}
    page = desk.post(address, data)
    assert page.status_code == 200
    assert 'value="60"' in page.content.decode()
    assert page.context["wrong"] == 1
    data[f"e{seats[1].pk}-design"] = ""
    assert desk.post(address, data).context["wrong"] == 1
    data[f"e{seats[1].pk}-carrying_out"] = ""
    assert desk.post(address, data).status_code == 302
    assert [(mark.enrolment_id, mark.value) for mark in PracticalMark.objects.all()] == [(seats[0].pk, Decimal(85))]
    assert desk.get(reverse(f"{SPACE}:practical_history", args=[seats[0].pk])).status_code == 200


ADDRESSES = [
    ("index", None), ("add", None), ("watch", None), ("practical", None), ("detail", "exam"), ("live", "exam"),
    ("live_list", "exam"), ("results", "exam"), ("results_list", "exam"), ("practical_entry", "term"),
    ("practical_history", "seat"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "of"), ADDRESSES)
def test_only_the_right_roles_come_in(desk, signed_in, outsider, noon, name, of):
    exam = factories.an_exam(noon)
    seat = exam.term.enrolments.get()
    pk = {"exam": exam.pk, "term": exam.term_id, "seat": seat.pk}.get(of or "")
    address = reverse(f"{SPACE}:{name}", args=[pk] if of else [])
    assistant, finance = signed_in(base.staff(Role.ASSISTANT)), signed_in(base.staff(Role.FINANCE))
    assert desk.get(address).status_code == 200
    assert assistant.get(address).status_code == (200 if name in ("watch", "live", "live_list") else 403)
    assert finance.get(address).status_code == 403
    assert signed_in(outsider).get(address).status_code in (302, 403)
    assert Client().get(address).status_code == 302


@pytest.mark.parametrize("name", ["act", "mark"])
def test_an_assistant_changes_nothing(signed_in, noon, name):
    exam = factories.an_exam(noon)
    assistant = signed_in(base.staff(Role.ASSISTANT))
    assert assistant.post(reverse(f"{SPACE}:{name}", args=[exam.pk]), {"act": "withdraw"}).status_code == 403
    exam.refresh_from_db()
    assert exam.state == "published"
