"""Flags with what became of them, and everything on record of one learner at one session."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import OuterRef, QuerySet, Subquery
from django.utils.timezone import localtime

from lms.attendance.conf import attendance_settings
from lms.attendance.enums import DeviceState
from lms.attendance.models import (
    CheckEntry,
    CheckRefusal,
    DeviceChange,
    Flag,
    FlagDecision,
    Headcount,
    PlaceHint,
    Prompt,
    RollCall,
    Session,
)
from lms.programmes.models import Enrolment, Term

OPEN = "open"


@dataclass(frozen=True)
class Traces:
    """What the journals hold of one learner at one session; headcounts are of the whole room."""

    entries: list[CheckEntry]
    refusals: list[CheckRefusal]
    phones: list[DeviceChange]
    calls: list[RollCall]
    headcounts: list[Headcount]
    hints: list[PlaceHint]
    prompt: Prompt | None


def flags_with_state() -> QuerySet[Any]:
    """Every flag, newest first, with `act`: what the latest decision says, None while it is open."""
    latest = FlagDecision.objects.filter(flag=OuterRef("pk")).order_by("-revision")
    return Flag.objects.annotate(act=Subquery(latest.values("act")[:1])).order_by("-at", "-pk")


def flags_of(
    term: Term,
    *,
    closed_to_user: Collection[int] = (),
    group: int | None = None,
    kind: str = "",
    state: str = OPEN,
    session: int | None = None,
) -> QuerySet[Any]:
    """Flags of a term with session, learner and class; `closed_to_user` are classes of other assistants.

    `state` is "open", "upheld", "dismissed" or "" for all.
    """
    rows = flags_with_state().filter(session__term=term)
    rows = rows.exclude(enrolment__group__in=closed_to_user) if closed_to_user else rows
    rows = rows.filter(enrolment__group=group) if group else rows
    rows = rows.filter(session=session) if session else rows
    rows = rows.filter(kind=kind) if kind else rows
    if state:
        rows = rows.filter(act__isnull=True) if state == OPEN else rows.filter(act=state)
    return rows.select_related("session__course", "enrolment__person__unit", "enrolment__group")


def names_of(flags: Iterable[Flag]) -> dict[int, str]:
    """Enrolment id -> name of the other learners that the evidence speaks of; one query."""
    keys = {key for flag in flags for name in ("with", "phone_of") for key in flag.evidence.get(name, ())}
    return dict(Enrolment.objects.filter(pk__in=keys).values_list("pk", "person__name")) if keys else {}


def sessions_named(flags: Iterable[Flag]) -> dict[int, Session]:
    """Session id -> the other session that the evidence speaks of; at most one query."""
    keys = {flag.evidence["session"] for flag in flags if "session" in flag.evidence}
    return Session.objects.select_related("course").in_bulk(keys) if keys else {}


def traces_of(session: Session, enrolment: Enrolment, *, at: datetime) -> Traces:
    """Seven queries. Hints older than their time are as good as deleted."""
    mine: dict[str, Any] = {"session": session, "enrolment": enrolment}
    user = enrolment.person.user_id
    hints_from = at - timedelta(days=attendance_settings.HINT_DAYS)
    return Traces(
        list(CheckEntry.objects.filter(**mine).order_by("at", "pk")),
        list(CheckRefusal.objects.filter(session=session, user=user).order_by("at", "pk")),
        list(DeviceChange.objects.filter(enrolment=enrolment).select_related("decided_by__person")),
        list(RollCall.objects.filter(**mine).select_related("actor__person")),
        list(Headcount.objects.filter(session=session).select_related("actor__person")),
        list(PlaceHint.objects.filter(at__gte=hints_from, **mine).order_by("at", "pk")),
        Prompt.objects.filter(session=session).first(),
    )


def phones_asked(term: Term, *, closed_to_user: Collection[int] = (), state: str = "") -> QuerySet[DeviceChange]:
    """Requests for another phone, those that wait first, then the latest decisions."""
    rows = DeviceChange.objects.filter(enrolment__term=term)
    rows = rows.exclude(enrolment__group__in=closed_to_user) if closed_to_user else rows
    rows = rows.filter(state=state) if state else rows
    return rows.select_related("enrolment__person__unit", "enrolment__group", "decided_by__person").order_by(
        "-asked_at", "-pk"
    )


def phones_waiting() -> int:
    """How many learners wait for an answer about another phone, today and before."""
    return DeviceChange.objects.filter(state=DeviceState.ASKED).count()


def flags_waiting() -> int:
    """How many flags nobody has decided."""
    return Flag.objects.filter(decisions__isnull=True).count()


def read_moment(text: str) -> datetime:
    """A moment as evidence keeps it, in local time."""
    return localtime(datetime.fromisoformat(text))


def users_of_phones(changes: Iterable[DeviceChange]) -> dict[str, dict[int, str]]:
    """Mark of a phone -> enrolment id -> name of whoever checked in with it, in the terms of these requests."""
    held = list(changes)
    rows = CheckEntry.objects.filter(
        device__in={change.mark for change in held}, session__term__in={change.enrolment.term_id for change in held}
    ).order_by()
    found: dict[str, dict[int, str]] = {}
    for mark, key, name in rows.values_list("device", "enrolment", "enrolment__person__name").distinct():
        found.setdefault(mark, {})[key] = name
    return found
