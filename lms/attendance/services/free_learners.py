"""A learner is in one place at a time, also where a make-up session stands on nobody else's timetable."""

from collections.abc import Collection, Iterable
from datetime import datetime

from django.utils.translation import gettext as _

from lms.attendance.enums import SessionState
from lms.attendance.models import MakeUpSeat, Session
from lms.attendance.selectors import of_learner
from lms.core.exceptions import DomainError, refuse
from lms.core.templatetags.lms_ui import when
from lms.programmes.models import ClassGroup, Enrolment


def require_free(session: Session, learners: Iterable[Enrolment], starts_at: datetime, ends_at: datetime) -> None:
    """Refuses `learner_taken` when one of them has another session between these times."""
    for seat in learners:
        other = (
            Session.objects.filter(term=session.term_id, starts_at__lt=ends_at, ends_at__gt=starts_at)
            .filter(of_learner(seat))
            .exclude(state=SessionState.CANCELLED)
            .exclude(pk=session.pk)
            .select_related("course")
            .first()
        )
        if other is not None:
            raise _taken(seat, other)


def require_learners_free(
    session: Session, starts_at: datetime, ends_at: datetime, groups: Collection[ClassGroup]
) -> None:
    """Before a session is placed or moved: refuses `learner_taken` when somebody assigned to it, if it is a make-up
    session, or somebody of its classes (none: of the term) who makes another session up, is elsewhere then.
    """
    if session.make_up:
        seats = session.make_up_seats.filter(withdrawn_at__isnull=True).select_related("enrolment__person")
        require_free(session, [seat.enrolment for seat in seats], starts_at, ends_at)
        return
    busy = MakeUpSeat.objects.filter(
        withdrawn_at__isnull=True,
        session__term=session.term_id,
        session__starts_at__lt=ends_at,
        session__ends_at__gt=starts_at,
    ).exclude(session__state=SessionState.CANCELLED)
    if groups:
        busy = busy.filter(enrolment__group__in=groups)
    found = busy.select_related("session__course", "enrolment__person").first()
    if found is not None:
        raise _taken(found.enrolment, found.session)


def _taken(seat: Enrolment, other: Session) -> DomainError:
    return refuse(
        "learner_taken",
        _("%(name)s has “%(course)s” on %(when)s.")
        % {"name": seat.person.name, "course": other.course.title, "when": when(other.starts_at)},
        _("Choose another time, or other learners."),
    )
