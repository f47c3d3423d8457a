"""Who may read and decide appeals."""

from lms.people.enums import Role
from lms.people.permissions import policy

appeal_policy = policy(
    view={Role.ASSISTANT, Role.EXAMINER, Role.REVIEWER, Role.SUPERVISOR},
    decide={Role.EXAMINER, Role.REVIEWER},
)
