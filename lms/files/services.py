"""Writes about private files."""

import hashlib
import io
import warnings
from collections.abc import Collection
from datetime import datetime
from typing import IO, Any

from django.core.files.base import ContentFile
from django.db import transaction
from django.utils.translation import gettext as _
from PIL import Image, ImageOps, UnidentifiedImageError

from lms.core.exceptions import DomainError, refuse
from lms.files.conf import files_settings
from lms.files.models import FileOpening, PrivateFile
from lms.files.rules import ALLOWED, PICTURES, FileKind, UnacceptableError, check_pdf, read_kind, safe_name
from lms.files.selectors import bytes_of, expired_files


@transaction.atomic
def store_file(
    content: IO[bytes],
    *,
    owner: Any,
    kind: str,
    name: str,
    at: datetime,
    reference: str = "",
    allowed: Collection[str] = ALLOWED,
    max_bytes: int | None = None,
    expires_at: datetime | None = None,
) -> PrivateFile:
    """Check an upload by its content and keep it privately. `allowed` holds extensions of `rules.ALLOWED`.

    Pictures are drawn anew (position, camera and comments are gone). Refuses (DomainError, nothing kept):
    empty, too_large, quota, kind, too_many_pixels, picture_broken, pdf_active, pdf_encrypted, pdf_broken,
    zip_broken, zip_entries, zip_bomb, zip_encrypted, macros.
    """
    size = _size_of(content)
    found = _judge(content, size, allowed, max_bytes)
    data = _clean(content, found)
    if bytes_of(owner) + len(data) > files_settings.QUOTA_BYTES:
        raise refuse("quota", _("Your files have reached the space you have. Remove some first."))
    file = PrivateFile(
        owner=owner,
        kind=kind,
        reference=reference,
        name=safe_name(name, found.extension),
        size=len(data),
        sha256=hashlib.sha256(data).hexdigest(),
        content_type=found.content_type,
        made_at=at,
        expires_at=expires_at,
    )
    file.content.save(file.name, ContentFile(data), save=False)
    try:
        with transaction.atomic():
            file.save(force_insert=True)
    except Exception:
        file.content.delete(save=False)
        raise
    return file


def log_opening(file: PrivateFile, user: Any, *, at: datetime) -> FileOpening:
    """One line in the journal of openings."""
    return FileOpening.objects.create(file=file, user=user, at=at)


@transaction.atomic
def remove_file(file: PrivateFile, *, at: datetime) -> None:
    """Delete the content on commit and keep the row; a second call changes nothing."""
    file = PrivateFile.objects.select_for_update().get(pk=file.pk)
    if file.removed_at is not None:
        return
    file.removed_at = at
    file.save(update_fields=["removed_at"])
    storage, path = file.content.storage, str(file.content.name)
    transaction.on_commit(lambda: storage.delete(path))


def remove_expired(*, at: datetime) -> int:
    """Remove every file whose time is over; how many."""
    files = list(expired_files(at))
    for file in files:
        remove_file(file, at=at)
    return len(files)


def sentence_for(code: str) -> str:
    """What a person reads when content is refused with this code."""
    sentences = {
        "kind": _("This kind of file is not accepted here. Please choose another file."),
        "too_many_pixels": _("The picture is too large. Please make it smaller and send it again."),
        "picture_broken": _("The picture cannot be read. Please save it anew and send it again."),
        "pdf_active": _("The PDF holds scripts or attached files. Please print it to a plain PDF and send that."),
        "pdf_encrypted": _("The PDF is protected. Please remove the protection and send it again."),
        "pdf_broken": _("The PDF is damaged. Please make it anew and send it again."),
        "zip_broken": _("The file is damaged and cannot be opened. Please save it anew and send it again."),
        "zip_entries": _("The file holds too many parts."),
        "zip_bomb": _("The file unpacks to far more than its size and was not opened."),
        "zip_encrypted": _("The file is protected by a password. Please remove it and send the file again."),
        "macros": _("The document holds macros. Please save it without macros and send it again."),
    }
    return sentences[code]


def _size_of(content: IO[bytes]) -> int:
    content.seek(0, io.SEEK_END)
    size = content.tell()
    content.seek(0)
    return size


def _judge(content: IO[bytes], size: int, allowed: Collection[str], max_bytes: int | None) -> FileKind:
    if size == 0:
        raise refuse("empty", _("The file is empty."))
    if size > max(files_settings.MAX_BYTES, files_settings.MAX_VIDEO_BYTES):
        raise _too_large(files_settings.MAX_BYTES)
    try:
        found = read_kind(content)
    except UnacceptableError as problem:
        raise refuse(problem.code, sentence_for(problem.code)) from problem
    if found.extension not in allowed:
        raise refuse("kind", sentence_for("kind"), found=found.extension)
    usual = files_settings.MAX_VIDEO_BYTES if found.extension == "mp4" else files_settings.MAX_BYTES
    cap = min(max_bytes or usual, usual)
    if size > cap:
        raise _too_large(cap)
    return found


def _too_large(cap: int) -> DomainError:
    megabytes = cap // 1024 // 1024
    return refuse(
        "too_large", _("The file is larger than %(megabytes)s MB.") % {"megabytes": megabytes}, megabytes=megabytes
    )


def _clean(content: IO[bytes], found: FileKind) -> bytes:
    content.seek(0)
    try:
        if found.extension in PICTURES:
            return _redraw(content, PICTURES[found.extension])
        data = content.read()
        if found.extension == "pdf":
            check_pdf(data)
    except UnacceptableError as problem:
        raise refuse(problem.code, sentence_for(problem.code)) from problem
    return data


def _redraw(content: IO[bytes], format_name: str) -> bytes:
    """The same picture drawn anew, upright, without anything but its pixels."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            picture = Image.open(content, formats=(format_name,))
        if picture.width * picture.height > files_settings.MAX_PIXELS:
            raise UnacceptableError("too_many_pixels")
        upright = ImageOps.exif_transpose(picture)
        mode = "RGB" if format_name == "JPEG" else ("RGBA" if _has_alpha(upright) else "RGB")
        plain = Image.new(mode, upright.size)
        plain.paste(upright.convert(mode))
        out = io.BytesIO()
        plain.save(out, format_name, **({} if format_name == "PNG" else {"quality": 90}))
    except Image.DecompressionBombError as problem:
        raise UnacceptableError("too_many_pixels") from problem
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError) as problem:
        if isinstance(problem, UnacceptableError):
            raise
        raise UnacceptableError("picture_broken") from problem
    return out.getvalue()


def _has_alpha(picture: Image.Image) -> bool:
    return picture.mode in {"RGBA", "LA", "PA"} or "transparency" in picture.info
