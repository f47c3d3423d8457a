"""Settings of the test-suite: the development site with fast hashing, mail in memory and tasks run in place."""

import os
import tempfile

os.environ.setdefault("LMS_DATA_DIR", os.path.join(tempfile.gettempdir(), f"lms-tests-{os.getuid()}"))

from config.settings.development import *
from config.settings.development import Q_CLUSTER, env

TEST_DATABASE = env.text("LMS_TEST_DB", "sqlite")
if TEST_DATABASE == "postgresql":
    OWNER = {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": "postgres",
        "USER": "postgres",
        "HOST": "127.0.0.1",
        "PORT": 5432,
    }
    DATABASES = {"default": env.database("LMS_TEST_POSTGRESQL_URL", OWNER)}
else:
    DATABASES = {
        "default": {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": ":memory:",
            "OPTIONS": {
                "transaction_mode": "IMMEDIATE",
                "timeout": 20,
                "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=OFF; PRAGMA foreign_keys=ON;",
            },
        }
    }
if env.has("LMS_TEMPLATE_URL"):
    DATABASES["default"] = env.database("LMS_TEMPLATE_URL", DATABASES["default"])
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
Q_CLUSTER = Q_CLUSTER | {"sync": True}
AXES_ENABLED = False
env.stop_if_wrong()
