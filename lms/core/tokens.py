"""Rotating signed codes and signed receipts. Pure: key and time are arguments, nothing is stored or read."""

import hashlib
import hmac
import struct
from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import datetime

MAC_BYTES = 16


def step_of(at: datetime, *, seconds: int) -> int:
    """Number of the `seconds`-long step since the epoch that contains `at` (aware)."""
    return int(at.timestamp()) // seconds


def sign(key: str, purpose: str, *parts: object) -> str:
    """32 hex digits (128 bits) of HMAC-SHA-256 over purpose and parts, unambiguous in their boundaries."""
    message = b"".join(_framed(str(part)) for part in (purpose, *parts))
    return hmac.new(key.encode(), message, hashlib.sha256).digest()[:MAC_BYTES].hex()


def matches(key: str, mac: str, purpose: str, *parts: object) -> bool:
    """Constant-time comparison of `mac` with `sign(...)`."""
    return hmac.compare_digest(mac.encode(), sign(key, purpose, *parts).encode())


def rotating_code(key: str, purpose: str, subject: int, nonce: str, *, at: datetime, seconds: int) -> str:
    """A URL-safe code for `subject` that holds for the step of `at`; `nonce` binds it to one board."""
    step = step_of(at, seconds=seconds)
    mac = bytes.fromhex(sign(key, purpose, subject, step, nonce))
    packed = struct.pack(">QI", subject, step % 2**32) + mac
    return urlsafe_b64encode(packed).decode().rstrip("=") + "." + nonce


def read_rotating_code(
    key: str, purpose: str, code: str, *, at: datetime, seconds: int, earlier_steps: int = 1
) -> tuple[int, str] | None:
    """(subject, nonce) of a genuine code whose step is the current one or one of `earlier_steps` before; else None."""
    found = read_genuine_code(key, purpose, code, at=at, seconds=seconds, most_steps=earlier_steps)
    return None if found is None else found[:2]


def read_genuine_code(
    key: str, purpose: str, code: str, *, at: datetime, seconds: int, most_steps: int
) -> tuple[int, str, int] | None:
    """(subject, nonce, age in ms since its step began) of a genuine code at most `most_steps` old; else None."""
    body, _, nonce = code.partition(".")
    try:
        packed = urlsafe_b64decode(body + "=" * (-len(body) % 4))
        subject, step = struct.unpack(">QI", packed[:12])
    except (ValueError, struct.error):
        return None
    now = step_of(at, seconds=seconds)
    back = (now - step) % 2**32
    if back > most_steps or not matches(key, packed[12:].hex(), purpose, subject, now - back, nonce):
        return None
    return subject, nonce, _milliseconds(at) - (now - back) * seconds * 1000


def typed_code(key: str, purpose: str, subject: int, nonce: str, *, at: datetime, seconds: int, digits: int = 6) -> str:
    """The short code shown beside the QR for those who cannot scan; same step, `digits` decimal digits."""
    number = int(sign(key, f"{purpose}/typed", subject, step_of(at, seconds=seconds), nonce), 16)
    return str(number % 10**digits).zfill(digits)


def matches_typed_code(
    key: str,
    purpose: str,
    subject: int,
    nonce: str,
    code: str,
    *,
    at: datetime,
    seconds: int,
    earlier_steps: int = 1,
) -> bool:
    """Whether `code` is the typed code of the current or one of the earlier steps. Callers throttle attempts."""
    age = typed_code_age(key, purpose, subject, nonce, code, at=at, seconds=seconds, earlier_steps=earlier_steps)
    return age is not None


def typed_code_age(
    key: str,
    purpose: str,
    subject: int,
    nonce: str,
    code: str,
    *,
    at: datetime,
    seconds: int,
    earlier_steps: int = 1,
) -> int | None:
    """Milliseconds since the step of this typed code began; None when it is of none of these steps."""
    now, found = step_of(at, seconds=seconds), None
    for back in range(earlier_steps, -1, -1):
        number = int(sign(key, f"{purpose}/typed", subject, now - back, nonce), 16) % 10 ** max(1, len(code))
        if code and hmac.compare_digest(code.encode(), str(number).zfill(len(code)).encode()):
            found = _milliseconds(at) - (now - back) * seconds * 1000
    return found


def _milliseconds(at: datetime) -> int:
    return int(at.timestamp() * 1000)


def _framed(part: str) -> bytes:
    data = part.encode()
    return struct.pack(">I", len(data)) + data
