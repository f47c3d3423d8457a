"""Lazy typed settings: read at use, never at import, each with a default and a sentence of what it does."""

from collections.abc import Sequence
from typing import Any, Generic, TypeVar

from django.conf import settings as django_settings

T = TypeVar("T")


class Setting(Generic[T]):
    """One setting; its full name is the owner's prefix plus the attribute's name."""

    def __init__(self, default: T, doc: str) -> None:
        self.default = default
        self.__doc__ = doc
        self.name = ""

    def __set_name__(self, owner: "type[AppSettings]", name: str) -> None:
        self.name = f"{owner.prefix}{name}"

    def __get__(self, instance: Any, owner: type | None = None) -> T:
        return getattr(django_settings, self.name, self.default)


class AppSettings:
    """Base of an app's settings object: subclass it, give `prefix`, declare `Setting` attributes."""

    prefix = "LMS_"


class CoreSettings(AppSettings):
    """Settings of the common ground."""

    FIELD_KEYS: Setting[tuple[str, ...]] = Setting(
        (), "Base64 AES-SIV keys of 64 bytes; the first one encrypts, all decrypt."
    )
    INDEX_KEY: Setting[str] = Setting("", "Key of the blind index that finds encrypted values.")
    CODE_KEY: Setting[str] = Setting("", "Key of rotating signed codes and receipts; at least 128 random bits.")
    PUBLIC_ORIGIN: Setting[str] = Setting("", "Scheme and host people reach the site by, for addresses in QR codes.")
    PRODUCTION: Setting[bool] = Setting(False, "Strict start-up checks.")
    STAFF_SECOND_FACTOR: Setting[bool] = Setting(
        False, "Staff must set up TOTP or a passkey before the back office opens."
    )
    PREPARE_STATEMENTS: Setting[bool] = Setting(
        True, "Let PostgreSQL keep the plans of the hot pages' reads; off behind a pooler that cannot."
    )
    FONT_PATHS: Setting[Sequence[str]] = Setting(
        (), "More folders of fonts for everything printed, for names with rare characters."
    )
    FAST_LANE: Setting[tuple[str, ...]] = Setting(
        (), "Names of the addresses whose POSTs FastLaneMiddleware answers past the middlewares they have no use for."
    )
    FAST_LANE_SKIPS: Setting[tuple[str, ...]] = Setting((), "Dotted paths of those middlewares.")
    FAST_LANE_READS: Setting[tuple[str, ...]] = Setting((), "Names of the addresses whose GETs take it too.")
    FAST_LANE_SHEDS: Setting[tuple[str, ...]] = Setting(
        (), "Names of those addresses that answer 503 with Retry-After when too many come at the same moment."
    )
    FAST_LANE_MOST: Setting[int] = Setting(
        12, "So many of their requests one process takes at the same time; fewer than it has threads. 0: no bound."
    )
    STYLEGUIDE: Setting[bool] = Setting(False, "Show /styleguide/.")


core_settings = CoreSettings()
