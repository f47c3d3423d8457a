"""Seats, timetable, attendance and assignments."""

from collections.abc import Iterable
from typing import Any

from django.utils import timezone

from lms.notifications.enums import NoticeKind as Kind
from lms.notifications.receivers.listening import address, assistants, hours, learners, on, unit_of
from lms.notifications.services import tell


@on("lms.programmes", "enrolled")
def tell_enrolled(enrolment: Any, **facts: Any) -> None:
    term, group = enrolment.term, enrolment.group
    tell(
        [enrolment.person.user],
        Kind.ENROLLED,
        key=f"enrolled:{enrolment.pk}",
        at=enrolment.enrolled_at,
        url=address("lms_programmes:desk"),
        params={
            "term": term.name,
            "starts_on": term.starts_on,
            "ends_on": term.ends_on,
            "group": group.name if group else "",
        },
    )


@on("lms.programmes", "enrolment_ended")
def tell_enrolment_ended(enrolment: Any, reason: str, **facts: Any) -> None:
    tell(
        [enrolment.person.user],
        Kind.ENROLMENT_ENDED,
        key=f"enrolment_ended:{enrolment.pk}",
        at=enrolment.ended_at,
        params={"term": enrolment.term.name, "reason": reason},
    )


@on("lms.programmes", "class_list_imported")
def tell_list_imported(group: Any, actor: Any, new: int, known: int, **facts: Any) -> None:
    now = timezone.now()
    others = [user for user in group.assistants.all() if actor is None or user.pk != actor.pk]
    tell(
        others,
        Kind.LIST_IMPORTED,
        key=f"list_imported:{group.pk}:{now.isoformat()}",
        at=now,
        url=address("lms_people_index"),
        params={"group": group.name, "new": new, "known": known},
    )


@on("lms.attendance", "timetable_published")
def tell_timetable(timetable: Any, **facts: Any) -> None:
    tell(
        learners(timetable.term_id),
        Kind.TIMETABLE_PUBLISHED,
        key=f"timetable:{timetable.pk}:{timetable.published_at.isoformat()}",
        at=timetable.published_at,
        url=address("lms_attendance:overview"),
        params={"term": timetable.term.name},
    )


@on("lms.attendance", "session_changed")
def tell_session_changed(
    session: Any, change: str, reason: str, earlier: Any, changed: frozenset[str] = frozenset(), **facts: Any
) -> None:
    """Learners who come, who came before and no longer do, and the instructors of before and now."""
    now = timezone.now()
    here, before = _come_to(session, _group_keys(session)), _come_to(session, earlier.groups)
    both = Kind.SESSION_CANCELLED if change == "cancelled" else Kind.SESSION_MOVED

    def say(people: Iterable[Any], kind: Kind, url: str, **params: Any) -> None:
        facts = {"course": session.course.title, "starts_at": session.starts_at, "room": session.room, "reason": reason}
        key = f"session:{session.pk}:{kind}:{now.isoformat()}"
        tell(people, kind, key=key, at=now, url=address(url), params={**facts, **params})

    learners_page, staff_page = "lms_attendance:overview", "lms_attendance_admin:timetable"
    if change == "added":
        say(here.values(), Kind.SESSION_ADDED, learners_page)
    elif change == "cancelled" or changed - {"groups", "instructor"}:
        say([user for key, user in here.items() if key in before], both, learners_page)
    say([user for key, user in here.items() if key not in before], Kind.SESSION_ADDED, learners_page)
    gone = [user for key, user in before.items() if key not in here]
    say(gone, Kind.SESSION_DROPPED, learners_page, starts_at=earlier.starts_at)
    teaches, taught = session.instructor, earlier.instructor
    if teaches == taught:
        kind = Kind.TEACHING_GIVEN if change == "added" else both
        say([teaches] if teaches and (change != "moved" or changed) else [], kind, staff_page)
    else:
        say([teaches] if teaches else [], Kind.TEACHING_GIVEN, staff_page)
        say([taught] if taught else [], Kind.TEACHING_TAKEN, staff_page, starts_at=earlier.starts_at)


def _group_keys(session: Any) -> frozenset[int]:
    return frozenset(session.groups.values_list("pk", flat=True))


