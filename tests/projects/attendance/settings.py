"""A site with `lms.attendance` and nothing beside it."""

from tests.projects.base import only

globals().update(only("attendance"))
