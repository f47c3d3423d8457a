"""What the detector found, held against what was planted: read from flags and journals after the play is over."""

from collections.abc import Collection, Iterable, Mapping
from typing import Any

from lms.attendance.conf import KNOWN_LAYERS, USUAL_LAYERS
from lms.attendance.management.fraud.cast import TACTICS, Company
from lms.attendance.management.fraud.stage import Clock
from lms.attendance.models import Flag
from lms.attendance.rules.suspicion import find_suspicions
from lms.attendance.selectors.evidence import read_journals, read_limits

#: Layers that look at one thing each; the hints of place belong together.
SINGLE: tuple[tuple[str, ...], ...] = (
    ("other_device",),
    ("shared_device",),
    ("two_rooms",),
    ("impossible_time",),
    ("exam_elsewhere",),
    ("relayed",),
    ("relayed", "mid_check"),
    ("relayed", "network", "place"),
    ("forged",),
    ("headcount",),
)


def shares(company: Company, flagged: Collection[int]) -> dict[str, Any]:
    """`flagged` are enrolment ids. Shares of cheats and of honest learners, and (flagged, planted) by tactic."""
    cheats = [one for one in company.learners if one.tactic]
    honest = [one for one in company.learners if not one.tactic]
    return {
        "learners": len(company.learners),
        "cheaters": len(cheats),
        "flagged_share": round(sum(one.seat.pk in flagged for one in cheats) / len(cheats), 4),
        "false_share": round(sum(one.seat.pk in flagged for one in honest) / len(honest), 4),
        "by_tactic": {
            tactic: round(
                sum(one.seat.pk in flagged for one in cheats if one.tactic == tactic)
                / sum(one.tactic == tactic for one in cheats),
                4,
            )
            for tactic in TACTICS
        },
    }


def flagged_learners() -> set[int]:
    """Everybody with an open flag."""
    return set(Flag.objects.filter(decisions__isnull=True).values_list("enrolment_id", flat=True))


def by_layers(company: Company, clock: Clock) -> dict[str, Mapping[str, Any]]:
    """The same journals, seen with other layers: each alone, all but one, and all without people who look."""
    held = [read_journals(session, at=clock.now) for session in company.sessions]
    limits = read_limits()

    def look(layers: Iterable[str]) -> Mapping[str, Any]:
        chosen = set(layers)
        found = {row.learner for journals in held for row in find_suspicions(journals, chosen, limits)}
        return shares(company, found)

    table = {"all": look(KNOWN_LAYERS)}
    table |= {f"only {'+'.join(layers)}": look(layers) for layers in SINGLE}
    table |= {f"without {layer}": look(name for name in KNOWN_LAYERS if name != layer) for layer in KNOWN_LAYERS}
    table["default"] = look(USUAL_LAYERS)
    return table
