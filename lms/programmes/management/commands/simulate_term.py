"""`manage.py simulate_term --term CODE --learners N --seed S [--until ISO] [--json]`."""

import json
from collections.abc import Callable
from datetime import datetime
from time import perf_counter
from typing import Any

from django.contrib.auth import get_user_model
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone
from django.utils.dateparse import parse_date, parse_datetime
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _

from lms.people.enums import Role
from lms.people.selectors import users_with_role
from lms.people.services import grant_role
from lms.programmes.conf import simulation_settings
from lms.programmes.models import Term
from lms.programmes.rules import day_end
from lms.programmes.simulation import SimulatedTerm

COUNTS = (
    "applied",
    "admitted",
    "sessions",
    "check_ins",
    "minutes_earned",
    "excluded",
    "sat",
    "passed",
    "certificates",
    "posts",
)


class Command(BaseCommand):
    help = "Live a whole term through the services the screens use. Same seed, same outcome; a second run adds nothing."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--term", required=True, help="code of the term")
        parser.add_argument("--learners", type=int, required=True)
        parser.add_argument("--seed", type=int, required=True)
        parser.add_argument("--until", default="", help="ISO date or moment; by default the end of the term or now")
        parser.add_argument("--json", action="store_true", help="print the counts as JSON and nothing else")

    def handle(self, *args: Any, **options: Any) -> None:
        self.verbosity = options["verbosity"]
        term = Term.objects.select_related("programme").filter(code=options["term"]).first()
        if term is None:
            raise CommandError(_("There is no term %s.") % options["term"], returncode=2)
        if options["learners"] < 1:
            raise CommandError(_("At least one learner is needed: --learners 1 or more."), returncode=2)
        world = SimulatedTerm(
            term=term,
            seed=options["seed"],
            until=_until(options["until"]),
            staff=gather_staff(),
            size=options["learners"],
        )
        for step in _steps():
            self._live(step, world)
        self._report(world, as_json=options["json"])

    def _live(self, step: Callable[[SimulatedTerm], None], world: SimulatedTerm) -> None:
        begun = perf_counter()
        step(world)
        if self.verbosity:
            self.stderr.write(f"{step.__module__}.{step.__name__}: {perf_counter() - begun:.1f} s")

    def _report(self, world: SimulatedTerm, *, as_json: bool) -> None:
        counts = {key: int(world.counts[key]) for key in COUNTS if key in world.counts}
        if as_json:
            self.stdout.write(json.dumps(counts, indent=2))
            return
        for key, value in counts.items():
            self.stdout.write(f"{key}: {value}")


def gather_staff() -> dict[str, Any]:
    """One user for each role by its short name: the first who holds it, else a new account that cannot sign in."""
    staff: dict[str, Any] = {}
    for role in Role:
        name = role.value.removeprefix("lms.")
        found = users_with_role(role).order_by("pk").first()
        if found is None:
            found, made = get_user_model().objects.get_or_create(username=f"simulated-{name}")
            if made:
                found.set_unusable_password()
                found.save(update_fields=["password"])
            grant_role(found, role)
        staff[name] = found
    return staff


def _steps() -> list[Callable[[SimulatedTerm], None]]:
    try:
        return [import_string(path) for path in simulation_settings.SIMULATION_STEPS]
    except ImportError as problem:
        raise CommandError(f"LMS_SIMULATION_STEPS: {problem}", returncode=2) from problem


def _until(written: str) -> datetime:
    """The moment at which life stops: as asked (a day counts to its end), else now."""
    if not written:
        return timezone.now()
    try:
        moment, day = parse_datetime(written) if "T" in written or " " in written else None, parse_date(written[:10])
    except ValueError as problem:
        raise CommandError(str(problem), returncode=2) from problem
    if moment is not None:
        return timezone.make_aware(moment) if timezone.is_naive(moment) else moment
    if day is None:
        raise CommandError(_("%s is neither a date nor a moment.") % written, returncode=2)
    return day_end(day)
