"""The embedded default: SQLite, one command, demo data. Not for the open internet."""

from config.settings.base import *
from config.settings.base import env

DEBUG = env.flag("LMS_DEBUG", default=False)
LMS_STYLEGUIDE = True
ALLOWED_HOSTS = env.hosts("LMS_ALLOWED_HOSTS", ["*"])
env.stop_if_wrong()
