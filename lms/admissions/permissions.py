"""Who may review applications."""

from lms.people.enums import Role
from lms.people.permissions import policy

application_policy = policy(view={Role.REVIEWER, Role.ASSISTANT}, decide={Role.REVIEWER}, change=set())
