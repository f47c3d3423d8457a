"""Who may see results, open surveys and remind."""

from lms.people.enums import Role
from lms.people.permissions import policy

survey_policy = policy(
    view={Role.ASSISTANT, Role.INSTRUCTOR, Role.SUPERVISOR}, change={Role.ASSISTANT}, remind={Role.ASSISTANT}
)
