"""Courses with pages, lessons and assignments for tests."""

import itertools
import json
from datetime import datetime
from typing import Any

from lms.modules.models import Assignment, CoursePage, LessonPage
from lms.modules.services import prepare_tree
from lms.programmes.enums import ModuleKind
from lms.programmes.models import Course, Programme, Term
from tests import factories

_numbers = itertools.count(1)
PARAGRAPH = [{"type": "paragraph", "value": "<p>考核工作应当有依据。</p>"}]


def a_programme_with_courses(count: int = 1) -> Programme:
    """`count` courses T1, T2 … with their pages."""
    programme = factories.a_programme()
    for number in range(1, count + 1):
        factories.a_course(programme, f"T{number}", order=number)
    prepare_tree(programme)
    return programme


def a_lesson(course: Course, title: str = "", *, minutes: int = 30, body: Any = None, live: bool = True) -> LessonPage:
    parent = CoursePage.objects.get(course=course)
    number = next(_numbers)
    page = LessonPage(
        title=title or f"第{number}课",
        slug=f"lesson-{number}",
        minutes=minutes,
        body=json.dumps(PARAGRAPH if body is None else body),
        live=live,
    )
    return parent.add_child(instance=page)


def course_of(programme: Programme, code: str = "T1") -> Course:
    return Course.objects.get(module__programme=programme, code=code)


def an_assignment(
    term: Term, title: str = "岗位考核指标设计", *, due_at: datetime | None = None, **fields: Any
) -> Assignment:
    module = term.programme.modules.filter(kind=ModuleKind.THEORY).first()
    module = module or factories.a_course(term.programme).module
    values = {
        "task": "请设计三项指标。",
        "criteria": "权重之和为 100%\n有数据来源",
        "due_at": due_at or datetime(2025, 3, 20, 0, 0, tzinfo=factories.ZONE),
        "published": True,
    }
    return Assignment.objects.create(term=term, module=module, title=title, **{**values, **fields})
