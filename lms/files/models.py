"""Private files and the journal of their openings."""

import uuid
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.files.storage import FileSystemStorage, Storage
from django.db import models
from django.utils.translation import gettext_lazy as _

from lms.core.journals import Journal
from lms.files.conf import storage_settings


class PrivateStorage(FileSystemStorage):
    """Files outside the media folder, readable by the server alone; the folder is read from the settings at use."""

    def __init__(self) -> None:
        super().__init__(file_permissions_mode=0o600, directory_permissions_mode=0o700)

    @property
    def base_location(self) -> str:
        """LMS_PRIVATE_ROOT."""
        return str(storage_settings.PRIVATE_ROOT or settings.MEDIA_ROOT / ".private")

    @property
    def location(self) -> str:
        """The same, absolute."""
        return str(Path(self.base_location).resolve())

    def url(self, name: str | None) -> str:
        """Private files have no address of their own."""
        raise ValueError("a private file is opened through lms_files:open")


def private_storage() -> Storage:
    """The storage of private files."""
    return PrivateStorage()


def stored_as(instance: "PrivateFile", filename: str) -> str:
    """Two letters of the key, then the key: the sent name never reaches the disk."""
    return f"{instance.pk.hex[:2]}/{instance.pk.hex}"


class PrivateFile(models.Model):
    """An upload only its owner and named readers may open. `kind` and `reference` belong to the app that stored it.

    A removed file keeps its row (who sent what, when) and loses its content.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="private_files", verbose_name=_("owner")
    )
    kind = models.CharField(_("kind"), max_length=60)
    reference = models.CharField(max_length=80, blank=True)
    name = models.CharField(_("name"), max_length=120)
    size = models.PositiveBigIntegerField(_("size in bytes"))
    sha256 = models.CharField(max_length=64)
    content_type = models.CharField(max_length=100)
    content = models.FileField(storage=private_storage, upload_to=stored_as, max_length=80)
    made_at = models.DateTimeField(_("sent at"))
    expires_at = models.DateTimeField(_("kept until"), null=True, blank=True)
    removed_at = models.DateTimeField(_("removed at"), null=True, blank=True)

    class Meta:
        verbose_name = _("private file")
        verbose_name_plural = _("private files")
        ordering = ["-made_at"]
        indexes = [
            models.Index(fields=["owner", "removed_at"], name="lms_files_by_owner"),
            models.Index(fields=["kind", "reference"], name="lms_files_by_reference"),
        ]

    def __str__(self) -> str:
        return self.name

    def is_open_at(self, at: Any) -> bool:
        """Whether its content is still there at that time."""
        return self.removed_at is None and (self.expires_at is None or at < self.expires_at)


class FileOpening(Journal):
    """Who opened which file when; append-only."""

    file = models.ForeignKey(PrivateFile, on_delete=models.PROTECT, related_name="openings")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        verbose_name = _("opening of a file")
        verbose_name_plural = _("openings of files")
        ordering = ["at", "pk"]
