"""Pure rules of a programme: hours and windows, the programme file, and what a change alters."""

from lms.programmes.rules.figures import Change, Figures, differences, flatten
from lms.programmes.rules.file_reading import Problem, ProgrammeFile, read_programme_file
from lms.programmes.rules.hours import (
    ZONE,
    Difference,
    PartMark,
    ProgrammeRules,
    class_hours,
    day_end,
    day_start,
    in_window,
    show_hours,
    working_days_after,
)

__all__ = [
    "ZONE",
    "Change",
    "Difference",
    "Figures",
    "PartMark",
    "Problem",
    "ProgrammeFile",
    "ProgrammeRules",
    "class_hours",
    "day_end",
    "day_start",
    "differences",
    "flatten",
    "in_window",
    "read_programme_file",
    "show_hours",
    "working_days_after",
]
