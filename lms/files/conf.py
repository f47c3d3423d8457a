"""Settings of private files."""

from pathlib import Path

from lms.core.conf import AppSettings, Setting

MEGABYTE = 1024 * 1024


class FilesSettings(AppSettings):
    """Caps and readers; `LMS_PRIVATE_ROOT` must lie outside the media folder."""

    prefix = "LMS_FILES_"

    MAX_BYTES: Setting[int] = Setting(20 * MEGABYTE, "Largest file, in bytes, unless the caller allows less.")
    MAX_VIDEO_BYTES: Setting[int] = Setting(500 * MEGABYTE, "Largest video, in bytes.")
    QUOTA_BYTES: Setting[int] = Setting(1024 * MEGABYTE, "What the files of one user may add up to, in bytes.")
    MAX_PIXELS: Setting[int] = Setting(40_000_000, "Largest picture, width times height.")
    READERS: Setting[tuple[str, ...]] = Setting(
        (), "Dotted paths `(file, user) -> bool`: who besides the owner may open a file. One yes is enough."
    )


class StorageSettings(AppSettings):
    """Where private files lie."""

    PRIVATE_ROOT: Setting[Path | str] = Setting("", "Folder of private files, never served by the web server.")


files_settings = FilesSettings()
storage_settings = StorageSettings()
