"""Reads about lessons, progress and assignments."""

from lms.modules.selectors.content import (
    CourseView,
    LessonLine,
    ModuleView,
    course_view,
    cover_of,
    module_views,
    newest_programme,
    pictures_of,
    read_lesson,
)
from lms.modules.selectors.desk import Upcoming, upcoming
from lms.modules.selectors.journals import verify_online_hours
from lms.modules.selectors.works import (
    Work,
    assignment_part_marks,
    count_unmarked,
    last_mark,
    last_submission,
    next_unmarked,
    recall_marks,
    work_of,
    works_of,
    works_to_mark,
)

__all__ = [
    "CourseView",
    "LessonLine",
    "ModuleView",
    "Upcoming",
    "Work",
    "assignment_part_marks",
    "count_unmarked",
    "course_view",
    "cover_of",
    "last_mark",
    "last_submission",
    "module_views",
    "newest_programme",
    "next_unmarked",
    "pictures_of",
    "read_lesson",
    "recall_marks",
    "upcoming",
    "verify_online_hours",
    "work_of",
    "works_of",
    "works_to_mark",
]
