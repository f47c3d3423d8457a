"""Writes about lessons, assignments and the page tree: each verb is one function."""

from lms.modules.services.loading import LoadReport, load_assignments, load_lessons
from lms.modules.services.studying import complete_lesson, complete_lesson_together, open_lesson
from lms.modules.services.tree import prepare_tree
from lms.modules.services.works import mark_work, submit_work

__all__ = [
    "LoadReport",
    "complete_lesson",
    "complete_lesson_together",
    "load_assignments",
    "load_lessons",
    "mark_work",
    "open_lesson",
    "prepare_tree",
    "submit_work",
]
