"""The results of a simulated term: composed, looked at, released."""

from datetime import timedelta

from lms.core.exceptions import DomainError
from lms.grading.enums import Outcome
from lms.grading.selectors import released_results
from lms.grading.services import compose_results, release_results
from lms.programmes.rules import day_end
from lms.programmes.simulation import SimulatedTerm

DAYS_AFTER = 3


def compose_and_release(world: SimulatedTerm) -> None:
    """Three days after the term, if the simulated time has come so far."""
    at = day_end(world.term.ends_on) + timedelta(days=DAYS_AFTER, hours=10)
    if at > world.until:
        return
    compose_results(world.term, at=at, actor=world.staff.get("examiner"))
    try:
        release_results(world.term, at=at + timedelta(hours=2), actor=world.staff["administrator"])
    except DomainError as problem:
        if problem.code != "nothing_to_release":
            raise
    world.counts["passed"] += released_results(world.term).filter(outcome=Outcome.PASSED).count()
