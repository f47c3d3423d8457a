"""Storing, opening and removing private files."""

import io
from datetime import datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from django.db import DatabaseError, transaction
from django.urls import reverse
from PIL import Image

from lms.core.exceptions import DomainError
from lms.files.models import FileOpening, PrivateFile
from lms.files.services import remove_expired, remove_file, store_file
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def private_root(settings: Any, tmp_path: Path) -> Path:
    settings.LMS_PRIVATE_ROOT = tmp_path / "private"
    return settings.LMS_PRIVATE_ROOT


@pytest.fixture
def owner() -> Any:
    return factories.a_user()


def a_picture(width: int = 8, height: int = 4, **save: Any) -> io.BytesIO:
    out = io.BytesIO()
    Image.new("RGB", (width, height), "red").save(out, "JPEG", **save)
    return out


def stored(owner: Any, at: datetime, content: bytes = "证明".encode(), **more: Any) -> PrivateFile:
    return store_file(io.BytesIO(content), owner=owner, kind="test", name="a.txt", at=at, **more)


def trusted(file: PrivateFile, user: Any) -> bool:
    return user.username == "trusted"


def test_a_file_is_kept_under_its_key_with_its_digest(owner: Any, noon: datetime, private_root: Path) -> None:
    file = stored(owner, noon)
    assert (file.name, file.size, file.content_type) == ("a.txt", 6, "text/plain; charset=utf-8")
    assert file.sha256 == sha256("证明".encode()).hexdigest()
    assert [path.name for path in private_root.rglob("*") if path.is_file()] == [file.pk.hex]


def test_pictures_lose_what_the_camera_wrote_and_stand_upright(owner: Any, noon: datetime) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    exif[0x010E] = "at home"
    file = store_file(a_picture(exif=exif), owner=owner, kind="test", name="p.jpg", at=noon)
    with file.content.open("rb") as content:
        picture = Image.open(content)
        assert picture.size == (4, 8)
        assert not dict(picture.getexif())


def test_a_picture_of_too_many_pixels_is_refused(owner: Any, noon: datetime, settings: Any) -> None:
    settings.LMS_FILES_MAX_PIXELS = 31
    with pytest.raises(DomainError) as refusal:
        store_file(a_picture(), owner=owner, kind="test", name="p.jpg", at=noon)
    assert refusal.value.code == "too_many_pixels"


@pytest.mark.parametrize(
    ("content", "more", "code"),
    [
        (b"", {}, "empty"),
        (b"MZ\x90\x00", {}, "kind"),
        (b"text", {"allowed": {"pdf"}}, "kind"),
        (b"text", {"max_bytes": 3}, "too_large"),
        (b"\xff\xd8\xff\xe0broken", {}, "picture_broken"),
        (b"%PDF-1.4 /JavaScript (x) %%EOF", {}, "pdf_active"),
    ],
)
def test_refused_content_leaves_nothing(
    owner: Any, noon: datetime, private_root: Path, content: bytes, more: dict[str, Any], code: str
) -> None:
    with pytest.raises(DomainError) as refusal:
        stored(owner, noon, content, **more)
    assert refusal.value.code == code
    assert not PrivateFile.objects.exists()
    assert not [path for path in private_root.rglob("*") if path.is_file()]


def test_nobody_keeps_more_than_her_space(owner: Any, noon: datetime, settings: Any) -> None:
    settings.LMS_FILES_QUOTA_BYTES = 10
    stored(owner, noon)
    with pytest.raises(DomainError) as refusal:
        stored(owner, noon)
    assert refusal.value.code == "quota"


def test_removed_files_keep_their_row_and_lose_their_content(
    owner: Any, noon: datetime, private_root: Path, django_capture_on_commit_callbacks: Any
) -> None:
    file = stored(owner, noon, expires_at=noon + timedelta(hours=1))
    assert remove_expired(at=noon) == 0
    with django_capture_on_commit_callbacks(execute=True):
        assert remove_expired(at=noon + timedelta(hours=1)) == 1
    with django_capture_on_commit_callbacks(execute=True):
        remove_file(file, at=noon + timedelta(hours=2))
    file.refresh_from_db()
    assert file.removed_at == noon + timedelta(hours=1)
    assert not [path for path in private_root.rglob("*") if path.is_file()]


def test_the_owner_opens_her_file_as_an_attachment_and_it_is_logged(owner: Any, noon: datetime, signed_in: Any) -> None:
    file = stored(owner, noon)
    response = signed_in(owner).get(reverse("lms_files:open", args=[file.pk]))
    assert b"".join(response.streaming_content) == "证明".encode()
    assert response.headers["Content-Disposition"] == 'attachment; filename="a.txt"'
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert response.headers["Content-Security-Policy"] == "sandbox; default-src 'none'"
    assert list(FileOpening.objects.values_list("file", "user")) == [(file.pk, owner.pk)]


def test_an_outsider_is_turned_away_and_a_named_reader_is_not(
    owner: Any, noon: datetime, signed_in: Any, outsider: Any, settings: Any, client: Any
) -> None:
    address = reverse("lms_files:open", args=[stored(owner, noon).pk])
    assert signed_in(outsider).get(address).status_code == 403
    assert client.get(address).headers["Location"].startswith("/accounts/login/")
    settings.LMS_FILES_READERS = ["tests.files.test_services.trusted"]
    assert signed_in(outsider).get(address).status_code == 403
    assert signed_in(factories.a_user("trusted")).get(address).status_code == 200
    assert signed_in(owner).post(address).status_code == 405


def test_an_expired_file_is_gone(owner: Any, noon: datetime, signed_in: Any) -> None:
    file = stored(owner, noon, expires_at=noon)
    assert signed_in(owner).get(reverse("lms_files:open", args=[file.pk])).status_code == 404


def test_the_journal_of_openings_cannot_be_changed(owner: Any, noon: datetime) -> None:
    FileOpening.objects.create(file=stored(owner, noon), user=owner, at=noon)
    for change in (
        lambda: FileOpening.objects.update(at=noon + timedelta(days=1)),
        lambda: FileOpening.objects.all()._raw_delete("default"),
    ):
        with pytest.raises(DatabaseError), transaction.atomic():
            change()
