"""A site with `lms.evaluation` and nothing beside it."""

from tests.projects.base import only

globals().update(only("evaluation"))
