"""Nothing but the floor views: no middleware and no apps, the same database and pool."""

from bench.settings import *  # noqa: F403

INSTALLED_APPS = ["django.contrib.contenttypes", "django.contrib.auth"]
MIDDLEWARE: list[str] = []
ROOT_URLCONF = "bench.floor"
WSGI_APPLICATION = "bench.floor.application"
