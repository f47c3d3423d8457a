"""Who may read lessons as a guest, and who gives and marks assignments."""

from lms.people.enums import Role
from lms.people.permissions import policy

STAFF = {Role.ASSISTANT, Role.EXAMINER, Role.INSTRUCTOR, Role.SUPERVISOR}

lesson_policy = policy(read=STAFF, change={Role.INSTRUCTOR})
assignment_policy = policy(view={Role.ASSISTANT, Role.INSTRUCTOR}, change={Role.INSTRUCTOR})
mark_policy = policy(view={Role.ASSISTANT, Role.INSTRUCTOR}, change={Role.INSTRUCTOR})
