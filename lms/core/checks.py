"""Start-up checks: each says what is wrong and how to mend it."""

import base64
import binascii
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register
from django.db import connections

from lms.core.conf import core_settings
from lms.core.gates import unimportable
from lms.core.selectors import named_routes

GATE_SUFFIX = "_GATES"


@register()
def check_keys(app_configs: Any = None, **kwargs: Any) -> list[CheckMessage]:
    """Encryption and code keys must be there and strong enough."""
    found: list[CheckMessage] = []
    if not core_settings.FIELD_KEYS or not all(_is_field_key(key) for key in core_settings.FIELD_KEYS):
        found.append(
            Error(
                "LMS_FIELD_KEYS must list base64 keys of 64 bytes each.",
                hint="Make one: python -c 'import base64,os;print(base64.b64encode(os.urandom(64)).decode())'",
                id="lms_core.E001",
            )
        )
    for name, number in (("INDEX_KEY", 2), ("CODE_KEY", 3)):
        if len(getattr(core_settings, name)) < 22:
            found.append(
                Error(
                    f"LMS_{name} is missing or shorter than 128 random bits.",
                    hint="Make one: python -c 'import secrets;print(secrets.token_urlsafe(48))'",
                    id=f"lms_core.E00{number}",
                )
            )
    return found


@register()
def check_gates(app_configs: Any = None, **kwargs: Any) -> list[CheckMessage]:
    """Every dotted path in a setting named LMS_*_GATES must be importable: a broken gate must not start."""
    names = (name for name in dir(settings) if name.startswith("LMS_") and name.endswith(GATE_SUFFIX))
    return [error for name in names for error in unimportable(name, getattr(settings, name), check="lms_core.E004")]


@register(Tags.urls)
def check_fast_lane(app_configs: Any = None, **kwargs: Any) -> list[CheckMessage]:
    """Names in LMS_FAST_LANE, _READS and _SHEDS must be addresses, paths in _SKIPS middlewares that run."""
    names = {*core_settings.FAST_LANE, *core_settings.FAST_LANE_READS, *core_settings.FAST_LANE_SHEDS}
    unknown = names - named_routes().keys() if names else set()
    idle = set(core_settings.FAST_LANE_SKIPS) - set(settings.MIDDLEWARE)
    return [
        *(
            Warning(f"LMS_FAST_LANE names {name}, which is no address.", hint="Correct or drop it.", id="lms_core.W003")
            for name in sorted(unknown)
        ),
        *(
            Warning(
                f"LMS_FAST_LANE_SKIPS names {path}, which is not in MIDDLEWARE.", hint="Drop it.", id="lms_core.W004"
            )
            for path in sorted(idle)
        ),
    ]


@register()
def check_tasks(app_configs: Any = None, **kwargs: Any) -> list[CheckMessage]:
    """A task that outlives `retry` runs twice at the same time; the Redis broker loses running tasks."""
    cluster = getattr(settings, "Q_CLUSTER", {})
    found: list[CheckMessage] = []
    if cluster.get("retry", 60) <= (cluster.get("timeout") or 0):
        found.append(Error("Q_CLUSTER: retry must be greater than timeout.", hint="Raise retry.", id="lms_core.E005"))
    if "orm" not in cluster and cluster:
        found.append(
            Error(
                "Q_CLUSTER must use the ORM broker.", hint='Set "orm": "default" and drop "redis".', id="lms_core.E006"
            )
        )
    return found


@register()
def check_production(app_configs: Any = None, **kwargs: Any) -> list[CheckMessage]:
    """With production settings: an address people can reach over HTTPS, a real database, real mail."""
    if not core_settings.PRODUCTION:
        return []
    found: list[CheckMessage] = []
    if not core_settings.PUBLIC_ORIGIN.startswith("https://"):
        found.append(
            Error(
                "LMS_PUBLIC_ORIGIN must be the https:// address people use.",
                hint="QR codes, certificates and mails are built from it, e.g. https://training.example.org",
                id="lms_core.E007",
            )
        )
    if "console" in settings.EMAIL_BACKEND:
        found.append(Warning("E-mail goes to the console.", hint="Set EMAIL_URL.", id="lms_core.W001"))
    if settings.DATABASES["default"]["ENGINE"].endswith("sqlite3"):
        found.append(
            Warning(
                "SQLite carries a class or two, not 300 people in the same minute.",
                hint="Set DATABASE_URL to a PostgreSQL database.",
                id="lms_core.W002",
            )
        )
    return found


@register(Tags.database)
def check_durability(app_configs: Any = None, databases: Any = None, **kwargs: Any) -> list[CheckMessage]:
    """An acknowledged write must survive a power cut: PostgreSQL may not be told to answer before it has written."""
    found: list[CheckMessage] = []
    for alias in databases or []:
        if connections[alias].vendor != "postgresql":
            continue
        with connections[alias].cursor() as cursor:
            cursor.execute("SELECT name, setting FROM pg_settings WHERE name IN ('fsync', 'synchronous_commit')")
            weak = [name for name, value in cursor.fetchall() if value in {"off", "local"} and core_settings.PRODUCTION]
        if weak:
            found.append(
                Error(
                    f"PostgreSQL runs with {' and '.join(weak)} off: answers and check-ins could be lost.",
                    hint="Turn it on in postgresql.conf and reload.",
                    id="lms_core.E008",
                )
            )
    return found


def _is_field_key(key: str) -> bool:
    try:
        return len(base64.b64decode(key, validate=True)) == 64
    except (binascii.Error, ValueError):
        return False
