"""Reads about private files."""

from datetime import datetime
from typing import Any

from django.db.models import QuerySet, Sum
from django.utils.module_loading import import_string

from lms.files.conf import files_settings
from lms.files.models import PrivateFile


def may_open(file: PrivateFile, user: Any) -> bool:
    """The owner always; others when a reader listed in LMS_FILES_READERS says yes. Nobody without signing in."""
    if not user.is_authenticated or not user.is_active:
        return False
    if file.owner_id == user.pk:
        return True
    return any(import_string(path)(file, user) for path in files_settings.READERS)


def bytes_of(owner: Any) -> int:
    """What the owner's present files add up to."""
    return PrivateFile.objects.filter(owner=owner, removed_at=None).aggregate(total=Sum("size"))["total"] or 0


def files_about(kind: str, reference: str) -> QuerySet[PrivateFile]:
    """Present files an app stored about one of its rows, newest first."""
    return PrivateFile.objects.filter(kind=kind, reference=reference, removed_at=None)


def expired_files(at: datetime) -> QuerySet[PrivateFile]:
    """Files whose time is over and whose content is still there."""
    return PrivateFile.objects.filter(removed_at=None, expires_at__lte=at)
