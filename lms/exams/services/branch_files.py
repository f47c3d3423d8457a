"""The file of answers that a device without network leaves to the invigilator."""

import json
import struct
from datetime import datetime
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.db import transaction
from django.utils.translation import gettext as _

from lms.core.audit import record_act
from lms.core.exceptions import DomainError, refuse
from lms.exams.models import Sitting
from lms.exams.rules import Piece, read_pieces
from lms.exams.services.branches import BranchReceipt, keep_branch
from lms.exams.tokens import journal_key

MAGIC, HEAD, NONCE = b"LMSEXAM1", struct.Struct(">8sQI"), 12
MOST_BYTES = 1024 * 1024


@transaction.atomic
def keep_branch_file(sitting: Sitting, data: bytes, *, actor: Any, at: datetime) -> BranchReceipt:
    """Keep the entries of a file as a branch of `sitting`, brought by `actor`; the same file again changes nothing.

    The file is 8 bytes "LMSEXAM1", sitting (8 bytes), epoch (4), nonce (12), then AES-256-GCM of {"entries": […]} with
    the first 20 bytes as additional data, under the key of the sitting and its learner. Refuses `file_other` (of
    another sitting), `file_wrong` (not such a file, or one bit of it is not as it was written), `file_large`, and
    what `keep_branch` refuses.
    """
    if len(data) > MOST_BYTES:
        raise refuse("file_large", _("This file is too large."))
    if len(data) <= HEAD.size + NONCE or not data.startswith(MAGIC):
        raise _wrong()
    _magic, number, epoch = HEAD.unpack_from(data)
    if number != sitting.pk:
        raise refuse("file_other", _("This file belongs to another sitting."))
    pieces = _read(sitting, data)
    if pieces is None:
        raise _wrong()
    receipt = keep_branch(sitting.pk, pieces, owner=sitting.owner_id, epoch=epoch, at=at, uploaded_by=actor)
    if receipt.new:
        record_act("lms_exams.branch_file", sitting, actor=actor, after={"entries": receipt.new})
    return receipt


def _read(sitting: Sitting, data: bytes) -> list[Piece] | None:
    head, nonce, sealed = data[: HEAD.size], data[HEAD.size : HEAD.size + NONCE], data[HEAD.size + NONCE :]
    try:
        plain = AESGCM(journal_key(sitting.pk, sitting.owner_id)).decrypt(nonce, sealed, head)
        message = json.loads(plain)
    except (InvalidTag, ValueError, RecursionError):
        return None
    return read_pieces(message.get("entries")) if isinstance(message, dict) else None


def _wrong() -> DomainError:
    return refuse("file_wrong", _("This is no file of answers, or it was damaged on the way."))
