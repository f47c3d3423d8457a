"""What a file is by its content, and what is refused: pure functions on bytes and binary streams."""

import re
import zipfile
import zlib
from dataclasses import dataclass
from typing import IO

HEAD_BYTES = 4096
PDF_STREAM_BYTES = 8 * 1024 * 1024
PDF_TOTAL_BYTES = 64 * 1024 * 1024
OFFICE = {
    "word/": ("docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
    "xl/": ("xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    "ppt/": ("pptx", "application/vnd.openxmlformats-officedocument.presentationml.presentation"),
}
PICTURES = {"jpg": "JPEG", "png": "PNG", "webp": "WEBP"}
ALLOWED = frozenset({"jpg", "png", "webp", "pdf", "docx", "xlsx", "pptx", "zip", "txt", "mp4"})
ACTIVE_PDF = re.compile(rb"/(?:JavaScript|JS|Launch|EmbeddedFiles?|RichMedia)(?=[\s/<>\[\](){}%]|$)")
STREAM = re.compile(rb"stream\r?\n(.*?)endstream", re.DOTALL)
CONTROL = re.compile(r"[\x00-\x08\x0b\x0e-\x1f]")


class UnacceptableError(ValueError):
    """The content is refused; `code` says why."""

    def __init__(self, code: str) -> None:
        self.code = code
        super().__init__(code)


@dataclass(frozen=True)
class FileKind:
    """What the content is: usual extension and media type."""

    extension: str
    content_type: str


@dataclass(frozen=True)
class ZipCaps:
    """How much an archive may unpack to."""

    entries: int = 2000
    unpacked_bytes: int = 200 * 1024 * 1024
    ratio: int = 100


def read_kind(stream: IO[bytes]) -> FileKind:
    """The kind by content alone; the name is not believed. Refuses `kind`: whatever is not listed."""
    stream.seek(0)
    head = stream.read(HEAD_BYTES)
    stream.seek(0)
    if head.startswith(b"\xff\xd8\xff"):
        return FileKind("jpg", "image/jpeg")
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return FileKind("png", "image/png")
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return FileKind("webp", "image/webp")
    if head.startswith(b"%PDF-"):
        return FileKind("pdf", "application/pdf")
    if head[4:8] == b"ftyp" and head[8:12] in {b"isom", b"iso2", b"mp41", b"mp42", b"avc1", b"M4V ", b"iso5", b"iso6"}:
        return FileKind("mp4", "video/mp4")
    if head.startswith(b"PK\x03\x04"):
        return _read_zip_kind(stream)
    if _is_text(stream):
        return FileKind("txt", "text/plain; charset=utf-8")
    raise UnacceptableError("kind")


def check_zip(stream: IO[bytes], caps: ZipCaps) -> list[str]:
    """Names in the archive; unpacks nothing. Refuses zip_broken, zip_entries, zip_bomb, zip_encrypted."""
    stream.seek(0)
    try:
        entries = zipfile.ZipFile(stream).infolist()
    except (zipfile.BadZipFile, ValueError, NotImplementedError, OSError) as problem:
        raise UnacceptableError("zip_broken") from problem
    finally:
        stream.seek(0)
    if len(entries) > caps.entries:
        raise UnacceptableError("zip_entries")
    unpacked = sum(entry.file_size for entry in entries)
    packed = max(1, sum(entry.compress_size for entry in entries))
    if unpacked > caps.unpacked_bytes or unpacked > caps.ratio * packed:
        raise UnacceptableError("zip_bomb")
    if any(entry.flag_bits & 0x1 for entry in entries):
        raise UnacceptableError("zip_encrypted")
    return [entry.filename for entry in entries]


def check_pdf(data: bytes) -> None:
    """Refuse a PDF that acts (scripts, programs, attached files): pdf_active, pdf_encrypted, pdf_broken."""
    skeleton = _plain_names(STREAM.sub(b"stream endstream", data))
    if re.search(rb"/Encrypt(?=[\s/<\[])", skeleton):
        raise UnacceptableError("pdf_encrypted")
    if ACTIVE_PDF.search(skeleton) or ACTIVE_PDF.search(_plain_names(_object_streams(data))):
        raise UnacceptableError("pdf_active")
    if b"%%EOF" not in data[-2048:] and b"startxref" not in data:
        raise UnacceptableError("pdf_broken")


def safe_name(name: str, extension: str) -> str:
    """The name as shown and sent: no folders or control characters, at most 100 characters, the true extension."""
    plain = re.sub(r"[\x00-\x1f\x7f\u200e\u200f\u202a-\u202e\u2066-\u2069]", "", name.replace("\\", "/")).split("/")[-1]
    stem = plain.rpartition(".")[0] or plain
    stem = re.sub(r'[<>:"|?*]', "_", stem).strip(" .")[:100]
    return f"{stem or 'file'}.{extension}"


def _read_zip_kind(stream: IO[bytes]) -> FileKind:
    names = check_zip(stream, ZipCaps())
    if any(name.endswith("vbaProject.bin") for name in names):
        raise UnacceptableError("macros")
    if "[Content_Types].xml" in names:
        for folder, (extension, content_type) in OFFICE.items():
            if any(name.startswith(folder) for name in names):
                return FileKind(extension, content_type)
    return FileKind("zip", "application/zip")


def _is_text(stream: IO[bytes]) -> bool:
    stream.seek(0)
    data = stream.read(2 * 1024 * 1024 + 1)
    stream.seek(0)
    if not data or len(data) > 2 * 1024 * 1024:
        return False
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return not CONTROL.search(data.decode(encoding))
        except UnicodeDecodeError:
            continue
    return False


def _plain_names(data: bytes) -> bytes:
    """`/J#61vaScript` is `/JavaScript`."""
    return re.sub(rb"#([0-9A-Fa-f]{2})", lambda found: bytes([int(found.group(1), 16)]), data)


def _object_streams(data: bytes) -> bytes:
    """What compressed object streams hold; content streams of pictures and text cannot act and are left alone."""
    found, room = [], PDF_TOTAL_BYTES
    for match in STREAM.finditer(data):
        before = data[max(0, match.start() - 400) : match.start()]
        if b"/ObjStm" not in _plain_names(before.rpartition(b" obj")[2]):
            continue
        try:
            plain = zlib.decompressobj().decompress(match.group(1), min(room, PDF_STREAM_BYTES))
        except zlib.error:
            plain = match.group(1)
        found.append(plain)
        room -= len(plain)
        if room <= 0:
            raise UnacceptableError("pdf_broken")
    return b"\n".join(found)
