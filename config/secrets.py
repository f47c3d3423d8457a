"""Secrets of one installation: from the environment, or made once and kept in the data folder (embedded default)."""

import base64
import json
import os
import secrets
from dataclasses import dataclass
from pathlib import Path

from config.environment import Environment


@dataclass(frozen=True)
class Secrets:
    """`field_keys` are base64 of 64 bytes each (the first one encrypts); the others are random text."""

    secret_key: str
    field_keys: tuple[str, ...]
    index_key: str
    code_key: str


NAMES = ("LMS_SECRET_KEY", "LMS_FIELD_KEYS", "LMS_INDEX_KEY", "LMS_CODE_KEY")
LEAST = 22


def load_secrets(env: Environment, data_dir: Path) -> Secrets:
    """Environment first; what is missing there comes from `secrets.json`, which production never writes."""
    given = {name: env.text(name) if name == "LMS_FIELD_KEYS" else env.secret(name, LEAST) for name in NAMES}
    production = os.environ.get("DJANGO_SETTINGS_MODULE", "").endswith(".production")
    missing = [name for name, value in given.items() if not value]
    if missing and production:
        raise SystemExit("Set these variables before starting in production: " + ", ".join(missing))
    if missing:
        kept = _kept_secrets(data_dir)
        given = {name: given[name] or kept[name] for name in NAMES}
    return Secrets(
        secret_key=given["LMS_SECRET_KEY"],
        field_keys=tuple(key.strip() for key in given["LMS_FIELD_KEYS"].split(",")),
        index_key=given["LMS_INDEX_KEY"],
        code_key=given["LMS_CODE_KEY"],
    )


def _kept_secrets(data_dir: Path) -> dict[str, str]:
    path = data_dir / "secrets.json"
    try:
        if not path.exists():
            _write_once(path, {name: _fresh(name) for name in NAMES})
        kept = json.loads(path.read_text(encoding="utf-8"))
    except OSError as problem:
        raise SystemExit(
            f"The data folder {data_dir} cannot be used ({problem.strerror}). Name another one in LMS_DATA_DIR."
        ) from None
    except ValueError:
        kept = None
    if not isinstance(kept, dict) or not all(isinstance(kept.get(name), str) and kept[name] for name in NAMES):
        raise SystemExit(f"{path} is damaged: the keys in it are needed to read the data. Restore it from a backup.")
    return kept


def _fresh(name: str) -> str:
    if name == "LMS_FIELD_KEYS":
        return base64.b64encode(secrets.token_bytes(64)).decode()
    return secrets.token_urlsafe(48)


def _write_once(path: Path, values: dict[str, str]) -> None:
    """Two processes may start together on an empty folder: the link makes one of them win whole."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".secrets-{os.getpid()}-{secrets.token_hex(4)}")
    draft.touch(mode=0o600)
    draft.write_text(json.dumps(values), encoding="utf-8")
    try:
        os.link(draft, path)
    except FileExistsError:
        pass
    finally:
        draft.unlink()
