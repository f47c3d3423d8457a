"""What nearly every test of attendance begins with."""

from typing import Any

import pytest

from lms.people.enums import Role
from lms.programmes.models import Term
from tests import factories
from tests.attendance.factories import a_timetable


@pytest.fixture
def term(db: None) -> Term:
    """A term whose timetable is published."""
    found = factories.a_term()
    a_timetable(found)
    return found


@pytest.fixture
def assistant(db: None) -> Any:
    """A class assistant of every class."""
    return factories.staff(Role.ASSISTANT)
