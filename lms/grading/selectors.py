"""Reads about results. The latest version is what examiners see; the latest *released* one is what counts outside."""

from collections.abc import Iterable, Sequence
from fractions import Fraction
from typing import Any

from django.db.models import Max, OuterRef, QuerySet, Subquery
from django.utils.translation import gettext as _

from lms.appeals.rules import AppealableDecision
from lms.grading.enums import Outcome
from lms.grading.models import ResultVersion
from lms.grading.rules import compose, read_figures, read_fraction
from lms.programmes.models import Enrolment, Programme, Term
from lms.programmes.rules import Difference


def latest_versions(term: Term) -> QuerySet[ResultVersion]:
    """The latest version of every seat of the term, with its release."""
    return _newest(ResultVersion.objects.filter(enrolment__term=term), ResultVersion.objects.all())


def released_results(term: Term) -> QuerySet[ResultVersion]:
    """The result in force of every seat of the term: its latest released version, with person and unit."""
    released = ResultVersion.objects.filter(release__isnull=False)
    return _newest(released.filter(enrolment__term=term), released).select_related(
        "enrolment__person__unit", "enrolment__term__programme"
    )


def result_in_force(enrolment: Enrolment) -> ResultVersion | None:
    """The latest released version, or None. One query."""
    return (
        ResultVersion.objects.filter(enrolment=enrolment, release__isnull=False)
        .select_related("release")
        .order_by("-version")
        .first()
    )


def results_of(enrolments: Iterable[Enrolment]) -> QuerySet[ResultVersion]:
    """Released versions of these seats, newest first: the history a learner sees."""
    return (
        ResultVersion.objects.filter(enrolment__in=enrolments, release__isnull=False)
        .select_related("release", "enrolment__term__programme")
        .order_by("-enrolment__term__starts_on", "-version")
    )


def version_of_appeal(reference: str) -> ResultVersion | None:
    """The version an appeal's reference ("result:12") names."""
    key = reference.rpartition(":")[2]
    return ResultVersion.objects.select_related("enrolment").filter(pk=key).first() if key.isdigit() else None


def has_released_results(programme: Programme) -> bool:
    """Whether any result of the programme has been released."""
    return ResultVersion.objects.filter(enrolment__term__programme=programme, release__isnull=False).exists()


def appealable_results(enrolment: Enrolment) -> Sequence[AppealableDecision]:
    """The result in force, as a decision that can be appealed (R14). One query."""
    version = result_in_force(enrolment)
    if version is None:
        return ()
    return (
        AppealableDecision(
            reference=f"result:{version.pk}",
            title=_result_title(version),
            decided_at=version.release.released_at,
            detail="\n".join(refusal["sentence"] for refusal in version.refusals),
            decided_by=version.release.released_by_id,
        ),
    )


def verify_results() -> Iterable[Difference]:
    """Recompute every stored version from its own recorded parts and figures; version numbers run 1, 2, 3."""
    last: dict[int, int] = {}
    for version in ResultVersion.objects.order_by("enrolment_id", "version").iterator():
        where = f"lms_grading.resultversion:{version.pk}"
        expected = last.get(version.enrolment_id, 0) + 1
        last[version.enrolment_id] = version.version
        if version.version != expected:
            yield Difference(f"{where} version", str(expected), str(version.version))
        yield from _verify_version(version, where)


def read_marks(parts: dict[str, Any]) -> dict[str, Fraction | None]:
    """The recorded marks of a version, exact."""
    return {part: read_fraction(row["value"]) for part, row in parts.items()}


def _verify_version(version: ResultVersion, where: str) -> Iterable[Difference]:
    again = compose(read_marks(version.parts), read_figures(version.arithmetic["figures"]))
    if again.total != version.total:
        yield Difference(f"{where} total", str(again.total), str(version.total))
    outcome = Outcome.EXCLUDED.value if version.refusals else again.outcome
    if outcome != version.outcome:
        yield Difference(f"{where} outcome", outcome, str(version.outcome))


def _newest(rows: QuerySet[ResultVersion], among: QuerySet[ResultVersion]) -> QuerySet[ResultVersion]:
    newest = (
        among.filter(enrolment=OuterRef("enrolment"))
        .order_by()
        .values("enrolment")
        .annotate(last=Max("version"))
        .values("last")
    )
    return rows.filter(version=Subquery(newest)).select_related("release").order_by("enrolment__number")


def _result_title(version: ResultVersion) -> str:
    outcome = Outcome(version.outcome).label
    if version.total is None or version.outcome == Outcome.EXCLUDED:
        return _("Result: %(outcome)s") % {"outcome": outcome}
    return _("Result: %(total)s, %(outcome)s") % {"total": version.total, "outcome": outcome}
