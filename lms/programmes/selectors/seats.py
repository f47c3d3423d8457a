"""Reads about terms, seats and class hours."""

from datetime import date
from typing import Any

from django.db.models import QuerySet, Sum

from lms.core.selectors import CompiledRead
from lms.people.models import Person
from lms.programmes.enums import EnrolmentState, HourKind
from lms.programmes.models import Enrolment, HourEntry, Term

LIVE = (EnrolmentState.ACTIVE, EnrolmentState.COMPLETED)

_seats_held = CompiledRead(
    lambda user: (
        Enrolment.objects.filter(person__user_id=user, state__in=LIVE)
        .select_related("term__programme", "group", "person__unit")
        .order_by("state", "-term__starts_on", "pk")[:1]
    ),
    user=int,
)

_minutes_by_kind = CompiledRead(
    lambda enrolment: (
        HourEntry.objects.filter(enrolment=enrolment)
        .order_by()
        .values("kind")
        .annotate(total=Sum("minutes"))
        .values_list("kind", "total")
    ),
    enrolment=int,
)


def live_enrolments(term: Term) -> QuerySet[Enrolment]:
    """Seats held in the term, with person, unit and class, in order of their number."""
    return (
        Enrolment.objects.filter(term=term, state__in=LIVE)
        .select_related("person__unit", "person__user", "group")
        .order_by("number")
    )


def enrolments_of(person: Person) -> QuerySet[Enrolment]:
    """Every seat the person ever held, newest term first, with term, programme and class."""
    return (
        Enrolment.objects.filter(person=person)
        .select_related("term__programme", "group", "person")
        .order_by("-term__starts_on", "-pk")
    )


def current_enrolment(user: Any) -> Enrolment | None:
    """The seat the desk is about: an active one before a completed one, then the latest term. One query."""
    if not user.is_authenticated:
        return None
    if not hasattr(user, "_lms_enrolment"):
        user._lms_enrolment = _seats_held.first(user=user.pk)
    found: Enrolment | None = user._lms_enrolment
    return found


def is_member(user: Any) -> bool:
    """Learner or alumnus: somebody who holds or held a seat (forum, library). No query when the desk was read."""
    return current_enrolment(user) is not None


def minutes_earned(enrolment: Enrolment, kind: HourKind | None = None) -> int:
    """Balance of the class-hour ledger in minutes, of one kind or of all."""
    entries = HourEntry.objects.filter(enrolment=enrolment)
    if kind is not None:
        entries = entries.filter(kind=kind)
    return entries.aggregate(total=Sum("minutes"))["total"] or 0


def minutes_by_kind(enrolment: Enrolment) -> dict[str, int]:
    """Kind -> minutes of one enrolment; 0 for a kind without entries. One query."""
    found: dict[str, int] = dict(_minutes_by_kind(enrolment=enrolment.pk))
    return {kind.value: found.get(kind.value, 0) for kind in HourKind}


def minutes_by_enrolment(term: Term, kind: HourKind) -> dict[int, int]:
    """Enrolment id -> minutes of that kind, for everybody in the term, in one query."""
    rows = HourEntry.objects.filter(enrolment__term=term, kind=kind).values("enrolment_id")
    return {row["enrolment_id"]: row["total"] for row in rows.annotate(total=Sum("minutes")).order_by()}


def seats_taken(term: Term) -> int:
    """Seats held in the term."""
    return Enrolment.objects.filter(term=term, state__in=LIVE).count()


def open_terms(today: date) -> QuerySet[Term]:
    """Terms whose registration window holds `today`, soonest first."""
    return Term.objects.filter(registration_opens_on__lte=today, registration_closes_on__gte=today)
