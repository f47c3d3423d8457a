"""Who may read the archive: everybody who answers for a trainee, and the supervising department."""

from lms.people.enums import Role
from lms.people.permissions import policy

archive_policy = policy(view={Role.SUPERVISOR, Role.ASSISTANT, Role.EXAMINER, Role.REVIEWER})
