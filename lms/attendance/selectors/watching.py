"""What a learner's open page asks again and again while a check during class may come: one statement, compiled once."""

from datetime import datetime, timedelta
from functools import cache
from importlib import import_module
from typing import Any

from django.conf import settings
from django.contrib.sessions.backends.db import SessionStore
from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery

from lms.attendance.enums import CheckKind, SessionState
from lms.attendance.models import CheckEntry, MakeUpSeat, Session
from lms.attendance.rules import Watched
from lms.core.selectors import CompiledRead
from lms.programmes.models import Enrolment
from lms.programmes.selectors import LIVE

WATCHED_AHEAD = timedelta(hours=12)


def watched_sessions(seat: int, *, login: str, at: datetime) -> list[Watched]:
    """The sessions of a seat with a check during class that run now or begin within twelve hours, in order of time.

    One statement. Empty when the seat or the account lives no more, or when the signed-in session `login` has ended,
    which is asked where sessions are in the database.
    """
    values = {"seat": seat, "now": at, "soon": at + WATCHED_AHEAD}
    if login_rows() is not None:
        values["login"] = login
    return [Watched(*row) for row in _read()(**values)]


@cache
def login_rows() -> Any:
    """The model of signed-in sessions when they are in the database; None with any other session engine."""
    store = import_module(settings.SESSION_ENGINE).SessionStore
    return store.get_model_class() if issubclass(store, SessionStore) else None


@cache
def _read() -> CompiledRead:
    slots = {"seat": int, "now": datetime, "soon": datetime}
    return CompiledRead(_rows, **slots) if login_rows() is None else CompiledRead(_rows, **slots, login=str)


def _rows(seat: int, now: datetime, soon: datetime, login: str = "") -> QuerySet[Any, Any]:
    held = Enrolment.objects.filter(pk=seat, state__in=LIVE, person__user__is_active=True).order_by()
    seats = MakeUpSeat.objects.filter(enrolment=seat, withdrawn_at__isnull=True, session=OuterRef("pk"))
    hers = Q(groups__isnull=True) | Q(groups__in=held.values("group"))
    found = (
        Session.objects.filter(term__in=held.values("term"), mid_check_minutes__gt=0)
        .filter(state__in=[SessionState.PLANNED, SessionState.OPEN], ends_at__gt=now, starts_at__lt=soon)
        .filter((Q(make_up=False) & hers) | (Q(make_up=True) & Q(Exists(seats))))
        .annotate(came=_entry(seat, CheckKind.IN), mid=_entry(seat, CheckKind.MID), gone=_entry(seat, CheckKind.OUT))
        .order_by("starts_at", "pk")
    )
    if login:
        found = found.filter(Exists(login_rows().objects.filter(session_key=login, expire_date__gt=now)))
    return found.values_list("pk", "starts_at", "ends_at", "prompt__opens_at", "prompt__until", "came", "mid", "gone")


def _entry(seat: int, kind: CheckKind) -> Subquery:
    return Subquery(CheckEntry.objects.filter(session=OuterRef("pk"), enrolment=seat, kind=kind).values("at")[:1])
