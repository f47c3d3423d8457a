"""Who may see, compose and release results."""

from lms.people.enums import Role
from lms.people.permissions import policy

result_policy = policy(
    view={Role.EXAMINER, Role.SUPERVISOR},
    compose={Role.EXAMINER},
    release=set(),
    revise={Role.EXAMINER},
)