def _come_to(session: Any, groups: Iterable[int]) -> dict[int, Any]:
    """Users expected at the session if it is for these classes (none: for everybody), by key."""
    if session.make_up:
        seats = {"make_up_seats__session": session, "make_up_seats__withdrawn_at__isnull": True}
        return {user.pk: user for user in learners(session.term_id, **seats)}
    return {user.pk: user for user in learners(session.term_id, **({"group__in": list(groups)} if groups else {}))}


@on("lms.attendance", "attendance_corrected")
def tell_attendance_corrected(mark: Any, before: int, after: int, **facts: Any) -> None:
    session = mark.session
    tell(
        [mark.enrolment.person.user],
        Kind.MINUTES_CORRECTED,
        key=f"attendance_corrected:{mark.pk}",
        at=mark.at,
        url=address("lms_attendance:own_session", session.pk),
        params={
            "course": session.course.title,
            "starts_at": session.starts_at,
            "before": before,
            "after": after,
            "minutes": session.minutes,
            "reason": mark.reason,
        },
    )


@on("lms.attendance", "absence_limit_near")
def tell_absence(enrolment: Any, outlook: str, missed: int, scheduled: int, corrections: int = 0, **facts: Any) -> None:
    """Once for each learner and level, and again after a correction: to herself, her class assistant and her unit."""
    own = {"warned": Kind.ABSENCE_WARNED, "last": Kind.ABSENCE_LAST, "over": Kind.ABSENCE_OVER}
    others = {
        "warned": Kind.LEARNER_ABSENCE_WARNED,
        "last": Kind.LEARNER_ABSENCE_LAST,
        "over": Kind.LEARNER_ABSENCE_OVER,
    }
    _tell_all(
        enrolment,
        own[outlook],
        others[outlook],
        key=f"absence:{enrolment.pk}:{outlook}:{corrections}",
        params=_absence(enrolment, missed, scheduled),
    )


@on("lms.attendance", "absence_in_a_row")
def tell_absence_in_a_row(enrolment: Any, sessions: Any, missed: int, scheduled: int, **facts: Any) -> None:
    """Once for each unbroken row: a third session missed adds no notice."""
    _tell_all(
        enrolment,
        Kind.ABSENCE_IN_A_ROW,
        Kind.LEARNER_ABSENCE_IN_A_ROW,
        key=f"absence_in_a_row:{enrolment.pk}:{sessions[0].pk}",
        params=_absence(enrolment, missed, scheduled) | {"course": sessions[-1].course.title},
    )


def _absence(enrolment: Any, missed: int, scheduled: int) -> dict[str, Any]:
    limit = int(scheduled * enrolment.term.programme.absence_limit)
    return {
        "missed": hours(enrolment, missed),
        "scheduled": hours(enrolment, scheduled),
        "limit": hours(enrolment, limit),
    }


def _tell_all(enrolment: Any, own: Kind, others: Kind, *, key: str, params: dict[str, Any]) -> None:
    """The learner in the second person; class assistant and unit by her name, each on the page that is theirs."""
    now = timezone.now()
    named = params | {"name": enrolment.person.name}
    tell([enrolment.person.user], own, key=key, at=now, url=address("lms_attendance:overview"), params=params)
    screen = address("lms_attendance_admin:exclusions")
    staff = f"{screen}?term={enrolment.term_id}" if screen else ""
    tell(assistants(enrolment), others, key=key, at=now, url=staff, params=named)
    tell(unit_of(enrolment, at=now), others, key=key, at=now, url=address("lms_attendance:unit"), params=named)


@on("lms.attendance", "make_up_assigned")
def tell_make_up(seat: Any, **facts: Any) -> None:
    tell(
        [seat.enrolment.person.user],
        Kind.MAKE_UP_ASSIGNED,
        key=f"make_up:{seat.pk}",
        at=seat.assigned_at,
        url=address("lms_attendance:overview"),
        params={
            "course": seat.missed.course.title,
            "starts_at": seat.session.starts_at,
            "room": seat.session.room,
            "missed_at": seat.missed.starts_at,
        },
    )


