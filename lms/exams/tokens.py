"""Signed tokens of a sitting: the right to save, receipts, the confirmation of submission, the key of its journal."""

from collections.abc import Sequence

from lms.core.conf import core_settings
from lms.core.tokens import matches, sign

SAVE, RECEIPT, SUBMISSION = "exams.save", "exams.receipt", "exams.submission"
SAVE_BROWSER, BROWSER_FILE, BROWSER = "exams.save.browser", "exams.browser", "b"
BRANCH, JOURNAL = "exams.branch", "exams.journal"


def sitting_token(sitting_id: int, user_id: int, epoch: int, *, browser: bool = False) -> str:
    """The right of one user to save into one sitting while `epoch` is current; ends by itself when the epoch rises.

    `browser`: each request with it must show that it comes from the exam's Safe Exam Browser.
    """
    token = f"{sitting_id}.{user_id}.{epoch}.{_mac(sitting_id, user_id, epoch, browser=browser)}"
    return f"{token}.{BROWSER}" if browser else token


def read_sitting_token(token: str) -> tuple[int, int, int] | None:
    """(sitting id, user id, epoch) of a genuine token, else None."""
    parts = token.split(".")
    browser = wants_browser(token)
    if len(parts) != 4 + browser or not all(p.isascii() and p.isdigit() and len(p) < 19 for p in parts[:3]):
        return None
    sitting_id, user_id, epoch = (int(part) for part in parts[:3])
    purpose = SAVE_BROWSER if browser else SAVE
    if not parts[3].isascii() or not matches(core_settings.CODE_KEY, parts[3], purpose, sitting_id, user_id, epoch):
        return None
    return sitting_id, user_id, epoch


def wants_browser(token: str) -> bool:
    """Whether a genuine token was made with `browser`; it cannot be taken off, the signature is another one."""
    return token.endswith(f".{BROWSER}")


def sign_browser_file(exam_id: int) -> str:
    """The right to fetch an exam's browser configuration without signing in: that browser has no session yet."""
    return sign(core_settings.CODE_KEY, BROWSER_FILE, exam_id)


def browser_file_matches(key: str, exam_id: int) -> bool:
    """Whether `key` was given for this exam's configuration."""
    return matches(core_settings.CODE_KEY, key, BROWSER_FILE, exam_id)


def sign_receipt(sitting_id: int, epoch: int, seq: int, chain_hash: str) -> str:
    """Proof that the server stored this save; can be checked years later against the journal."""
    return sign(core_settings.CODE_KEY, RECEIPT, sitting_id, epoch, seq, chain_hash)


def receipt_matches(receipt: str, sitting_id: int, epoch: int, seq: int, chain_hash: str) -> bool:
    """Whether `receipt` was given for exactly this row of the journal."""
    return matches(core_settings.CODE_KEY, receipt, RECEIPT, sitting_id, epoch, seq, chain_hash)


def sign_submission(sitting_id: int, submitted_us: int, head_hash: str) -> str:
    """Confirmation of submission: binds the moment (microseconds) and the last answer's hash."""
    return sign(core_settings.CODE_KEY, SUBMISSION, sitting_id, submitted_us, head_hash)


def _mac(sitting_id: int, user_id: int, epoch: int, *, browser: bool) -> str:
    return sign(core_settings.CODE_KEY, SAVE_BROWSER if browser else SAVE, sitting_id, user_id, epoch)


def sign_branch(sitting_id: int, epoch: int, seqs: Sequence[int]) -> str:
    """Proof that the server keeps these entries of a device, saved or as a branch."""
    return sign(core_settings.CODE_KEY, BRANCH, sitting_id, epoch, *seqs)


def journal_key(sitting_id: int, user_id: int) -> bytes:
    """32 bytes: the AES key of what the browser of this learner keeps of this sitting. Given to her alone."""
    halves = (sign(core_settings.CODE_KEY, JOURNAL, sitting_id, user_id, half) for half in (1, 2))
    return bytes.fromhex("".join(halves))
