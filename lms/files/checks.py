"""Start-up checks of private files."""

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, register

from lms.core.gates import unimportable
from lms.files.conf import files_settings, storage_settings


@register()
def check_private_root(app_configs: Any = None, **kwargs: Any) -> list[CheckMessage]:
    """Private files must not lie where the web server hands files out."""
    root = Path(storage_settings.PRIVATE_ROOT) if storage_settings.PRIVATE_ROOT else None
    if root is None:
        return [
            Error(
                "LMS_PRIVATE_ROOT is not set.",
                hint="Name a folder outside MEDIA_ROOT that the server may write to.",
                id="lms_files.E001",
            )
        ]
    if settings.MEDIA_ROOT and root.is_relative_to(Path(settings.MEDIA_ROOT)):
        return [
            Error(
                f"LMS_PRIVATE_ROOT ({root}) lies inside MEDIA_ROOT.",
                hint="Choose a folder outside it.",
                id="lms_files.E002",
            )
        ]
    return []


@register()
def check_readers(app_configs: Any = None, **kwargs: Any) -> list[CheckMessage]:
    """Every reader must be importable."""
    return unimportable("LMS_FILES_READERS", files_settings.READERS, check="lms_files.E003")
