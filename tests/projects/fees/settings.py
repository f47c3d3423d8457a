"""A site with `lms.fees` and nothing beside it."""

from tests.projects.base import only

globals().update(only("fees"))
