"""A seat that ends takes its application with it."""

from typing import Any

from lms.admissions.services import end_with_seat


def follow_ended_seat(sender: Any, *, enrolment: Any, reason: str, actor: Any, **kwargs: Any) -> None:
    """enrolment_ended, inside the transaction."""
    end_with_seat(enrolment, at=enrolment.ended_at, actor=actor, reason=reason)
