"""Signatures of phones: ECDSA on P-256, public keys as raw points, signatures as raw r‖s, the shape WebCrypto gives."""

import base64
import binascii
import re
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256

PURPOSE = "attendance/personal-code"
CURVE, HASH, COORDINATE = ec.SECP256R1(), SHA256(), 32
CODE = re.compile(r"LM1\.(\d{1,18})\.(\d{1,18})\.(\d{1,12})\.([A-Z2-7]{103})", re.ASCII)


@dataclass(frozen=True)
class PersonalCode:
    """What a learner's phone shows: her seat, its key, the step of the clock, and the signature over the three."""

    enrolment_id: int
    key_id: int
    step: int
    signature: bytes

    @property
    def message(self) -> bytes:
        """The bytes that were signed."""
        return "\n".join([PURPOSE, str(self.enrolment_id), str(self.key_id), str(self.step)]).encode()


def read_personal_code(text: str) -> PersonalCode | None:
    """The parts of the short text in the QR code; None when it is no personal code. Says nothing about genuineness."""
    found = CODE.fullmatch(text)
    if found is None:
        return None
    seat, key, step, signature = found.groups()
    return PersonalCode(int(seat), int(key), int(step), base64.b32decode(signature + "="))


def write_personal_code(code: PersonalCode) -> str:
    """The text of the QR code: capitals and digits only, so that the code stays small."""
    signature = base64.b32encode(code.signature).decode().rstrip("=")
    return f"LM1.{code.enrolment_id}.{code.key_id}.{code.step}.{signature}"


def is_public_key(text: str) -> bool:
    """Whether this is a point of the curve as base64url."""
    return _point(text) is not None


def is_signed(public_key: str, message: bytes, signature: bytes) -> bool:
    """Whether the raw signature r‖s over the message is of this key."""
    point = _point(public_key)
    if point is None or len(signature) != 2 * COORDINATE:
        return False
    r, s = (int.from_bytes(part, "big") for part in (signature[:COORDINATE], signature[COORDINATE:]))
    try:
        point.verify(encode_dss_signature(r, s), message, ec.ECDSA(HASH))
    except InvalidSignature:
        return False
    return True


def from_base64url(text: str) -> bytes:
    """The bytes; empty when the text is none such."""
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        return b""


def _point(text: str) -> ec.EllipticCurvePublicKey | None:
    try:
        return ec.EllipticCurvePublicKey.from_encoded_point(CURVE, from_base64url(text))
    except ValueError:
        return None
