"""What makes every step of the demo possible right now: a session at its door and an exam that is open."""

from datetime import datetime

from django.contrib.auth import get_user_model
from django.core.management import call_command
from django.utils.timezone import localdate

from lms.attendance.simulation import bring_one_forward
from lms.programmes.models import Term
from lms.programmes.simulation import SimulatedTerm


def arrange_today(now: datetime, *, stdout: object) -> None:
    """In the running demo term: move the next session to this moment unless one is at its door, open a theory exam."""
    term = Term.objects.filter(code="demo", starts_on__lte=localdate(now), ends_on__gte=localdate(now)).first()
    if term is None:
        return
    assistant = get_user_model().objects.get(username="assistant")
    bring_one_forward(SimulatedTerm(term, seed=0, until=now, staff={"assistant": assistant}))
    call_command("open_demo_exam", term="demo", stdout=stdout)
