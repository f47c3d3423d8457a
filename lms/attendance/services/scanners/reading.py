"""What a scanning phone sends: each scan a text it signed, so that a changed letter is noticed."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from lms.attendance.enums import CheckKind
from lms.attendance.services.scanners.codes import PersonalCode, read_personal_code

VERSION, NONCE_LENGTH, LARGEST = 1, 32, 2**62
LAST_MOMENT = 4_102_444_800_000


@dataclass(frozen=True)
class SignedScan:
    """The text of a scan and the signature over it (base64url), as they came."""

    body: str
    signature: str


@dataclass(frozen=True)
class ScanBody:
    """One scan. `offset_ms` is what the phone took its clock to be behind when it scanned; `code` is None by hand.

    `shown` is empty when the phone let the learner in, else the code of the refusal it showed.
    """

    scanner_id: int
    nonce: str
    session_id: int
    enrolment_id: int
    kind: CheckKind
    device_at: datetime
    offset_ms: int
    code: PersonalCode | None
    shown: str


def read_scan_body(text: str) -> ScanBody | None:
    """The parts of a scan's text; None when anything is missing or of the wrong kind."""
    try:
        held = json.loads(text)
        if held["v"] != VERSION:
            return None
        code = read_personal_code(_text(held, "code", 200)) if held["code"] else None
        if held["code"] and code is None:
            return None
        return ScanBody(
            scanner_id=_whole(held, "scanner"),
            nonce=_text(held, "nonce", NONCE_LENGTH, needed=True),
            session_id=_whole(held, "session"),
            enrolment_id=code.enrolment_id if code else _whole(held, "enrolment"),
            kind=CheckKind(held["kind"]),
            device_at=datetime.fromtimestamp(_whole(held, "at", lambda at: 0 < at < LAST_MOMENT) / 1000, tz=UTC),
            offset_ms=_whole(held, "offset"),
            code=code,
            shown=_text(held, "shown", 40),
        )
    except (KeyError, TypeError, ValueError, RecursionError):
        return None


def _whole(held: Any, name: str, fits: Callable[[int], bool] = lambda value: abs(value) < LARGEST) -> int:
    value = held[name]
    if type(value) is not int or not fits(value):
        raise ValueError(name)
    return value


def _text(held: Any, name: str, longest: int, *, needed: bool = False) -> str:
    value = held[name]
    if not isinstance(value, str) or len(value) > longest or (needed and not value):
        raise ValueError(name)
    return value
