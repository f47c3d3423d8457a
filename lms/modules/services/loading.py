"""Lessons and assignments from a file (the demonstration content)."""

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from html import escape
from typing import Any

from django.core.files.base import ContentFile
from django.db import transaction

from lms.modules.models import Assignment, CoursePage, LessonPage
from lms.modules.pages import add_picture, find_picture
from lms.modules.rules import AssignmentText, Block, InvalidLessons, LessonsFile, LessonText, spread_deadlines
from lms.modules.services.drawing import draw_cover
from lms.modules.services.tree import prepare_tree
from lms.programmes.models import Course, Module, Programme, Term
from lms.programmes.rules import day_end

MINUTE = timedelta(minutes=1)


@dataclass
class LoadReport:
    """What a load changed: `lessons`, `lessons_updated`, `assignments`, `pictures`."""

    counts: Counter[str] = field(default_factory=Counter)


@transaction.atomic
def load_lessons(
    document: LessonsFile, *, programme: Programme, terms: Sequence[Term] = (), update: bool = False
) -> LoadReport:
    """Make the lessons of a file and, for each term, its assignments; what is there already is left alone.

    With `update` a lesson whose text or minutes differ gets a new published revision. Raises `InvalidLessons`
    naming every course or module that the programme does not have; then nothing is written.
    """
    report = LoadReport()
    prepare_tree(programme)
    pages = {page.course.code: page for page in _course_pages(programme)}
    modules = {module.kind: module for module in Module.objects.filter(programme=programme)}
    _require_places(document, pages, modules)
    for lesson in document.lessons:
        _load_lesson(lesson, pages[lesson.course], update=update, report=report)
    for term in terms:
        _load_assignments(document.assignments, term, modules, report)
    return report


@transaction.atomic
def load_assignments(document: LessonsFile, term: Term) -> LoadReport:
    """Give the term the assignments of a file for the modules its programme has; those of others are passed over."""
    report = LoadReport()
    modules = {module.kind: module for module in Module.objects.filter(programme=term.programme)}
    _load_assignments([text for text in document.assignments if text.module in modules], term, modules, report)
    return report


def _course_pages(programme: Programme) -> Sequence[CoursePage]:
    found = CoursePage.objects.filter(course__module__programme=programme)
    return found.select_related("course__module", "cover").order_by("path")


def _require_places(document: LessonsFile, pages: dict[str, CoursePage], modules: dict[str, Module]) -> None:
    courses = {lesson.course for lesson in document.lessons} - pages.keys()
    kinds = {assignment.module for assignment in document.assignments} - modules.keys()
    if courses or kinds:
        raise InvalidLessons(
            [f"course {code}: not in the programme" for code in sorted(courses)]
            + [f"module {kind}: not in the programme" for kind in sorted(kinds)]
        )


def _load_lesson(lesson: LessonText, parent: CoursePage, *, update: bool, report: LoadReport) -> None:
    cover = _cover(parent, report)
    body = json.dumps(stream_data(lesson, parent.course, cover.pk if lesson.position == 1 else None))
    page = LessonPage.objects.filter(path__startswith=parent.path, slug=lesson.slug).first()
    if page is None:
        parent = CoursePage.objects.get(pk=parent.pk)
        page = parent.add_child(
            instance=LessonPage(title=lesson.title, slug=lesson.slug, minutes=lesson.minutes, body=body)
        )
        report.counts["lessons"] += 1
    elif update and _differs(page, lesson, body):
        page.title, page.minutes, page.body = lesson.title, lesson.minutes, body
        report.counts["lessons_updated"] += 1
    else:
        return
    page.save_revision().publish()


def _differs(page: LessonPage, lesson: LessonText, body: str) -> bool:
    held = [{key: block[key] for key in ("type", "value")} for block in page.body.raw_data]
    return (page.title, page.minutes) != (lesson.title, lesson.minutes) or _plain(held) != _plain(json.loads(body))


def _plain(blocks: list[dict[str, Any]]) -> list[Any]:
    """Blocks without the ids that Wagtail gives to list items."""
    return [
        [item["value"] if isinstance(item, dict) else item for item in block["value"]]
        if isinstance(block["value"], list)
        else block["value"]
        for block in blocks
    ]


def _cover(page: CoursePage, report: LoadReport) -> Any:
    """The course's own drawing, made once."""
    if page.cover is None:
        title = f"{page.course.title}（插图）"
        picture = find_picture(title)
        if picture is None:
            drawn = draw_cover(page.course.module.kind, page.course.order)
            picture = add_picture(title, ContentFile(drawn, name=f"{page.slug}.png"))
            report.counts["pictures"] += 1
        page.cover = picture
        page.save(update_fields=["cover"])
        page.save_revision().publish()
    return page.cover


def _load_assignments(
    texts: Sequence[AssignmentText], term: Term, modules: dict[str, Module], report: LoadReport
) -> None:
    days = spread_deadlines(term.starts_on, term.ends_on, len(texts))
    for text, day in zip(texts, days, strict=True):
        _task, made = Assignment.objects.get_or_create(
            term=term,
            module=modules[text.module],
            title=text.title,
            defaults={
                "task": text.task,
                "criteria": "\n".join(text.good_answer),
                "due_at": day_end(day) - MINUTE,
                "published": True,
            },
        )
        report.counts["assignments"] += made


def stream_data(lesson: LessonText, course: Course, picture: int | None) -> list[dict[str, Any]]:
    """The blocks of a lesson as the page stores them; text is escaped, the picture comes first."""
    blocks = [_block(block) for block in lesson.blocks]
    if picture is not None:
        value = {"image": picture, "alt": f"《{course.title}》课程插图", "caption": ""}
        blocks.insert(0, {"type": "image", "value": value})
    return blocks


def _block(block: Block) -> dict[str, Any]:
    rich = "".join(f"<p>{escape(part, quote=False)}</p>" for part in block.text.split("\n") if part.strip())
    values: dict[str, Any] = {
        "heading": block.text,
        "paragraph": rich,
        "list": list(block.items),
        "quote": {"text": block.text, "source": block.source, "article": ""},
        "case": {"title": "", "text": rich},
    }
    return {"type": "law" if block.kind == "quote" else block.kind, "value": values[block.kind]}