@on("lms.attendance", "make_up_withdrawn")
def tell_make_up_withdrawn(seat: Any, reason: str, **facts: Any) -> None:
    tell(
        [seat.enrolment.person.user],
        Kind.MAKE_UP_WITHDRAWN,
        key=f"make_up_withdrawn:{seat.pk}",
        at=seat.withdrawn_at,
        url=address("lms_attendance:overview"),
        params={"course": seat.missed.course.title, "starts_at": seat.session.starts_at, "reason": reason},
    )


@on("lms.attendance", "leave_asked")
def tell_leave_asked(leave: Any, leaves: Any, **facts: Any) -> None:
    tell(
        assistants(leave.enrolment),
        Kind.LEAVE_ASKED if len(leaves) == 1 else Kind.LEAVES_ASKED,
        key=f"leave_asked:{leave.pk}:{leave.asked_at.isoformat()}",
        at=leave.asked_at,
        url=address("lms_attendance_admin:leave"),
        params={"name": leave.enrolment.person.name, "reason": leave.reason, **_leave(leaves)},
    )


@on("lms.attendance", "leave_decided")
def tell_leave_decided(leave: Any, leaves: Any, **facts: Any) -> None:
    one = {"approved": Kind.LEAVE_APPROVED, "refused": Kind.LEAVE_REFUSED}
    several = {"approved": Kind.LEAVES_APPROVED, "refused": Kind.LEAVES_REFUSED}
    tell(
        [leave.enrolment.person.user],
        (one if len(leaves) == 1 else several)[leave.state],
        key=f"leave_decided:{leave.pk}:{leave.state}",
        at=leave.decided_at,
        url=address("lms_attendance:leave"),
        params={"answer": leave.answer, **_leave(leaves)},
    )


@on("lms.attendance", "leave_withdrawn")
def tell_leave_withdrawn(leave: Any, leaves: Any, actor: Any, reason: str, **facts: Any) -> None:
    """The assistants hear it of the learner, the learner of whoever acted for her."""
    learner = leave.enrolment.person.user
    own = actor.pk == learner.pk
    one, several = (Kind.LEAVE_WITHDRAWN, Kind.LEAVES_WITHDRAWN) if own else (Kind.LEAVE_ENDED, Kind.LEAVES_ENDED)
    tell(
        assistants(leave.enrolment) if own else [learner],
        one if len(leaves) == 1 else several,
        key=f"leave_withdrawn:{leave.pk}",
        at=leave.withdrawn_at,
        url=address("lms_attendance_admin:leave" if own else "lms_attendance:leave"),
        params={"name": leave.enrolment.person.name, "reason": reason, **_leave(leaves)},
    )


def _leave(leaves: Any) -> dict[str, Any]:
    """One session by its course, several by their first and last day."""
    first, last = leaves[0].session, leaves[-1].session
    if len(leaves) == 1:
        return {"course": first.course.title, "starts_at": first.starts_at}
    return {"count": len(leaves), "starts_at": first.starts_at, "ends_at": last.ends_at}


def _tell_exclusion(decision: Any, own: Kind, others: Kind) -> None:
    enrolment = decision.enrolment
    params = {
        "missed": hours(enrolment, decision.missed_minutes),
        "scheduled": hours(enrolment, decision.scheduled_minutes),
        "reason": decision.reason,
    }
    _tell_all(enrolment, own, others, key=f"exclusion:{decision.pk}", params=params)


@on("lms.attendance", "exclusion_confirmed")
def tell_excluded(decision: Any, **facts: Any) -> None:
    _tell_exclusion(decision, Kind.EXCLUDED, Kind.LEARNER_EXCLUDED)


@on("lms.attendance", "exclusion_lifted")
def tell_exclusion_lifted(decision: Any, **facts: Any) -> None:
    _tell_exclusion(decision, Kind.EXCLUSION_LIFTED, Kind.LEARNER_EXCLUSION_LIFTED)


@on("lms.modules", "work_marked")
def tell_work_marked(mark: Any, **facts: Any) -> None:
    tell(
        [mark.enrolment.person.user],
        Kind.WORK_MARKED,
        key=f"work_marked:{mark.pk}",
        at=mark.at,
        url=address("lms_modules:assignment", mark.assignment_id),
        params={"title": mark.assignment.title, "mark": f"{mark.value.normalize():f}", "comment": mark.comment},
    )
