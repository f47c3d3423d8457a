"""Exams for tests: a small bank, a published exam, a sitting."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from lms.exams.models import Exam, PaperKey, Sitting
from lms.exams.services import add_exam, publish_exam, start_sitting
from lms.programmes.models import Enrolment, Term
from lms.questions.models import Item
from lms.questions.services import add_item
from tests import factories

BLUEPRINT = [
    {"course": "T1", "kind": "single", "count": 3, "points": "20"},
    {"module": "theory", "kind": "multiple", "count": 1, "points": "20"},
    {"kind": "truefalse", "count": 2, "points": "10"},
]


def a_body(number: int, kind: str = "single", **changes: Any) -> dict[str, Any]:
    options = (
        ["正确", "错误"]
        if kind == "truefalse"
        else [f"选项{number}甲", f"选项{number}乙", f"选项{number}丙", f"选项{number}丁"]
    )
    answer = [0, 2] if kind == "multiple" else [0]
    return {
        "stem": f"第{number}题（{kind}）",
        "options": options,
        "answer": answer,
        "explanation": f"解析{number}",
        **changes,
    }


def a_bank(term: Term, at: datetime, *, singles: int = 5, multiples: int = 2, truths: int = 3) -> list[Item]:
    course = term.programme.modules.filter(courses__code="T1").first()
    course = course.courses.get(code="T1") if course else factories.a_course(term.programme, "T1")
    kinds = [("single", singles), ("multiple", multiples), ("truefalse", truths)]
    return [
        add_item(course, kind, a_body(number, kind), difficulty=1 + number % 3, at=at)
        for kind, count in kinds
        for number in range(count)
    ]


def exam_values(opens_at: datetime, **changes: Any) -> dict[str, Any]:
    return {
        "title": "理论考试",
        "instructions": "闭卷考试。",
        "opens_at": opens_at,
        "closes_at": opens_at + timedelta(hours=2),
        "duration_minutes": 90,
        "late_entry_minutes": 30,
        "blueprint": BLUEPRINT,
        **changes,
    }


def an_exam(opens_at: datetime, *, learners: int = 1, term: Term | None = None, **changes: Any) -> Exam:
    """Published a day before it opens, with papers for `learners` seats."""
    term = term or factories.a_term()
    a_bank(term, opens_at - timedelta(days=30))
    for _number in range(learners):
        factories.an_enrolment(term)
    exam = add_exam(term, exam_values(opens_at, **changes), at=opens_at - timedelta(days=2), seed="seed")
    return publish_exam(exam, at=opens_at - timedelta(days=1))


def a_sitting(exam: Exam, enrolment: Enrolment | None = None) -> Sitting:
    sittings = Sitting.objects.filter(exam=exam).select_related("exam__term__programme", "enrolment__person", "owner")
    return sittings.get(enrolment=enrolment) if enrolment else sittings[0]


def a_started(exam: Exam, at: datetime) -> Sitting:
    return start_sitting(a_sitting(exam), at=at)


def right_answers(sitting: Sitting) -> dict[str, list[int]]:
    keys = PaperKey.objects.get(sitting=sitting).keys
    return {name: key["answer"] for name, key in keys.items()}


def wrong_answers(sitting: Sitting) -> dict[str, list[int]]:
    """One choice of which it is certain that it is not the whole key."""
    return {name: [1] if answer == [0] else [0] for name, answer in right_answers(sitting).items()}


def worth(sitting: Sitting) -> dict[str, Decimal]:
    return {name: Decimal(key["points"]) for name, key in PaperKey.objects.get(sitting=sitting).keys.items()}
