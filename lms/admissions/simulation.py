"""Applications of a simulated term: everybody applies within the window and is admitted in the order of R4."""

from datetime import datetime, timedelta

from django.db import transaction

from lms.admissions import services
from lms.admissions.enums import ApplicationState, Degree, Grade
from lms.admissions.models import Application
from lms.admissions.selectors import ranking, years_of
from lms.core.exceptions import DomainError
from lms.programmes.models import ClassGroup
from lms.programmes.rules import day_end, day_start
from lms.programmes.simulation import SimulatedLearner, SimulatedTerm

DEGREES = (Degree.COLLEGE, Degree.BACHELOR, Degree.BACHELOR, Degree.BACHELOR, Degree.MASTER)
GRADES = (Grade.COMPETENT, Grade.COMPETENT, Grade.COMPETENT, Grade.EXCELLENT)
MINUTES_AT_THE_FORM = 25


@transaction.atomic
def apply_and_admit(world: SimulatedTerm) -> None:
    """Counts `applied` and `admitted`; run again, those who hold a seat are only counted."""
    opens, closes = day_start(world.term.registration_opens_on), day_end(world.term.registration_closes_on)
    last = min(closes, world.until)
    groups = list(ClassGroup.objects.filter(term=world.term).order_by("code"))
    rng = world.rng("admissions")
    moments = [opens + (last - opens) * rng.random() for _learner in world.learners] if last > opens else []
    for learner, moment in sorted(zip(world.learners, moments, strict=False), key=lambda pair: pair[1]):
        if learner.enrolment is not None:
            world.counts["applied"] += 1
        else:
            world.counts["applied"] += _apply(world, learner, _group(groups, world, learner), moment, last)
    _admit(world, closes)


def _group(groups: list[ClassGroup], world: SimulatedTerm, learner: SimulatedLearner) -> ClassGroup | None:
    return groups[world.learners.index(learner) % len(groups)] if groups else None


def _apply(
    world: SimulatedTerm, learner: SimulatedLearner, group: ClassGroup | None, moment: datetime, last: datetime
) -> bool:
    rng = world.rng("application", learner.person.id_number)
    user = learner.person.user
    submitted = min(moment + timedelta(minutes=MINUTES_AT_THE_FORM), last - timedelta(seconds=1))
    try:
        application = services.start_application(learner.person, world.term, at=min(moment, submitted), actor=user)
        if not application.is_draft:
            return True
        services.confirm_identity(application, at=submitted, actor=user)
        services.save_class(application, group=group, actor=user)
        services.save_materials(
            application,
            degree=rng.choice(DEGREES).value,
            appraisals={str(year): rng.choice(GRADES).value for year in years_of(world.term)},
            grounds=[ground for ground in world.term.programme.priority_grounds if rng.random() < 0.3],
            actor=user,
        )
        services.submit_application(application, at=submitted, actor=user)
    except DomainError:
        return False
    return True


def _admit(world: SimulatedTerm, closes: datetime) -> None:
    """The reviewer decides the day after the window closes, as far as time has come."""
    decided = closes + timedelta(hours=10)
    reviewer = world.staff.get("reviewer")
    if decided <= world.until:
        for application in ranking(world.term):
            _decide(application, decided, reviewer)
    held = Application.objects.filter(term=world.term, state=ApplicationState.ADMITTED).select_related("enrolment")
    seats = {row.person_id: row.enrolment for row in held}
    for learner in world.learners:
        learner.enrolment = learner.enrolment or seats.get(learner.person.pk)
        world.counts["admitted"] += learner.enrolment is not None


def _decide(application: Application, at: datetime, reviewer: object) -> None:
    try:
        services.admit_application(application, at=at, actor=reviewer, any_class=True)
    except DomainError:
        if application.state == ApplicationState.SUBMITTED:
            services.wait_list_application(application, at=at, actor=reviewer)
