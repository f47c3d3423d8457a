"""The number by which a signed paper is matched to the data, and the marks printed in its cells."""

import json
from collections.abc import Mapping
from hashlib import sha256
from typing import Any

DIGITS = 12

#: What stands in a cell for each value of `enums.Status`; a sheet explains those it uses.
MARKS: Mapping[str, str] = {
    "present": "√",
    "late": "◇",
    "left_early": "◆",
    "late_and_early": "◈",
    "no_check_out": "□",
    "no_check_in": "■",
    "absent": "×",
    "leave": "△",
    "corrected": "※",
    "made_up": "☆",
    "open": "…",
    "ahead": "",
    "before": "—",
}


def sheet_number(facts: Any) -> str:
    """Twelve hexadecimal digits in groups of four: the same facts give the same number, others another one."""
    text = json.dumps(facts, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    digits = sha256(text.encode()).hexdigest()[:DIGITS].upper()
    return "-".join(digits[place : place + 4] for place in range(0, DIGITS, 4))
