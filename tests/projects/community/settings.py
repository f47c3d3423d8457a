"""A site with `lms.community` and nothing beside it."""

from tests.projects.base import only

globals().update(only("community"))
