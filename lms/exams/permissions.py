"""Who may set, watch and mark exams."""

from lms.people.enums import Role
from lms.people.permissions import policy

exam_policy = policy(
    view={Role.EXAMINER},
    change={Role.EXAMINER},
    watch={Role.EXAMINER, Role.ASSISTANT},
    unlock={Role.EXAMINER, Role.ASSISTANT},
    extend={Role.EXAMINER},
    branches={Role.EXAMINER, Role.ASSISTANT},
    results={Role.EXAMINER},
    mark={Role.EXAMINER},
    practical={Role.EXAMINER},
)
