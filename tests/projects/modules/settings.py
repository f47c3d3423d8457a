"""A site with `lms.modules` and nothing beside it."""

from tests.projects.base import only

globals().update(only("modules"))
