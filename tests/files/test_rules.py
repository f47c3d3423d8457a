"""What a file is, and what is refused."""

import io
import zipfile
import zlib
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lms.files.rules import ALLOWED, UnacceptableError, ZipCaps, check_pdf, check_zip, read_kind, safe_name

PLAIN_PDF = b"%PDF-1.4\n1 0 obj\n<< /Type /Catalog >>\nendobj\nstartxref\n0\n%%EOF\n"


def a_zip(**files: bytes) -> io.BytesIO:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name.replace("__", "/").replace("CT", "[Content_Types].xml"), data)
    return out


@pytest.mark.parametrize(
    ("content", "extension"),
    [
        (b"\xff\xd8\xff\xe0rest", "jpg"),
        (b"\x89PNG\r\n\x1a\nrest", "png"),
        (b"RIFF\x00\x00\x00\x00WEBPVP8 ", "webp"),
        (PLAIN_PDF, "pdf"),
        (b"\x00\x00\x00\x18ftypmp42\x00\x00", "mp4"),
        ("学时证明".encode(), "txt"),
        ("学时证明".encode("gb18030"), "txt"),
        (a_zip(a=b"1").getvalue(), "zip"),
        (a_zip(CT=b"x", xl__workbook=b"y").getvalue(), "xlsx"),
        (a_zip(CT=b"x", word__document=b"y").getvalue(), "docx"),
        (a_zip(CT=b"x", ppt__slides=b"y").getvalue(), "pptx"),
    ],
)
def test_the_content_decides_what_a_file_is(content: bytes, extension: str) -> None:
    assert read_kind(io.BytesIO(content)).extension == extension


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"MZ\x90\x00\x03\x00", "kind"),
        (b"\x7fELF\x02\x01\x01\x00", "kind"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1\x00", "kind"),
        (b"PK\x03\x04broken", "zip_broken"),
        (b"", "kind"),
    ],
)
def test_everything_else_is_refused(content: bytes, code: str) -> None:
    with pytest.raises(UnacceptableError) as refusal:
        read_kind(io.BytesIO(content))
    assert refusal.value.code == code


def test_documents_with_macros_are_refused() -> None:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("[Content_Types].xml", "x")
        archive.writestr("xl/vbaProject.bin", "x")
    with pytest.raises(UnacceptableError, match="macros"):
        read_kind(stream)


def test_archives_that_unpack_to_too_much_are_refused_without_unpacking() -> None:
    with pytest.raises(UnacceptableError, match="zip_bomb"):
        check_zip(a_zip(a=b"\x00" * 3_000_000), ZipCaps())
    with pytest.raises(UnacceptableError, match="zip_bomb"):
        check_zip(a_zip(a=b"ab"), ZipCaps(unpacked_bytes=1))
    with pytest.raises(UnacceptableError, match="zip_entries"):
        check_zip(a_zip(a=b"1", b=b"2", c=b"3"), ZipCaps(entries=2))


@pytest.mark.parametrize(
    "piece",
    [
        b"<< /S /JavaScript /JS (app.alert) >>",
        b"<< /S /J#61vaScript >>",
        b"<< /S /Launch /F (cmd.exe) >>",
        b"<< /Names << /EmbeddedFiles 5 0 R >> >>",
    ],
)
def test_a_pdf_that_acts_is_refused(piece: bytes) -> None:
    with pytest.raises(UnacceptableError, match="pdf_active"):
        check_pdf(PLAIN_PDF.replace(b"/Catalog", b"/Catalog " + piece))


def test_a_script_in_a_compressed_object_stream_is_found() -> None:
    packed = zlib.compress(b"1 0 << /S /JavaScript /JS (x) >>")
    body = b"2 0 obj\n<< /Type /ObjStm /Filter /FlateDecode >>\nstream\n" + packed + b"\nendstream\nendobj\n"
    with pytest.raises(UnacceptableError, match="pdf_active"):
        check_pdf(PLAIN_PDF.replace(b"startxref", body + b"startxref"))


def test_words_inside_a_picture_stream_do_no_harm() -> None:
    body = b"2 0 obj\n<< /Subtype /Image >>\nstream\n/JS /Launch\nendstream\nendobj\n"
    check_pdf(PLAIN_PDF.replace(b"startxref", body + b"startxref"))


def test_a_protected_pdf_is_refused() -> None:
    with pytest.raises(UnacceptableError, match="pdf_encrypted"):
        check_pdf(PLAIN_PDF.replace(b"startxref", b"trailer << /Encrypt 9 0 R >>\nstartxref"))


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("../../etc/passwd", "passwd.pdf"),
        ("C:\\docs\\学历证明.PDF", "学历证明.pdf"),
        ("a\u202egpj.exe", "agpj.pdf"),
        ("", "file.pdf"),
        (".pdf", "pdf.pdf"),
    ],
)
def test_names_keep_no_folders_and_no_tricks(name: str, safe: str) -> None:
    assert safe_name(name, "pdf") == safe


@given(st.text(max_size=300))
def test_a_safe_name_is_never_a_path(name: str) -> None:
    made = safe_name(name, "pdf")
    assert "/" not in made
    assert "\\" not in made
    assert 5 <= len(made) <= 104


@given(st.binary(max_size=300))
def test_any_bytes_are_read_or_refused(content: bytes) -> None:
    with suppress(UnacceptableError):
        assert read_kind(io.BytesIO(content)).extension in ALLOWED
