"""Phones for the tests of staff scan: they sign as a browser does."""

import base64
import json
import secrets
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from lms.attendance.models import LearnerKey, Scanner, Session
from lms.attendance.services.scanners import (
    PersonalCode,
    SignedScan,
    UploadOutcome,
    install_key,
    register_scanner,
    upload_scans,
    write_personal_code,
)
from lms.programmes.models import Enrolment

SECONDS = 15


class Phone:
    """A private key, and a clock that is wrong by `wrong_by`."""

    def __init__(self, wrong_by: timedelta = timedelta(0)) -> None:
        self.private = ec.generate_private_key(ec.SECP256R1())
        self.wrong_by = wrong_by

    @property
    def public_key(self) -> str:
        point = self.private.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        return base64url(point)

    def clock(self, moment: datetime) -> datetime:
        return moment + self.wrong_by

    def sign(self, message: bytes) -> bytes:
        r, s = decode_dss_signature(self.private.sign(message, ec.ECDSA(SHA256())))
        return r.to_bytes(32, "big") + s.to_bytes(32, "big")


class LearnersPhone(Phone):
    """Installed for a seat; shows her code."""

    def __init__(self, seat: Enrolment, *, installed: datetime) -> None:
        super().__init__()
        self.seat = seat
        self.key: LearnerKey = install_key(seat, self.public_key, at=installed)

    def code(self, moment: datetime) -> str:
        code = PersonalCode(self.seat.pk, self.key.pk, int(moment.timestamp()) // SECONDS, b"")
        signed = PersonalCode(code.enrolment_id, code.key_id, code.step, self.sign(code.message))
        return write_personal_code(signed)


@dataclass
class ScanningPhone:
    """Registered for a member of staff; keeps its scans until they are sent."""

    user: Any
    registered: datetime
    wrong_by: timedelta = timedelta(0)
    queue: list[SignedScan] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.phone = Phone(self.wrong_by)
        self.scanner: Scanner = register_scanner(
            self.user,
            name="门口一号机",
            public_key=self.phone.public_key,
            sent_at=self.phone.clock(self.registered),
            at=self.registered,
        )

    def scan(self, session: Session, moment: datetime, code: str = "", /, **changes: Any) -> SignedScan:
        """Keep one scan that happened at the true `moment`."""
        body = {
            "v": 1,
            "scanner": self.scanner.pk,
            "nonce": secrets.token_hex(16),
            "session": session.pk,
            "enrolment": 0,
            "kind": "in",
            "at": round(self.phone.clock(moment).timestamp() * 1000),
            "offset": -round(self.wrong_by.total_seconds() * 1000),
            "code": code,
            "shown": "",
        }
        text = json.dumps(body | changes)
        self.queue.append(SignedScan(text, base64url(self.phone.sign(text.encode()))))
        return self.queue[-1]

    def upload(
        self, moment: datetime, scans: list[SignedScan] | None = None, *, way: timedelta = timedelta(0)
    ) -> UploadOutcome:
        """Send what was kept; it is `way` under way, and the answer arrives at once."""
        kept = self.queue if scans is None else scans
        return upload_scans(self.scanner, kept, sent_at=self.phone.clock(moment), at=moment + way)


def base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")
