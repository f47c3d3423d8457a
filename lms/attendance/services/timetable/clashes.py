"""One room, one instructor and one class are in one place at a time, across all terms."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import connection
from django.utils.translation import gettext as _

from lms.attendance.enums import SessionState
from lms.attendance.models import Session
from lms.attendance.selectors import staff_name
from lms.attendance.services.timetable.plans import SessionPlan
from lms.core.exceptions import DomainError, Refusal
from lms.core.templatetags.lms_ui import clock_time, when
from lms.programmes.models import Term

#: Key of the lock that every placing of a session takes; PostgreSQL only, SQLite has one writer at a time anyway.
PLACING = 0x6C6D7374


@dataclass(frozen=True)
class Clash:
    """Two things in one place at a time: the plan by its position, and what stands in its way, named."""

    index: int
    refusal: Refusal


@dataclass(frozen=True)
class _Taken:
    """What keeps a room, an instructor and classes busy: a session on record, or another one being laid out."""

    starts_at: datetime
    ends_at: datetime
    room: str
    instructor_id: int | None
    term_id: int
    groups: frozenset[int]
    make_up: bool
    title: str
    pk: int | None = None


def lock_placing() -> None:
    """Whoever places a session waits here until the others have committed; held to the end of the transaction.

    One lock for all, because a plan binds a room, an instructor and classes of any term at once.
    """
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [PLACING])


def require_no_clash(term: Term, plan: SessionPlan, session: Session | None = None) -> None:
    """Refuses `room_taken`, `instructor_taken`, `class_taken`, each naming the session in the way."""
    clashes = find_clashes(term, [plan], session=session)
    if clashes:
        raise DomainError(*(clash.refusal for clash in clashes))


def find_clashes(term: Term, plans: Sequence[SessionPlan], *, session: Session | None = None) -> list[Clash]:
    """Every clash of the plans with sessions on record and among themselves, in order of the plans: two queries.

    `session` is the one being changed. A make-up session keeps its room and instructor busy, not a class.
    """
    if not plans:
        return []
    first, last = min(plan.starts_at for plan in plans), max(plan.ends_at for plan in plans)
    taken = list(_on_record(first, last, session))
    found: list[Clash] = []
    for index, plan in enumerate(plans):
        wish = _of_plan(term, plan)
        found += [Clash(index, refusal) for refusal in _refusals(plan, wish, taken)]
        taken.append(wish)
    return found


def _on_record(first: datetime, last: datetime, session: Session | None) -> Iterable[_Taken]:
    rows = Session.objects.filter(starts_at__lt=last, ends_at__gt=first).exclude(state=SessionState.CANCELLED)
    if session is not None:
        rows = rows.exclude(pk=session.pk)
    for row in rows.select_related("course").prefetch_related("groups").order_by("starts_at", "pk"):
        groups = frozenset(group.pk for group in row.groups.all())
        yield _Taken(
            row.starts_at, row.ends_at, row.room, row.instructor_id, row.term_id, groups, row.make_up, str(row), row.pk
        )


def _of_plan(term: Term, plan: SessionPlan) -> _Taken:
    groups = frozenset(group.pk for group in plan.groups)
    instructor = plan.instructor.pk if plan.instructor is not None else None
    return _Taken(plan.starts_at, plan.ends_at, plan.room, instructor, term.pk, groups, plan.make_up, plan.course.title)


def _refusals(plan: SessionPlan, wish: _Taken, taken: Iterable[_Taken]) -> list[Refusal]:
    found: dict[str, Refusal] = {}
    for other in taken:
        if other.starts_at >= wish.ends_at or other.ends_at <= wish.starts_at:
            continue
        if wish.room and other.room == wish.room:
            found.setdefault("room_taken", _say("room_taken", plan, other))
        if wish.instructor_id is not None and other.instructor_id == wish.instructor_id:
            found.setdefault("instructor_taken", _say("instructor_taken", plan, other))
        if _share_a_class(wish, other):
            found.setdefault("class_taken", _say("class_taken", plan, other))
    return list(found.values())


def _share_a_class(one: _Taken, other: _Taken) -> bool:
    if one.term_id != other.term_id or one.make_up or other.make_up:
        return False
    return not one.groups or not other.groups or not one.groups.isdisjoint(other.groups)


def _say(code: str, plan: SessionPlan, other: _Taken) -> Refusal:
    sentences = {
        "room_taken": _("%(room)s: “%(course)s” is there on %(when)s–%(until)s."),
        "instructor_taken": _("%(instructor)s teaches “%(course)s” on %(when)s–%(until)s."),
        "class_taken": _("The class has “%(course)s” on %(when)s–%(until)s."),
    }
    sentence = sentences[code] % {
        "room": plan.room,
        "instructor": staff_name(plan.instructor) if plan.instructor is not None else "",
        "course": other.title,
        "when": when(other.starts_at),
        "until": clock_time(other.ends_at),
    }
    return Refusal(code, sentence, _("Choose another time or room."), {"session": other.pk})
