"""The learner's own results."""

from datetime import date

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from lms.appeals.selectors import filing_deadline
from lms.core.screens import Action, DeskCard, Figure
from lms.grading.enums import Outcome
from lms.grading.models import ResultVersion
from lms.grading.selectors import result_in_force, results_of
from lms.grading.views.shown import TONES, ShownResult, show_result
from lms.people.selectors import person_of
from lms.programmes.models import Enrolment
from lms.programmes.selectors import enrolments_of


@login_required
@require_safe
def my_results(request: HttpRequest) -> HttpResponse:
    """The result in force of every term she attended, with its arithmetic, and the versions before it."""
    person = person_of(request.user)
    versions = list(results_of(list(enrolments_of(person)))) if person else []
    in_force: list[ShownResult] = []
    earlier: list[ShownResult] = []
    seen: set[int] = set()
    for version in versions:
        (earlier if version.enrolment_id in seen else in_force).append(show_result(version))
        seen.add(version.enrolment_id)
    context = {
        "results": in_force,
        "earlier": earlier,
        "revised": {shown.version.enrolment_id for shown in earlier},
        "appeal_days": {shown.version.pk: _appeal_day(shown.version) for shown in in_force},
        "today": timezone.localdate(),
        "person": person,
        "place": "me",
    }
    return render(request, "lms_grading/my_results.html", context)


def _appeal_day(version: ResultVersion) -> date | None:
    """The last day on which she may appeal a released version."""
    return filing_deadline(version.enrolment, version.release.released_at) if version.release else None


def desk_card(request: HttpRequest, enrolment: Enrolment) -> DeskCard | None:
    """The released result on the desk. One query."""
    version = result_in_force(enrolment)
    if version is None:
        return None
    figures: tuple[Figure, ...] = ()
    if version.total is not None and version.outcome != Outcome.EXCLUDED:
        figures = (Figure(_("Total"), str(version.total), of="100"),)
    return DeskCard(
        key="grading",
        zone="progress",
        order=40,
        icon="exam",
        title=_("Result"),
        state=TONES[version.outcome],
        state_label=str(Outcome(version.outcome).label),
        figures=figures,
        lines=tuple(row["sentence"] for row in version.refusals),
        actions=(Action(_("See the calculation"), reverse("lms_grading:mine")),),
    )
