"""Rules of papers, sittings and marks: pure functions on plain values."""

from lms.exams.rules.blueprints import BlueprintProblem, Line, Shortage, check_blueprint, find_shortages, read_lines
from lms.exams.rules.marking import ItemMark, PaperMark, fold_answers, mark_paper, percent_of
from lms.exams.rules.papers import DrawnPaper, draw_paper, sitting_seed
from lms.exams.rules.practical import RubricProblem, check_rubric
from lms.exams.rules.seb import (
    Shown,
    build_settings,
    clean_keys,
    config_key,
    proves_browser,
    public_address,
    read_configuration,
    request_hash,
    seb_json,
    write_configuration,
)
from lms.exams.rules.sittings import (
    HIGHEST_CHOICE,
    MOST_ANSWERS,
    canonical,
    chain_hash,
    clean_answers,
    closes_for_good,
    deadline_of,
    digest,
    micros,
    state_of,
)

__all__ = [
    "HIGHEST_CHOICE",
    "MOST_ANSWERS",
    "BlueprintProblem",
    "DrawnPaper",
    "ItemMark",
    "Line",
    "PaperMark",
    "RubricProblem",
    "Shortage",
    "Shown",
    "build_settings",
    "canonical",
    "chain_hash",
    "check_blueprint",
    "check_rubric",
    "clean_answers",
    "clean_keys",
    "closes_for_good",
    "config_key",
    "deadline_of",
    "digest",
    "draw_paper",
    "find_shortages",
    "fold_answers",
    "mark_paper",
    "micros",
    "percent_of",
    "proves_browser",
    "public_address",
    "read_configuration",
    "read_lines",
    "request_hash",
    "seb_json",
    "sitting_seed",
    "state_of",
    "write_configuration",
]
