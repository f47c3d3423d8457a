"""The reference site as measured: PostgreSQL with a pool, no debug, quiet logs, its own temporary database."""

from config.settings.base import *  # noqa: F403

ALLOWED_HOSTS = ["*"]
CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
LOGGING = {"json": False, "level": "ERROR"}
AXES_ENABLED = False
LMS_COMMUNITY_POSTS_PER_PAGE = 50
env.stop_if_wrong()  # noqa: F405
