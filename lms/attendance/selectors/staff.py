"""Names of staff as screens show them."""

from typing import Any


def staff_name(user: Any) -> str:
    """Name of a member of staff, the account name when she has none."""
    person = getattr(user, "person", None)
    return person.name if person is not None else user.get_username()
