"""Whether figures of a programme may still change: this app's own reasons, then everybody else's gates."""

from collections.abc import Iterable, Iterator
from datetime import datetime

from django.utils.timezone import localdate
from django.utils.translation import gettext as _

from lms.core.exceptions import DomainError, Refusal
from lms.core.gates import ask
from lms.programmes.models import Enrolment, HourEntry, Programme, Term
from lms.programmes.rules import Change, day_start
from lms.programmes.selectors import LIVE, seats_taken

CHANGE_GATES = "LMS_PROGRAMMES_CHANGE_GATES"
TERM_DAYS = ("starts_on", "ends_on", "registration_opens_on", "registration_closes_on")


def refusals_of(programme: Programme, changes: Iterable[Change], *, at: datetime) -> list[Refusal]:
    """Every reason why these changes would alter a decision already made; empty = they may be made.

    Gates of `LMS_PROGRAMMES_CHANGE_GATES` are asked with (programme as stored, frozenset of changed keys); keys are
    those of the programme file ("assessment.regular", "terms.2025-spring.capacity").
    """
    changed = tuple(changes)
    if not changed:
        return []
    by_key = {change.key: change for change in changed}
    own = [*_hour_refusals(programme, by_key), *_curriculum_refusals(by_key), *_appeal_refusals(programme, by_key, at)]
    if by_key.keys() & {"certificate.number_pattern", "programme.year"}:
        pattern, year = (_after(by_key, *figure) for figure in _numbering(programme))
        own += number_refusals(programme, str(pattern), int(str(year)))
    for term in programme.terms.prefetch_related("groups"):
        own += _term_refusals(term, by_key, at)
    return own + ask(CHANGE_GATES, programme, frozenset(by_key))


def require_changeable(programme: Programme, changes: Iterable[Change], *, at: datetime) -> None:
    """Raise `DomainError` with every reason at once, or return."""
    refusals = refusals_of(programme, changes, at=at)
    if refusals:
        raise DomainError(*refusals)


def number_refusals(programme: Programme | None, pattern: str, year: int) -> list[Refusal]:
    """A certificate number is unique for ever (R15): no two programmes may number alike."""
    others = Programme.objects.exclude(pk=programme.pk) if programme else Programme.objects.all()
    return [
        Refusal(
            "number_pattern_taken",
            _("Certificates would be numbered like those of the programme %(programme)s.") % {"programme": other.slug},
            _("Choose another pattern."),
            {"key": "certificate.number_pattern", "programme": other.slug},
            "R15",
        )
        for other in others
        if other.number_pattern.format(year=other.year, serial=1) == pattern.format(year=year, serial=1)
    ]


def _numbering(programme: Programme) -> tuple[tuple[str, object], tuple[str, object]]:
    return ("certificate.number_pattern", programme.number_pattern), ("programme.year", programme.year)


def _after(by_key: dict[str, Change], key: str, stored: object) -> object:
    return by_key[key].new if key in by_key else stored


def _appeal_refusals(programme: Programme, by_key: dict[str, Change], at: datetime) -> Iterator[Refusal]:
    """From the first day of a term on there are decisions that were announced with their period to appeal (R14)."""
    if "appeal.working_days" not in by_key:
        return
    seats = Enrolment.objects.filter(term__programme=programme)
    begun = seats.filter(term__starts_on__lte=localdate(at)).values_list("term__name", flat=True).first()
    if begun is not None:
        yield Refusal(
            "appeals_running",
            _("The period to appeal can no longer change: %(term)s has begun.") % {"term": begun},
            _("Decisions were announced with the present period."),
            {"key": "appeal.working_days"},
            "R14",
        )


def _hour_refusals(programme: Programme, by_key: dict[str, Change]) -> Iterator[Refusal]:
    if "hours.class_hour_minutes" not in by_key:
        return
    entries = HourEntry.objects.filter(enrolment__term__programme=programme).count()
    if entries:
        yield Refusal(
            "hours_given",
            _("The length of a class hour can no longer change: class hours have been credited."),
            _("%(count)d entries stand in the ledger.") % {"count": entries},
            {"key": "hours.class_hour_minutes", "entries": entries},
            "R2",
        )


def _curriculum_refusals(by_key: dict[str, Change]) -> Iterator[Refusal]:
    """Courses hold lessons, sessions and questions: a file may add and rename them, never take one away."""
    held = {str(change.new) for key, change in by_key.items() if key.endswith(".code") and change.new is not None}
    for key, change in by_key.items():
        parts = key.split(".")
        if change.new is not None or parts[0] != "modules":
            continue
        if len(parts) == 5 and parts[4] == "code" and str(change.old) not in held:
            yield Refusal(
                "course_gone",
                _("Course %(code)s is missing from the file; a course is never deleted.") % {"code": change.old},
                _("Put it back into the file."),
                {"key": key},
            )
        if len(parts) == 3 and parts[2] == "kind":
            yield Refusal(
                "module_gone",
                _("Module %(kind)s is missing from the file; a module is never deleted.") % {"kind": change.old},
                _("Put it back into the file."),
                {"key": key},
            )


def _term_refusals(term: Term, by_key: dict[str, Change], at: datetime) -> Iterator[Refusal]:
    prefix = f"terms.{term.code}."
    concerned = {key: change for key, change in by_key.items() if key.startswith(prefix)}
    if not concerned:
        return
    moved = [key for key in concerned if key.removeprefix(prefix) in TERM_DAYS]
    has_seats = Enrolment.objects.filter(term=term).exists()
    if moved and has_seats and at >= day_start(term.starts_on):
        yield Refusal(
            "term_begun",
            _("The dates of %(term)s can no longer move: the term has begun.") % {"term": term.name},
            _("It began on %(day)s and has learners.") % {"day": term.starts_on.isoformat()},
            {"keys": moved, "starts_on": term.starts_on.isoformat()},
            "R1",
        )
    yield from _seat_refusals(term, concerned, prefix)


def _seat_refusals(term: Term, concerned: dict[str, Change], prefix: str) -> Iterator[Refusal]:
    seats = concerned.get(f"{prefix}capacity")
    taken = seats_taken(term)
    if seats is not None and isinstance(seats.new, int) and seats.new < taken:
        yield _too_few(term.name, seats, taken)
    for group in term.groups.all():
        seats = concerned.get(f"{prefix}groups.{group.code}.capacity")
        taken = Enrolment.objects.filter(group=group, state__in=LIVE).count()
        if seats is not None and isinstance(seats.new, int) and seats.new < taken:
            yield _too_few(group.name, seats, taken)


def _too_few(name: str, seats: Change, taken: int) -> Refusal:
    return Refusal(
        "seats_taken",
        _("%(name)s cannot have %(new)s seats: %(taken)d are taken.")
        % {"name": name, "new": seats.new, "taken": taken},
        _("Keep at least as many seats as learners."),
        {"key": seats.key, "new": seats.new, "taken": taken},
        "R4",
    )
