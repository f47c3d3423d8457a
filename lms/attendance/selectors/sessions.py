"""Which sessions there are, for whom."""

from datetime import datetime

from django.db.models import Exists, OuterRef, Prefetch, Q, QuerySet, Subquery
from django.utils.timezone import localdate

from lms.attendance.enums import SessionState
from lms.attendance.models import AttendanceMark, MakeUpSeat, Session
from lms.programmes.models import Enrolment, Term
from lms.programmes.selectors import live_enrolments

LIVE_SEATS = Prefetch(
    "make_up_seats",
    MakeUpSeat.objects.filter(withdrawn_at__isnull=True).select_related("enrolment__person", "missed__course"),
    to_attr="live_seats",
)


def sessions_of(term: Term) -> QuerySet[Session]:
    """The timetable: sessions that are not cancelled, in order of time, with course, instructor and classes.

    Make-up sessions are not among them: they add no class hours (R12).
    """
    return (
        Session.objects.filter(term=term, make_up=False)
        .exclude(state=SessionState.CANCELLED)
        .select_related("course", "instructor__person")
        .prefetch_related("groups")
        .order_by("starts_at", "pk")
    )


def make_up_sessions(term: Term) -> QuerySet[Session]:
    """Make-up sessions that are not cancelled, in order of time, with course, instructor and live seats."""
    return (
        Session.objects.filter(term=term, make_up=True)
        .exclude(state=SessionState.CANCELLED)
        .select_related("course", "instructor__person", "term__programme")
        .prefetch_related(LIVE_SEATS)
        .order_by("starts_at", "pk")
    )


def of_learner(enrolment: Enrolment, session: str = "") -> Q:
    """The sessions of her classes, and the make-up sessions where she holds a seat; `session` leads to them."""
    at = f"{session}__" if session else ""
    seats = MakeUpSeat.objects.filter(enrolment=enrolment, withdrawn_at__isnull=True, session=OuterRef(f"{at}pk"))
    hers = Q(**{f"{at}groups__isnull": True}) | Q(**{f"{at}groups": enrolment.group_id})
    return (Q(**{f"{at}make_up": False}) & hers) | (Q(**{f"{at}make_up": True}) & Q(Exists(seats)))


def visible_sessions(enrolment: Enrolment) -> QuerySet[Session]:
    """Sessions that count for this learner, of a published timetable, and where she makes one of them up.

    `mark_minutes` is what a person entered.

    What ended before she had her seat does not count, unless a correction says that she was there (R12).
    """
    marks = AttendanceMark.objects.filter(session=OuterRef("pk"), enrolment=enrolment).order_by("-revision")
    return (
        Session.objects.filter(term_id=enrolment.term_id, term__timetable__published_at__isnull=False)
        .filter(of_learner(enrolment))
        .annotate(mark_minutes=Subquery(marks.values("minutes")[:1]))
        .filter(Q(ends_at__gt=enrolment.enrolled_at) | Q(mark_minutes__isnull=False))
        .exclude(state=SessionState.CANCELLED)
        .select_related("course", "instructor__person")
        .order_by("starts_at", "pk")
    )


def belongs(session: Session, enrolment: Enrolment) -> bool:
    """Whether the session is one of the learner's classes, or she makes up there; uses the prefetched classes."""
    if session.make_up:
        return session.make_up_seats.filter(enrolment=enrolment, withdrawn_at__isnull=True).exists()
    groups = session.groups.all()
    return not groups or any(group.pk == enrolment.group_id for group in groups)


def is_expected(session: Session, enrolment: Enrolment) -> bool:
    """Whether the learner belongs to the session and had her seat before it ended (R12)."""
    return belongs(session, enrolment) and session.ends_at > enrolment.enrolled_at


def class_enrolments(session: Session) -> QuerySet[Enrolment]:
    """Seats of its classes (of a make-up session: those assigned), late ones included, with person, unit and class."""
    held = live_enrolments(session.term)
    if session.make_up:
        seats = MakeUpSeat.objects.filter(session=session, withdrawn_at__isnull=True)
        return held.filter(pk__in=seats.values("enrolment"))
    groups = [group.pk for group in session.groups.all()]
    return held.filter(group__in=groups) if groups else held


def expected_enrolments(session: Session) -> QuerySet[Enrolment]:
    """Seats expected at the session, with person, unit and class."""
    return class_enrolments(session).filter(enrolled_at__lt=session.ends_at)


def scheduled_minutes_by_group(term: Term) -> dict[str, int]:
    """Name of each class -> class minutes its timetable adds up to (R2); one entry named after a term without."""
    sessions = list(sessions_of(term))
    groups = list(term.groups.all())
    common = sum(session.minutes for session in sessions if not session.groups.all())
    if not groups:
        return {term.name: common}
    own = {group.pk: common for group in groups}
    for session in sessions:
        for group in session.groups.all():
            own[group.pk] += session.minutes
    return {group.name: own[group.pk] for group in groups}


def staff_terms() -> QuerySet[Term]:
    """Terms to choose from in the back office, the latest first."""
    return Term.objects.select_related("programme").order_by("-starts_on", "-pk")


def sessions_today(now: datetime) -> QuerySet[Session]:
    """Sessions of the day in Asia/Shanghai that are not cancelled, in order of time, with their course."""
    rows = Session.objects.exclude(state=SessionState.CANCELLED).select_related("course")
    return rows.filter(starts_at__date=localdate(now)).order_by("starts_at", "pk")


def sessions_to_close(now: datetime) -> QuerySet[Session]:
    """Sessions that are over and whose sheet nobody has closed."""
    return Session.objects.filter(ends_at__lt=now, state__in=[SessionState.PLANNED, SessionState.OPEN])
