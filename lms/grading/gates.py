"""Answers to other apps' questions."""

from django.utils.translation import gettext as _

from lms.core.exceptions import Refusal
from lms.grading.rules import PARTS, TOTAL_PARTS
from lms.grading.selectors import has_released_results
from lms.programmes.models import Programme

FIELDS = frozenset(
    [f"weight_{part}" for part in ("regular", *PARTS)] + [f"minimum_{part}" for part in TOTAL_PARTS] + ["pass_mark"]
)


def refuse_change_of_released_results(programme: Programme, changed_keys: frozenset[str]) -> Refusal | None:
    """`LMS_PROGRAMMES_CHANGE_GATES`: weights, minimums and pass mark stand once a result was released (R11).

    `changed_keys` are field names ("pass_mark") or keys of the programme file ("assessment.pass_mark").
    """
    touched = sorted(key for key in changed_keys if key in FIELDS or key.split(".")[0] == "assessment")
    if not touched or not has_released_results(programme):
        return None
    return Refusal(
        "results_released",
        _("Results of this programme have been released with the present weights and pass mark."),
        _("Set the new figures in the programme of a later year."),
        {"keys": touched},
        "R11",
    )
