"""Signed tokens of a sitting: the right to save, the receipt of a save, and the confirmation of submission."""

from lms.core.conf import core_settings
from lms.core.tokens import matches, sign

SAVE, RECEIPT, SUBMISSION = "exams.save", "exams.receipt", "exams.submission"


def sitting_token(sitting_id: int, user_id: int, epoch: int) -> str:
    """The right of one user to save into one sitting while `epoch` is current; ends by itself when the epoch rises."""
    return f"{sitting_id}.{user_id}.{epoch}.{sign(core_settings.CODE_KEY, SAVE, sitting_id, user_id, epoch)}"


def read_sitting_token(token: str) -> tuple[int, int, int] | None:
    """(sitting id, user id, epoch) of a genuine token, else None."""
    parts = token.split(".")
    if len(parts) != 4 or not all(part.isascii() and part.isdigit() and len(part) < 19 for part in parts[:3]):
        return None
    sitting_id, user_id, epoch = (int(part) for part in parts[:3])
    if not parts[3].isascii() or not matches(core_settings.CODE_KEY, parts[3], SAVE, sitting_id, user_id, epoch):
        return None
    return sitting_id, user_id, epoch


def sign_receipt(sitting_id: int, epoch: int, seq: int, chain_hash: str) -> str:
    """Proof that the server stored this save; can be checked years later against the journal."""
    return sign(core_settings.CODE_KEY, RECEIPT, sitting_id, epoch, seq, chain_hash)


def receipt_matches(receipt: str, sitting_id: int, epoch: int, seq: int, chain_hash: str) -> bool:
    """Whether `receipt` was given for exactly this row of the journal."""
    return matches(core_settings.CODE_KEY, receipt, RECEIPT, sitting_id, epoch, seq, chain_hash)


def sign_submission(sitting_id: int, submitted_us: int, head_hash: str) -> str:
    """Confirmation of submission: binds the moment (microseconds) and the last answer's hash."""
    return sign(core_settings.CODE_KEY, SUBMISSION, sitting_id, submitted_us, head_hash)
