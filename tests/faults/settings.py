"""The reference site as the fault tests run it; one variable puts the clock of a process ahead."""

import os
import time
from datetime import timedelta

from django.utils import timezone

from config.settings.base import *  # noqa: F403

ALLOWED_HOSTS = ["*"]
LOGGING = {"json": False, "level": "ERROR"}
AXES_ENABLED = False
#: Short, so that a test need not wait a minute for the end.
LMS_EXAMS_GRACE_SECONDS = 5

_AHEAD = int(os.environ.get("FAULTS_CLOCK_AHEAD", "0"))
if _AHEAD:
    _now, _time = timezone.now, time.time
    timezone.now = lambda: _now() + timedelta(seconds=_AHEAD)
    time.time = lambda: _time() + _AHEAD
env.stop_if_wrong()  # noqa: F405
