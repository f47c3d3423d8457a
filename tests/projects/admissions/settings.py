"""A site with `lms.admissions` and nothing beside it."""

from tests.projects.base import only

globals().update(only("admissions"))
