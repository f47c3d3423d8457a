"""Print the address and the demo sign-ins, once the site answers."""

import time
import urllib.error
import urllib.request
from argparse import ArgumentParser
from typing import Any

from django.contrib.auth import get_user_model
from django.core.management import BaseCommand, CommandError

from cms_pages.demo import DEMO_PASSWORD, LEARNERS, STAFF

WAIT_SECONDS = 60


class Command(BaseCommand):
    help = "Wait until the site answers, then print its address and the demo sign-ins that exist."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--address", required=True)

    def handle(self, *args: Any, address: str, **options: Any) -> None:
        self._wait(address)
        known = set(get_user_model().objects.values_list("username", flat=True))
        logins = [(login.username, login.note) for login in (*STAFF, *LEARNERS) if login.username in known]
        lines = [f"  {username:<12}{note}" for username, note in logins]
        self.stdout.write(
            f"\nThe site is at {address}/  (back office: {address}/admin/)\n\n"
            f"Sign in with the password {DEMO_PASSWORD} as\n" + "\n".join(lines) + "\n\nCtrl-C stops it.\n"
        )
        self.stdout.flush()

    def _wait(self, address: str) -> None:
        for _second in range(WAIT_SECONDS * 4):
            try:
                urllib.request.urlopen(f"{address}/health/", timeout=5).close()  # noqa: S310
            except urllib.error.HTTPError:
                return
            except OSError:
                time.sleep(0.25)
            else:
                return
        raise CommandError(f"The site did not answer at {address} within {WAIT_SECONDS} seconds.")
