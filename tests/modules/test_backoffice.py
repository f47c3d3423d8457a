"""Instructors set and mark assignments; everybody else is refused."""

from decimal import Decimal

import pytest
from django.test import Client
from django.urls import reverse

from lms.modules.enums import SubmissionKind
from lms.modules.models import Assignment, AssignmentMark
from lms.modules.services import complete_lesson, mark_work, submit_work
from lms.people.enums import Role
from tests import factories
from tests.modules import factories as make

pytestmark = pytest.mark.django_db


@pytest.fixture
def term():
    return factories.a_term(make.a_programme_with_courses())


@pytest.fixture
def assignment(term):
    return make.an_assignment(term)


@pytest.fixture
def teacher(signed_in):
    return signed_in(factories.staff(Role.INSTRUCTOR))


def handed_in(term, assignment, noon, count=1):
    learners = [factories.an_enrolment(term) for _learner in range(count)]
    texts = [submit_work(one, assignment, "正文", kind=SubmissionKind.FINAL, revision=1, at=noon) for one in learners]
    return learners, texts


def addresses(assignment, enrolment):
    return [
        reverse("lms_assignments:index"),
        reverse("lms_assignments:add"),
        reverse("lms_assignments:edit", args=[assignment.pk]),
        reverse("lms_modules_admin:works", args=[assignment.pk]),
        reverse("lms_modules_admin:works_results", args=[assignment.pk]),
        reverse("lms_modules_admin:mark", args=[assignment.pk, enrolment.pk]),
        reverse("lms_modules_admin:next", args=[assignment.pk]),
        reverse("lms_modules_admin:pages"),
    ]


def test_wrong_roles_get_403_and_strangers_sign_in(signed_in, outsider, term, assignment, noon):
    (enrolment,), _texts = handed_in(term, assignment, noon)
    finance = signed_in(factories.staff(Role.FINANCE))
    learner = signed_in(outsider)
    for url in addresses(assignment, enrolment):
        assert finance.get(url).status_code == 403
        assert learner.get(url).status_code in {302, 403}
        assert Client().get(url)["Location"].startswith("/a")


def test_instructors_open_every_screen(teacher, term, assignment, noon):
    (enrolment,), _texts = handed_in(term, assignment, noon)
    for url in addresses(assignment, enrolment):
        assert teacher.get(url).status_code in {200, 302}
    assert teacher.get(reverse("lms_assignments:index")).status_code == 200


def test_an_assignment_belongs_to_a_module_of_the_same_programme(teacher, term, assignment):
    other = make.an_assignment(factories.a_term(make.a_programme_with_courses()))
    values = {"title": "新作业", "task": "写", "criteria": "", "due_at": "2025-03-25 18:00", "published": "on"}
    url = reverse("lms_assignments:add")
    wrong = teacher.post(url, {**values, "term": term.pk, "module": other.module_id})
    assert "所选模块与该期次不属于同一个培训项目" in wrong.content.decode()
    teacher.post(url, {**values, "term": term.pk, "module": assignment.module_id})
    made = Assignment.objects.get(title="新作业")
    assert made.published
    assert made.due_at.isoformat() == "2025-03-25T10:00:00+00:00"


def test_marking_leads_on_to_the_next_text(teacher, term, assignment, noon):
    learners, texts = handed_in(term, assignment, noon, 2)
    url = reverse("lms_modules_admin:mark", args=[assignment.pk, learners[0].pk])
    page = teacher.get(url)
    assert "2 份待批改" in page.content.decode()
    values = {"value": "88.5", "comment": "条理清楚", "submission": texts[0].pk, "revision": 1}
    answer = teacher.post(url, values)
    assert answer["Location"] == reverse("lms_modules_admin:mark", args=[assignment.pk, learners[1].pk])
    assert AssignmentMark.objects.get().value == Decimal("88.5")
    again = teacher.post(url, values)
    assert again.status_code == 302
    assert AssignmentMark.objects.count() == 1


def test_a_correction_without_a_reason_keeps_what_was_typed(teacher, term, assignment, noon):
    (enrolment,), (text,) = handed_in(term, assignment, noon)
    mark_work(text, Decimal(80), revision=1, at=noon, actor=factories.staff(Role.INSTRUCTOR))
    url = reverse("lms_modules_admin:mark", args=[assignment.pk, enrolment.pk])
    page = teacher.post(
        url, {"value": "91", "comment": "重读后", "submission": text.pk, "revision": 2}
    ).content.decode()
    assert "请说明更正分数的原因" in page
    assert "重读后" in page
    assert AssignmentMark.objects.count() == 1


def test_class_assistants_look_but_do_not_mark(signed_in, term, assignment, noon):
    (enrolment,), (text,) = handed_in(term, assignment, noon)
    assistant = signed_in(factories.staff(Role.ASSISTANT))
    url = reverse("lms_modules_admin:mark", args=[assignment.pk, enrolment.pk])
    assert assistant.get(url).status_code == 200
    assert assistant.post(url, {"value": "91", "submission": text.pk, "revision": 1}).status_code == 403


def test_the_list_filters_searches_and_exports(teacher, term, assignment, noon):
    handed_in(term, assignment, noon)
    idle = factories.an_enrolment(term, factories.a_person("李娜"))
    url = reverse("lms_modules_admin:works", args=[assignment.pk])
    assert "李娜" not in teacher.get(url, {"state": "waiting"}).content.decode()
    assert "李娜" in teacher.get(url, {"state": "missing"}).content.decode()
    found = teacher.get(url, {"q": "lina"}).content.decode()
    assert "李娜" in found
    assert "张伟" not in found
    export = teacher.get(url, {"export": "csv"})
    text = b"".join(export.streaming_content).decode()
    assert text.splitlines()[0] == "学号,姓名,班级,单位,提交时间,分数,批改时间"
    assert f"{idle.number},李娜" in text


@pytest.mark.parametrize("count", [3, 60])
def test_the_list_costs_the_same_however_long(teacher, term, assignment, noon, count, django_assert_max_num_queries):
    for _learner in range(count):
        factories.an_enrolment(term)
    url = reverse("lms_modules_admin:works", args=[assignment.pk])
    teacher.get(url)
    with django_assert_max_num_queries(22):
        teacher.get(url)


def test_a_lesson_that_was_studied_is_not_deleted(administrator, signed_in, term, noon):
    administrator.is_superuser = True
    administrator.save()
    lesson = make.a_lesson(make.course_of(term.programme))
    complete_lesson(factories.an_enrolment(term), lesson, at=noon)
    response = signed_in(administrator).post(reverse("wagtailadmin_pages:delete", args=[lesson.pk]))
    assert response["Location"] == reverse("wagtailadmin_explore", args=[lesson.get_parent().pk])
    assert type(lesson).objects.filter(pk=lesson.pk).exists()
