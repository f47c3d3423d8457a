"""The trainee archive and the report of a term (R21, R29): reads only, every figure from the app that owns it."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from django.db.models import Q, QuerySet, Sum

from lms.certificates.models import Certificate
from lms.grading.enums import Outcome
from lms.grading.models import ResultVersion
from lms.grading.rules import round_half_up
from lms.grading.selectors import released_results
from lms.people.models import Person
from lms.programmes.enums import EnrolmentState, HourKind
from lms.programmes.models import Enrolment, HourEntry, Term
from lms.programmes.selectors import LIVE


@dataclass(frozen=True)
class ArchiveRow:
    """One seat with its class hours, its result in force and its certificate."""

    enrolment: Enrolment
    offline_minutes: int
    online_minutes: int
    result: ResultVersion | None
    certificate: Certificate | None


@dataclass(frozen=True)
class TermReport:
    """Figures of a term; `pass_rate` is of all released results, per cent with one decimal; None without any."""

    term: Term
    seats: int
    left: int
    completed: int
    outcomes: dict[str, int]
    pass_rate: Decimal | None
    average: Decimal | None
    certificates: int
    revoked: int
    offline_minutes: int
    online_minutes: int


def archive_seats(*, text: str = "", term: Term | None = None, state: str = "") -> QuerySet[Enrolment]:
    """Every seat ever given, newest term first; searched by name, pinyin, unit or certificate number."""
    rows = Enrolment.objects.select_related("person__unit", "term__programme", "group")
    if term is not None:
        rows = rows.filter(term=term)
    if state:
        rows = rows.filter(state=state)
    if text:
        wanted = Q(person__name__icontains=text) | Q(person__pinyin__icontains=text)
        wanted |= Q(person__unit__name__icontains=text)
        numbered = Certificate.objects.filter(number__iexact=text).values("enrolment")
        rows = rows.filter(wanted | Q(pk__in=numbered))
    return rows.order_by("-term__starts_on", "term", "number")


def archive_rows(seats: Sequence[Enrolment]) -> list[ArchiveRow]:
    """The seats with hours, results and certificates, in three queries however many."""
    keys = [seat.pk for seat in seats]
    minutes = _minutes(keys)
    results = _results(keys)
    held = Certificate.objects.filter(enrolment__in=keys).order_by("issued_at", "pk")
    certificates = {row.enrolment_id: row for row in held}
    return [
        ArchiveRow(
            seat,
            minutes[seat.pk, HourKind.OFFLINE.value],
            minutes[seat.pk, HourKind.ONLINE.value],
            results.get(seat.pk),
            certificates.get(seat.pk),
        )
        for seat in seats
    ]


def archive_of(person: Person) -> list[ArchiveRow]:
    """Every term one person attended."""
    return archive_rows(list(archive_seats().filter(person=person)))


def term_report(term: Term) -> TermReport:
    """Counts, pass rate and hours of a term from rows that stand now."""
    states = Counter(Enrolment.objects.filter(term=term).values_list("state", flat=True))
    results = list(released_results(term).filter(enrolment__state__in=LIVE))
    outcomes = Counter(str(row.outcome) for row in results)
    certificates = Certificate.objects.filter(enrolment__term=term)
    minutes = HourEntry.objects.filter(enrolment__term=term).values("kind").annotate(total=Sum("minutes"))
    by_kind = {row["kind"]: row["total"] for row in minutes}
    return TermReport(
        term=term,
        seats=sum(states[state] for state in LIVE),
        left=states[EnrolmentState.WITHDRAWN] + states[EnrolmentState.DEFERRED],
        completed=states[EnrolmentState.COMPLETED],
        outcomes={value: outcomes[value] for value in Outcome.values},
        pass_rate=_rate(outcomes[Outcome.PASSED.value], len(results)),
        average=_average(results),
        certificates=certificates.filter(revoked_at=None).count(),
        revoked=certificates.filter(revoked_at__isnull=False).count(),
        offline_minutes=by_kind.get(HourKind.OFFLINE.value, 0),
        online_minutes=by_kind.get(HourKind.ONLINE.value, 0),
    )


def _minutes(keys: Sequence[int]) -> Counter[tuple[int, str]]:
    rows = HourEntry.objects.filter(enrolment__in=keys).values("enrolment", "kind").annotate(total=Sum("minutes"))
    return Counter({(row["enrolment"], row["kind"]): row["total"] for row in rows})


def _results(keys: Sequence[int]) -> dict[int, ResultVersion]:
    released = ResultVersion.objects.filter(enrolment__in=keys, release__isnull=False).order_by("version")
    return {row.enrolment_id: row for row in released}


def _rate(part: int, whole: int) -> Decimal | None:
    return round_half_up(Fraction(part * 100, whole), 1) if whole else None


def _average(results: Sequence[ResultVersion]) -> Decimal | None:
    totals = [Fraction(row.total) for row in results if row.total is not None and row.outcome != Outcome.EXCLUDED]
    return round_half_up(sum(totals, Fraction(0)) / len(totals)) if totals else None
