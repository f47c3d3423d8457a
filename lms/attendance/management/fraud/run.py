"""One play from a seed, and its figures."""

import time
from random import Random
from typing import Any

from lms.attendance.management.fraud import cheats, honest
from lms.attendance.management.fraud.cast import START, cast
from lms.attendance.management.fraud.figures import by_layers, flagged_learners, shares
from lms.attendance.management.fraud.play import Play
from lms.attendance.management.fraud.staff import Assistant
from lms.attendance.management.fraud.stage import stage
from lms.attendance.models import CheckEntry, CheckRefusal, Flag


def simulate(seed: int, *, layers: bool = True) -> dict[str, Any]:
    """Shares of cheats and honest learners flagged; with `layers` also by combination. The same seed, the same play."""
    began = time.monotonic()
    random = Random(f"simulate_fraud/{seed}")  # noqa: S311
    with stage(START) as clock:
        company = cast(random)
        play = Play(clock, random, company)
        scheme = cheats.Scheme(play)
        for session in company.sessions:
            Assistant(play, session, scheme).run()
            for one in company.expected(session):
                if scheme.is_away(session, one):
                    cheats.stay_away(play, session, one)
                else:
                    honest.attend(play, session, one)
        clock.play()
        found = {"seed": seed, **shares(company, flagged_learners())}
        if layers:
            found["by_layers"] = by_layers(company, clock)
        found["figures"] = _figures(play, began)
    return found


def _figures(play: Play, began: float) -> dict[str, Any]:
    kinds = Flag.objects.order_by().values_list("kind", flat=True)
    sessions = len(play.company.sessions)
    return {
        "sessions": sessions,
        "checks": CheckEntry.objects.count(),
        "refusals": CheckRefusal.objects.count(),
        "flags": {kind: sum(1 for found in kinds if found == kind) for kind in sorted(set(kinds))},
        "names_called_a_session": round(play.called / sessions, 1),
        "staff_minutes_a_session": round(play.minutes / sessions, 1),
        "seconds": round(time.monotonic() - began, 1),
    }
