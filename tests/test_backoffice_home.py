"""The first screen of the back office, with all apps installed: each role finds its own jobs, and only those."""

from typing import Any

import pytest
from django.urls import reverse

from lms.people.enums import Role
from tests import factories

pytestmark = pytest.mark.django_db
HOME = "wagtailadmin_home"
OWN_JOBS = (
    (
        Role.ASSISTANT,
        ["今天的课次", "待关闭的考勤表", "待审批的请假", "导入学员名单"],
        ["待批改的作业", "待处理的退费"],
    ),
    (Role.INSTRUCTOR, ["待批改的作业", "编写课程内容"], ["导入学员名单", "待审批的请假"]),
    (Role.EXAMINER, ["安排考试", "登记实务考核成绩", "合成总成绩", "待处理的申诉"], ["编写课程内容", "导入学员名单"]),
    (Role.REVIEWER, ["待审核的报名", "排序录取", "待处理的申诉"], ["安排考试", "登记缴费"]),
    (Role.FINANCE, ["待处理的退费", "登记缴费"], ["待审核的报名", "安排考试"]),
    (Role.EXPERT, ["待答复的政策咨询"], ["登记缴费", "待处理的申诉"]),
    (Role.SUPERVISOR, ["查阅学员档案", "查看问卷结果"], ["登记缴费", "安排考试"]),
)


@pytest.mark.parametrize(("role", "own", "others"), OWN_JOBS, ids=[row[0].name for row in OWN_JOBS])
def test_a_role_finds_its_jobs(signed_in: Any, role: Role, own: list[str], others: list[str]) -> None:
    page = signed_in(factories.staff(role)).get(reverse(HOME)).content.decode()
    assert [job for job in own if job not in page] == []
    assert [job for job in others if job in page] == []


def test_nothing_waits_on_the_first_day(signed_in: Any) -> None:
    page = signed_in(factories.staff(Role.FINANCE)).get(reverse(HOME)).content.decode()
    assert "目前没有待处理的事项" in page


def test_nothing_late_is_not_called_late(signed_in: Any) -> None:
    page = signed_in(factories.staff(Role.EXPERT)).get(reverse(HOME)).content.decode()
    assert "请在承诺日期前答复" in page
    assert "0 个" not in page


def test_a_learner_does_not_come_in(signed_in: Any) -> None:
    assert signed_in(factories.a_person().user).get(reverse(HOME)).status_code in (302, 403)
