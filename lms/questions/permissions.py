"""Who may read and write the bank."""

from lms.people.enums import Role
from lms.people.permissions import policy

item_policy = policy(
    view={Role.EXAMINER, Role.INSTRUCTOR},
    change={Role.EXAMINER},
)
