"""Reading the environment: every wrong variable is named, all at once, in one sentence each, before anything starts."""

import os
import re
from collections.abc import Mapping, Sequence
from email.utils import parseaddr
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import environ

YES, NO = frozenset({"1", "on", "true", "yes", "y", "ok"}), frozenset({"0", "off", "false", "no", "n"})
DATABASES = {"postgres", "postgresql", "sqlite"}
REDIS = {"redis", "rediss", "unix"}
_HOST = re.compile(r"^(\*|\.?[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?|\[[0-9A-Fa-f:.]+\])$")


class Environment:
    """Typed reads with a default for what is not set or empty. A wrong value is remembered, never shown when it may be
    secret; `stop_if_wrong` then ends the process with every sentence.
    """

    def __init__(self, values: Mapping[str, str] | None = None) -> None:
        self.values = os.environ if values is None else values
        self.problems: dict[str, str] = {}

    def stop_if_wrong(self) -> None:
        """Exit 1 with one line for each wrong variable; the last line of every settings module."""
        if self.problems:
            raise SystemExit("\n".join(self.problems.values()))

    def wrong(self, name: str, sentence: str) -> None:
        """Remember what is wrong with a variable and how to mend it."""
        self.problems[name] = f"{name}: {sentence}"

    def has(self, name: str) -> bool:
        """Whether the variable is set, be it to an empty text."""
        return name in self.values

    def text(self, name: str, default: str = "") -> str:
        return self.values.get(name, "").strip() or default

    def secret(self, name: str, least: int) -> str:
        """Empty when it is not set; a short one is wrong."""
        value = self.text(name)
        if value and len(value) < least:
            self.wrong(
                name,
                f"at least {least} random characters are needed. "
                "Make them: python -c 'import secrets; print(secrets.token_urlsafe(48))'",
            )
        return value

    def folder(self, name: str, default: Path) -> Path:
        """An absolute path; the folder need not be there yet."""
        if self.has(name) and not self.text(name):
            self.wrong(name, "it is empty. Name a folder, or leave the variable out.")
        return Path(self.text(name, str(default))).expanduser().resolve()

    def flag(self, name: str, *, default: bool) -> bool:
        value = self.text(name).lower()
        if value and value not in YES | NO:
            self.wrong(name, f"“{value}” is neither on nor off. Write 1 or 0.")
        return value in YES if value else default

    def whole(self, name: str, default: int, *, least: int, most: int) -> int:
        value = self.text(name)
        if not value:
            return default
        if not (value.isascii() and value.isdigit() and least <= int(value) <= most):
            self.wrong(name, f"“{value}” is not a whole number from {least} to {most}. The usual value is {default}.")
            return default
        return int(value)

    def choice(self, name: str, default: str, allowed: Sequence[str]) -> str:
        value = self.text(name, default).upper()
        if value not in allowed:
            self.wrong(name, f"“{value}” is not known. Write one of {', '.join(allowed)}.")
            return default
        return value

    def sender(self, name: str, default: str) -> str:
        """A mail address, with or without a name before it."""
        value = self.text(name, default)
        if not re.fullmatch(r"[^@\s]+@[^@\s]+", parseaddr(value)[1]):
            self.wrong(name, f"“{value}” is not a mail address. Write one like no-reply@example.org.")
        return value

    def hosts(self, name: str, default: Sequence[str]) -> list[str]:
        """Host names without scheme, port and path."""
        found = self._listed(name) or list(default)
        if wrong := [host for host in found if not _HOST.match(host)]:
            self.wrong(name, f"“{wrong[0]}” is not a host name. Write names like training.example.org, with commas.")
        return found

    def names(self, name: str) -> tuple[str, ...]:
        """Plain words with commas between; empty when the variable is not set."""
        found = tuple(self._listed(name))
        if wrong := [word for word in found if not word.replace("_", "").isalnum()]:
            self.wrong(name, f"“{wrong[0]}” is not a name. Write names like relayed, with commas between.")
        return found

    def origin(self, name: str, default: str = "") -> str:
        """Scheme and host, without a path."""
        value = self.text(name, default).rstrip("/")
        if value and not _is_origin(value):
            self.wrong(name, f"“{value}” is not scheme and host. Write it like https://training.example.org")
        return value

    def origins(self, name: str) -> list[str]:
        found = [value.rstrip("/") for value in self._listed(name)]
        if wrong := [value for value in found if not _is_origin(value)]:
            self.wrong(name, f"“{wrong[0]}” is not scheme and host. Write them like https://training.example.org")
        return found

    def database(self, name: str, default: Mapping[str, Any]) -> dict[str, Any]:
        """Settings of one database from its address."""
        value = self.text(name)
        if not value:
            return dict(default)
        known = _split(value) is not None and value.partition(":")[0] in DATABASES
        found = dict(environ.Env.db_url_config(value)) if known else {}
        if not found.get("NAME") or found["NAME"] == ":memory:":
            self.wrong(
                name,
                "this is not the address of a database. Write it like postgres://user:password@host:5432/name, special "
                "characters of the password percent-encoded, or leave it out for SQLite in the data folder.",
            )
            return dict(default)
        return found

    def mail(self, name: str, default: str) -> dict[str, Any]:
        """The EMAIL_* settings of one address."""
        value = self.text(name, default)
        try:
            found = dict(environ.Env.email_url_config(value))
            well = urlsplit(value).hostname or "smtp" not in urlsplit(value).scheme
        except (ValueError, KeyError, environ.ImproperlyConfigured):
            found, well = {}, None
        if not well:
            self.wrong(
                name,
                "this is not the address of a mail server. Write it like smtp+tls://user:password@host:587, "
                "or consolemail:// to print mails.",
            )
        return found

    def redis(self, name: str) -> str:
        """The address of a Redis server, empty for none."""
        value = self.text(name)
        parts = _split(value)
        if value and (parts is None or parts.scheme not in REDIS or not (parts.hostname or parts.path)):
            self.wrong(name, "this is not the address of a Redis server. Write it like redis://host:6379/0.")
        return value

    def _listed(self, name: str) -> list[str]:
        return [part.strip() for part in self.text(name).split(",") if part.strip()]


def _is_origin(value: str) -> bool:
    parts = _split(value)
    return bool(
        parts
        and parts.scheme in {"http", "https"}
        and parts.hostname
        and "@" not in parts.netloc
        and not (parts.path or parts.query or parts.fragment or " " in value)
    )


def _split(value: str) -> Any:
    """The parts of an address, or None when it is none (also with an impossible port)."""
    try:
        parts = urlsplit(value)
        return parts if parts.port is None or parts.port else None
    except ValueError:
        return None
