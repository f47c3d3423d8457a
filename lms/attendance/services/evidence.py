"""Files that prove something: kept as soon as they arrive, lasting once a row points to them."""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import IO, Any
from uuid import UUID

from lms.attendance.enums import EvidenceKind
from lms.files.models import PrivateFile
from lms.files.services import store_file

ALLOWED = frozenset({"jpg", "png", "webp", "pdf"})
MAX_BYTES = 10 * 1024 * 1024
UNUSED_FOR = timedelta(days=1)


def keep_evidence(
    content: IO[bytes], *, kind: EvidenceKind, name: str, owner: Any, at: datetime, reference: str = ""
) -> PrivateFile:
    """Keep a picture or PDF for a form that is not finished; it goes after a day unless `attach_evidence` follows.

    Refuses what `store_file` refuses: empty, too_large, kind, picture_broken, pdf_active and the like.
    """
    return store_file(
        content,
        owner=owner,
        kind=kind,
        name=name,
        at=at,
        reference=reference,
        allowed=ALLOWED,
        max_bytes=MAX_BYTES,
        expires_at=at + UNUSED_FOR,
    )


def kept_evidence(
    key: str, *, kinds: Collection[EvidenceKind], owner: Any, at: datetime, reference: str = ""
) -> PrivateFile | None:
    """A file that this person sent before for this purpose and that is still there; None of anything else."""
    try:
        pk = UUID(key)
    except ValueError:
        return None
    file = PrivateFile.objects.filter(pk=pk, owner=owner, kind__in=kinds, reference=reference).first()
    return file if file is not None and file.is_open_at(at) else None


def attach_evidence(file: PrivateFile | None) -> PrivateFile | None:
    """The row that points to the file stands: it lasts."""
    if file is not None and file.expires_at is not None:
        file.expires_at = None
        file.save(update_fields=["expires_at"])
    return file
