"""Reads about appeals."""

from collections.abc import Iterable
from datetime import date, datetime

from django.db.models import QuerySet

from lms.appeals.enums import AppealState
from lms.appeals.models import Appeal, AppealEvent
from lms.appeals.rules import last_day_to_file
from lms.people.models import Person
from lms.programmes.models import Enrolment
from lms.programmes.rules import Difference
from lms.programmes.selectors import holidays, workdays


def filing_deadline(enrolment: Enrolment, decided_at: datetime) -> date:
    """Last day to appeal a decision about this enrolment: working days of its programme, public holidays left out."""
    years = (decided_at.year, decided_at.year + 1)
    days = enrolment.term.programme.appeal_working_days
    return last_day_to_file(decided_at, days, holidays(years), workdays(years))


def appeals_of(person: Person) -> QuerySet[Appeal]:
    """Every appeal of the person, newest first."""
    return (
        Appeal.objects.filter(enrolment__person=person).select_related("enrolment__term").order_by("-filed_at", "-pk")
    )


def appeal_queue() -> QuerySet[Appeal]:
    """All appeals with learner, unit and term, oldest first."""
    return Appeal.objects.select_related("enrolment__person__unit", "enrolment__term", "decided_by", "decision_by")


def next_open_after(appeal: Appeal) -> Appeal | None:
    """The next appeal that waits (after the last: the oldest), so that one goes on without returning to the list."""
    waiting = Appeal.objects.filter(state=AppealState.OPEN).exclude(pk=appeal.pk)
    return waiting.filter(filed_at__gte=appeal.filed_at).first() or waiting.first()


def verify_appeals() -> Iterable[Difference]:
    """Recompute every appeal's state and reason from its journal and name what differs."""
    last: dict[int, tuple[str, str]] = {}
    for row in AppealEvent.objects.order_by("at", "pk").values("appeal_id", "act", "text"):
        last[row["appeal_id"]] = (row["act"], row["text"])
    for appeal in Appeal.objects.order_by("pk"):
        act, text = last.get(appeal.pk, ("", ""))
        expected = AppealState.OPEN if act == "filed" else act
        if expected != appeal.state:
            yield Difference(f"lms_appeals.appeal:{appeal.pk} state", str(expected), appeal.state)
        if act in ("upheld", "rejected") and text != appeal.reason:
            yield Difference(f"lms_appeals.appeal:{appeal.pk} reason", text, appeal.reason)
