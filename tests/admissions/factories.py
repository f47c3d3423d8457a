"""Applications for tests."""

from datetime import datetime
from typing import Any

from lms.admissions import services
from lms.admissions.models import Application
from lms.admissions.selectors import years_of
from tests import factories

INSIDE = datetime(2025, 1, 20, 10, 0, tzinfo=factories.ZONE)


def a_draft(term: Any = None, person: Any = None, *, at: datetime = INSIDE) -> Application:
    person = person or factories.a_person()
    return services.start_application(person, term or factories.a_term(), at=at, actor=person.user)


def a_filled_draft(
    term: Any = None, person: Any = None, *, grounds: tuple[str, ...] = (), at: datetime = INSIDE
) -> Application:
    draft = a_draft(term, person, at=at)
    actor = draft.person.user
    services.confirm_identity(draft, at=at, actor=actor)
    services.save_class(draft, group=draft.term.groups.order_by("code").first(), actor=actor)
    appraisals = {str(year): "competent" for year in years_of(draft.term)}
    services.save_materials(draft, degree="本科", appraisals=appraisals, grounds=grounds, actor=actor)
    draft.refresh_from_db()
    return draft


def a_submitted(
    term: Any = None, person: Any = None, *, grounds: tuple[str, ...] = (), at: datetime = INSIDE
) -> Application:
    draft = a_filled_draft(term, person, grounds=grounds, at=at)
    return services.submit_application(draft, at=at, actor=draft.person.user)
