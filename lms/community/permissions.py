"""Who may take part, moderate, publish and answer."""

from typing import Any

from lms.community.models import Post
from lms.people.enums import Role
from lms.people.permissions import policy, roles_of
from lms.programmes.selectors import is_member

STAFF = {
    Role.ASSISTANT,
    Role.INSTRUCTOR,
    Role.EXAMINER,
    Role.REVIEWER,
    Role.FINANCE,
    Role.SUPERVISOR,
    Role.EXPERT,
}

board_policy = policy(view={Role.ASSISTANT, Role.INSTRUCTOR}, change=set())
forum_policy = policy(
    take_part=STAFF, view={Role.ASSISTANT, Role.INSTRUCTOR}, moderate={Role.ASSISTANT, Role.INSTRUCTOR}
)
resource_policy = policy(
    view={Role.ASSISTANT, Role.INSTRUCTOR, Role.EXPERT}, change={Role.INSTRUCTOR, Role.EXPERT, Role.ASSISTANT}
)
question_policy = policy(view={Role.EXPERT, Role.SUPERVISOR}, answer={Role.EXPERT}, change={Role.EXPERT})


def may_take_part(user: Any) -> bool:
    """Learners, alumni and staff; nobody else reads or writes here (R25)."""
    return is_member(user) or forum_policy.allows(user, "take_part")


def may_moderate(user: Any) -> bool:
    """Class assistants, instructors and administrators."""
    return forum_policy.allows(user, "moderate")


def may_answer(user: Any) -> bool:
    """Policy experts and administrators."""
    return question_policy.allows(user, "answer")


def is_author(user: Any, post: Post) -> bool:
    """Whether she wrote it."""
    return bool(post.author_id == user.pk)


def is_staff_member(user: Any) -> bool:
    """Whether the user holds any staff role."""
    return bool(roles_of(user) - {Role.UNIT_CONTACT})
