"""Safe Exam Browser: its configuration file, the Config Key, and what a browser must show with each request.

Pure: addresses and keys are arguments. The keys are 64 lower-case hex digits.
"""

import hashlib
import hmac
import json
import plistlib
import re
from base64 import b64encode
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urldefrag, urlsplit

KEY = re.compile(r"[0-9a-f]{64}\Z")
NOT_IN_KEY = "originatorVersion"
MARK = "\ue000"
DEFAULT_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True)
class Shown:
    """What a request shows of its browser: hashes that belong to one address. Empty when it showed nothing."""

    addresses: Sequence[str]
    config_hash: str = ""
    exam_hash: str = ""


def build_settings(*, origin: str, start: str, leave: str, quit_hash: str, salt: str) -> dict[str, Any]:
    """The settings of one exam. `start` and `leave` are paths of the site at `origin`; `salt` is hex.

    What the browser keeps of answers must outlive a restart, so its storage is never emptied. Only the site's own
    host may be opened. Without `quit_hash` (SHA-256 of a password, hex) anybody may quit.
    """
    settings: dict[str, Any] = {
        "originatorVersion": "LMS",
        "sebConfigPurpose": 0,
        "startURL": f"{origin}{start}",
        "quitURL": f"{origin}{leave}",
        "quitURLConfirm": True,
        "allowQuit": True,
        "hashedQuitPassword": quit_hash,
        "sendBrowserExamKey": True,
        "examKeySalt": bytes.fromhex(salt),
        "removeLocalStorage": False,
        "enableJavaScript": True,
        "browserWindowAllowReload": True,
        "showReloadButton": True,
        "showTaskBar": True,
        "showTime": True,
        "allowPreferencesWindow": False,
        "allowSpellCheck": False,
        "allowDictionaryLookup": False,
        "enablePrintScreen": False,
        "newBrowserWindowByLinkPolicy": 2,
        "URLFilterEnable": True,
        "URLFilterEnableContentFilter": False,
        "URLFilterRules": [
            {"action": 1, "active": True, "expression": f"{urlsplit(origin).netloc}/*", "regex": False},
        ],
    }
    return settings


def write_configuration(settings: Mapping[str, Any]) -> bytes:
    """The .seb file: an XML property list, neither encrypted nor packed, the same bytes for the same settings."""
    return plistlib.dumps(dict(settings), fmt=plistlib.FMT_XML, sort_keys=True)


def read_configuration(file: bytes) -> dict[str, Any]:
    """The settings of an unencrypted .seb file."""
    found: dict[str, Any] = plistlib.loads(file, fmt=plistlib.FMT_XML)
    return found


def seb_json(settings: Mapping[str, Any]) -> str:
    """The text whose SHA-256 is the Config Key.

    Without `originatorVersion`; keys ordered without regard to case, at every depth; no idle space and no escaped
    slash, backslash or Chinese; empty dictionaries left out; data as Base64, dates as ISO 8601 in UTC. Nothing at
    all is "[]".
    """
    kept = _prepare({name: value for name, value in settings.items() if name != NOT_IN_KEY})
    return json.dumps(kept or [], ensure_ascii=False, separators=(",", ":")).replace(MARK, "\\")


def config_key(settings: Mapping[str, Any]) -> str:
    """The Config Key of these settings."""
    return hashlib.sha256(seb_json(settings).encode()).hexdigest()


def request_hash(address: str, key: str) -> str:
    """What the browser sends for an absolute address: SHA-256 of the address without fragment and the key."""
    return hashlib.sha256(f"{urldefrag(address).url}{key}".encode()).hexdigest()


def public_address(origin: str, path: str) -> str:
    """The absolute address as browsers write it: host in lower case and ASCII, no default port, no fragment.

    `path` begins with "/", holds the query and is percent-encoded already.
    """
    parts = urlsplit(origin)
    host = (parts.hostname or "").encode("idna").decode()
    host = f"[{host}]" if ":" in host else host
    port = f":{parts.port}" if parts.port and parts.port != DEFAULT_PORTS.get(parts.scheme) else ""
    return urldefrag(f"{parts.scheme}://{host}{port}{path}").url


def proves_browser(shown: Iterable[Shown], *, config: str, exam_keys: Sequence[str]) -> bool:
    """Whether one of the things shown comes from a browser with this configuration.

    The Config Key must fit; where Browser Exam Keys are listed, one of them must fit as well. A hash for another
    address fits nowhere. Compared in constant time, every candidate to the end.
    """
    found = False
    for each in shown:
        for address in each.addresses:
            fits = _same(each.config_hash, request_hash(address, config))
            known = [_same(each.exam_hash, request_hash(address, key)) for key in exam_keys]
            found |= fits and (any(known) or not exam_keys)
    return found


def clean_keys(text: str) -> list[str] | None:
    """Browser Exam Keys one a line, in lower case and once each; None when a line is not 64 hex digits."""
    keys = list(dict.fromkeys(line.strip().lower() for line in text.splitlines() if line.strip()))
    return keys if all(KEY.match(key) for key in keys) else None


def _same(sent: str, wanted: str) -> bool:
    return hmac.compare_digest(sent.strip().lower().encode(), wanted.encode())


def _prepare(value: Any) -> Any:
    if isinstance(value, Mapping):
        kept = {name: _prepare(each) for name, each in value.items()}
        names = sorted(kept, key=lambda name: (name.casefold(), name.swapcase()))
        return {name: kept[name] for name in names if kept[name] != {}}
    if isinstance(value, (list, tuple)):
        return [each for each in map(_prepare, value) if each != {}]
    if isinstance(value, (bytes, bytearray)):
        return b64encode(value).decode()
    if isinstance(value, datetime):
        return value.replace(tzinfo=value.tzinfo or UTC).astimezone(UTC).isoformat(timespec="seconds")
    return value.replace("\\", MARK) if isinstance(value, str) else value
