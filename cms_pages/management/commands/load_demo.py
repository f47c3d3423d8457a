"""Everything a first look needs: the 2025 programme with its finished terms, a term around today, all roles."""

from argparse import ArgumentParser
from io import StringIO
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.management import BaseCommand, call_command
from django.db import transaction
from django.utils import timezone

from cms_pages.demo import DEMO_PASSWORD, LEARNERS, STAFF, LearnerLogin, StaffLogin
from cms_pages.demo_today import arrange_today
from lms.people.models import Person
from lms.people.selectors import consents_due
from lms.people.services import give_consents, grant_role
from lms.programmes.models import ClassGroup, Enrolment
from lms.programmes.selectors import LIVE

DATA = Path(settings.BASE_DIR)
PROGRAMME = DATA / "lms/programmes/data/xianyang-2025.toml"
FINISHED = ("2025-spring", "2025-summer", "2025-autumn")


class Command(BaseCommand):
    help = "Load the 2025 programme with finished demo terms, a term around today, and a sign-in for each role."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--learners", type=int, default=48, help="people in each simulated term")
        parser.add_argument("--terms", nargs="*", default=list(FINISHED), help="finished terms to live through")

    def handle(self, *args: Any, learners: int, terms: list[str], **options: Any) -> None:
        """The data is loaded once; a running session and an open exam are arranged at every start."""
        if not get_user_model().objects.filter(username=LEARNERS[-1].username).exists():
            self._load(learners, terms)
        arrange_today(timezone.now(), stdout=self.stderr)

    def _load(self, learners: int, terms: list[str]) -> None:
        staff = [self._make_staff(login) for login in STAFF]
        self._load_content()
        self._share_classes(staff)
        for number, term in enumerate([*terms, "demo"]):
            self.stdout.write(f"Living through {term} …")
            self.stdout.flush()
            call_command(
                "simulate_term", term=term, learners=learners, seed=2025 + number, verbosity=0, stdout=StringIO()
            )
        self._open_learners()

    @transaction.atomic
    def _open_learners(self) -> None:
        """All or none: the last of them says at the next start that everything is there."""
        for login in LEARNERS:
            self._open_learner(login)
        at = timezone.now()
        for person in Person.objects.filter(user__username__in=[login.username for login in (*STAFF, *LEARNERS)]):
            give_consents(person, consents_due(person, at=at), at=at)

    def _load_content(self) -> None:
        self.stdout.write("Loading the programme, questions, lessons and texts …")
        self.stdout.flush()
        call_command("load_consent_texts", stdout=self.stderr)
        call_command("load_programme", str(PROGRAMME), stdout=self.stderr)
        call_command("open_demo_term", stdout=self.stderr)
        slug = {"programme": PROGRAMME.stem, "stdout": self.stderr}
        call_command("load_items", str(DATA / "lms/questions/data/demo-bank.toml"), **slug)
        call_command("load_lessons", str(DATA / "lms/modules/data/demo-lessons.toml"), term=[*FINISHED, "demo"], **slug)
        call_command("load_community", str(DATA / "lms/community/data/demo.toml"), stdout=self.stderr)

    @transaction.atomic
    def _make_staff(self, login: StaffLogin) -> Any:
        user, made = get_user_model().objects.get_or_create(
            username=login.username, defaults={"is_superuser": login.superuser, "is_staff": login.superuser}
        )
        if made:
            user.set_password(DEMO_PASSWORD)
            user.save()
            Person.objects.create(user=user, name=login.name, pinyin=login.username)
            for role in login.roles:
                grant_role(user, role)
        return user

    def _share_classes(self, staff: list[Any]) -> None:
        assistant = next(user for user in staff if user.username == "assistant")
        for group in ClassGroup.objects.all():
            group.assistants.add(assistant)

    def _open_learner(self, login: LearnerLogin) -> None:
        """Give a simulated person a name to sign in with. What happened to her in the simulation stays as it is."""
        seats = Enrolment.objects.filter(term__code=login.term, state__in=LIVE, person__user__username__startswith="u")
        seat = login.choose(seats, timezone.now())
        if seat is None:
            self.stderr.write(f"no simulated person fits {login.username} ({login.note})")
            return
        user = seat.person.user
        user.username = login.username
        user.set_password(DEMO_PASSWORD)
        user.save(update_fields=["username", "password"])
