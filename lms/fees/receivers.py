"""A seat and its order stand or fall together."""

from typing import Any

from lms.fees.services import assess_subsidies, open_order


def open_for_seat(sender: Any, *, enrolment: Any, actor: Any, **kwargs: Any) -> None:
    """enrolled, inside the transaction."""
    open_order(enrolment, at=enrolment.enrolled_at, actor=actor)


def follow_level(sender: Any, *, unit: Any, at: Any, actor: Any, **kwargs: Any) -> None:
    """unit_level_set, inside the transaction."""
    assess_subsidies(unit, at=at, actor=actor)
