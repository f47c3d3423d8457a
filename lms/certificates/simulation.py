"""The certificates of a simulated term."""

from datetime import timedelta

from lms.certificates.selectors import certificates_of_term
from lms.certificates.services import issue_certificates
from lms.programmes.rules import day_end
from lms.programmes.simulation import SimulatedTerm

DAYS_AFTER = 12


def issue(world: SimulatedTerm) -> None:
    """Twelve days after the term, when the period to appeal is over, if the simulated time has come so far."""
    at = day_end(world.term.ends_on) + timedelta(days=DAYS_AFTER, hours=10)
    if at > world.until:
        return
    issue_certificates(world.term, at=at, actor=world.staff["administrator"])
    world.counts["certificates"] += certificates_of_term(world.term).count()
