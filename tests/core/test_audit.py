"""The audit trail in words: names of facts, choices, objects, dates and money, in the language of the reader."""

from typing import Any

import pytest
from django.utils.translation import override

from lms.attendance.models import LeaveRequest, Session
from lms.certificates.models import Certificate
from lms.core.audit import ACTIONS, FACTS, FactReader, acts_on, declare_action, declare_fact, record_act
from lms.fees.models import Order
from lms.people.models import Person
from lms.programmes.models import Course, Programme, Term
from lms.questions.models import Item
from tests import factories

CHINESE = (
    ("lms_exams.prepare", None, {"papers": 48}, "试卷 48"),
    ("lms_fees.payment", Order, {"fen": 180000}, "金额 ¥1,800.00"),
    ("lms_fees.refund_asked", Order, {"verdict": "between"}, "按规定 由审核人员决定"),
    ("lms_fees.refund_decided", Order, {"state": "granted"}, "状态 已同意"),
    ("lms_attendance.change_session", Session, {"room": "301", "instructor": None}, "教室 301|授课教师 "),
    (
        "lms_attendance.change_session",
        Session,
        {"starts_at": "2025-03-03T00:30:00+00:00"},
        "开始时间 2025年3月3日 周一 08:30",
    ),
    ("lms_attendance.decide_leave", LeaveRequest, {"state": "approved"}, "状态 已批准"),
    ("lms_attendance.switch_board", Session, {"kind": "out"}, "签到屏 签退"),
    ("lms_attendance.correct", Session, {"minutes_by_seat": {"3": 90}}, "在场分钟 学号3 90"),
    (
        "lms_attendance.exclusion_confirmed",
        None,
        {"act": "confirmed", "missed": 1890},
        "处理决定 已确认取消考核资格|缺勤分钟 1890",
    ),
    ("lms_certificates.revoked", Certificate, {"state": "revoked"}, "状态 已撤销"),
    ("lms_grading.compose", Term, {"7": "86.50 passed", "8": "None excluded"}, "学号7 86.50，合格|学号8 取消考核资格"),
    ("lms_grading.release", Term, {"seats": [1, 2]}, "学员 1、2"),
    ("lms_modules.mark", None, {"mark": "88"}, "分数 88"),
    ("lms_people.grant_role", None, {"roles": ["lms.assistant", "lms.expert"]}, "角色 班主任、政策专家"),
    ("lms_programmes.change", Programme, {"absence.limit": "1/4"}, "缺勤上限 1/4"),
    ("lms_programmes.change", Programme, {"absence.leave_counts": "true"}, "经批准的请假计入缺勤 是"),
    ("lms_programmes.change_term", Term, {"terms.2025-spring.capacity": "90"}, "期次 2025-spring · 名额 90"),
    ("lms_programmes.change_group", None, {"terms.a.groups.B.capacity": "9"}, "期次 a · 班级 B · 名额 9"),
    ("lms_questions.add", Item, {"kind": "single", "difficulty": 1}, "类型 单选题|难度 易"),
    ("lms_people.change", Person, {"phone": "138****0000"}, "手机号 138****0000"),
)


def said(action: str, model: Any, after: dict[str, Any]) -> str:
    return "|".join(f"{line.name} {line.after}" for line in FactReader().lines(action, model, {"after": after}))


@pytest.mark.parametrize(("action", "model", "after", "expected"), CHINESE)
def test_facts_read_as_words(action: str, model: Any, after: dict[str, Any], expected: str) -> None:
    with override("zh-hans"):
        assert said(action, model, after) == expected


@pytest.mark.django_db
def test_an_object_is_called_by_its_name_and_looked_up_once(django_assert_num_queries: Any) -> None:
    term = factories.a_term()
    course = Course.objects.filter(module__programme=term.programme).first() or factories.a_course(term.programme)
    reader = FactReader()
    with django_assert_num_queries(1):
        for _row in range(3):
            lines = reader.lines("lms_attendance.change_session", Session, {"before": {"course": course.pk}})
    assert lines[0].before == course.title


def test_what_stays_as_it_was_is_left_out() -> None:
    data = {"before": {"room": "301", "minutes": 180}, "after": {"room": "302", "minutes": 180}}
    lines = FactReader().lines("lms_attendance.change_session", Session, data)
    assert [(line.before, line.after) for line in lines] == [("301", "302")]


def test_what_nobody_declared_is_shown_as_written_and_odd_data_breaks_nothing() -> None:
    assert said("lms_x.y", None, {"odd": 1}) == "odd 1"
    reader = FactReader()
    for data in (None, [], "text", {"before": [1]}, {"after": None}):
        assert reader.lines("lms_x.y", Session, data) == []
    with override("en"):
        assert said("lms_exams.prepare", None, {"papers": 48}) == "Papers 48"


def test_labels_that_would_stay_in_one_language_are_refused() -> None:
    with pytest.raises(TypeError, match="gettext_lazy"):
        declare_action("lms_core.sample", "Sample")
    with pytest.raises(TypeError, match="gettext_lazy"):
        declare_fact("lms_core.sample", "Sample")
    assert "lms_core.sample" not in ACTIONS.keys() | FACTS.keys()


@pytest.mark.django_db
def test_what_was_done_to_each_subject_in_order_of_time(django_assert_num_queries: Any) -> None:
    first, second = factories.a_term(), factories.a_term(code="second")
    record_act("lms_attendance.generate", first, after={"sessions": 18})
    record_act("lms_attendance.publish", first, reason="开班")
    record_act("lms_attendance.generate", second)
    acts_on(Term, [first.pk], ["lms_attendance.publish"])
    with django_assert_num_queries(1):
        found = acts_on(Term, [first.pk, second.pk], ["lms_attendance.generate", "lms_attendance.publish"])
    told = {key: [(act.action, act.reason, dict(act.after)) for act in acts] for key, acts in found.items()}
    assert told == {
        first.pk: [("lms_attendance.generate", "", {"sessions": 18}), ("lms_attendance.publish", "开班", {})],
        second.pk: [("lms_attendance.generate", "", {})],
    }
    assert acts_on(Term, [second.pk], ["lms_attendance.publish"]) == {}
    with django_assert_num_queries(0):
        assert acts_on(Term, [], ["lms_attendance.publish"]) == {}
