"""A site with `lms.exams` and nothing beside it."""

from tests.projects.base import only

globals().update(only("exams"))
