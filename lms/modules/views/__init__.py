"""What learners see: courses, lessons, assignments and the files of lessons."""

from lms.modules.views.files import captions, media
from lms.modules.views.lessons import complete, course, courses, lesson, opened
from lms.modules.views.works import assignment

__all__ = ["assignment", "captions", "complete", "course", "courses", "lesson", "media", "opened"]
